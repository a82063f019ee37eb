import { optim } from "@advantage/engine";

/** A setting that may move during training: a constant, or a straight line over the run from `from` to `to`. */
export type Schedule = number | { readonly from: number; readonly to: number };

/**
 * The value of a schedule.
 *
 * @param progress share of the run that is done, in [0, 1]
 */
export function scheduleAt(schedule: Schedule, progress: number): number {
  if (typeof schedule === "number") return schedule;
  return optim.linearSchedule(schedule)(progress);
}
