/** A quantity over training, as a function of progress in [0, 1]. */
export type Schedule = (progress: number) => number;

/** The same value throughout. */
export function constantSchedule(value: number): Schedule {
  return () => value;
}

/** From `start` at progress 0 to `end` at `until`, straight, then constant. */
export function linearSchedule(start: number, end: number, until = 1): Schedule {
  return (progress) => start + (end - start) * Math.min(1, progress / until);
}
