/** When a run says how it goes, and where it may be stopped or saved between two lines of metrics. Nothing of it touches the numbers. */

/** The most environment steps to a line by default: a long run says how it goes, too. */
const LONGEST_LINE = 10_000;

/** Work of some milliseconds: table entries swept or rewards looked at. */
const WORK_BETWEEN_STOPS = 2 ** 14;

/** Environment steps per line of metrics: as the settings say, or a fixed part of the run, at most 10,000. */
export function stepsPerLine(
  { logEvery, totalSteps }: { readonly logEvery?: number; readonly totalSteps: number },
  linesPerRun = 200,
): number {
  return logEvery ?? Math.min(Math.ceil(totalSteps / linesPerRun), LONGEST_LINE);
}

/** The end of the line that begins at a step where lines grow with the run: `logEvery` long at first, then a twentieth of what is done. */
export function endOfGrowingLine(
  { logEvery, totalSteps }: { readonly logEvery: number; readonly totalSteps: number },
  step: number,
): number {
  return Math.min(totalSteps, step + Math.max(logEvery, Math.floor(step / 20)));
}

/** Whether a line is due after the steps `before` … `after`: about 200 in a run, and one at its end. */
export function isLineDue(before: number, after: number, totalSteps: number): boolean {
  const every = Math.max(1, Math.floor(totalSteps / 200));
  return after >= totalSteps || Math.floor(after / every) > Math.floor(before / every);
}

/** Whether the steps `before` … `after` passed a point at which the run may be stopped or saved between two lines. */
export function isStopDue(before: number, after: number, workPerStep: number): boolean {
  const every = Math.max(1, Math.floor(WORK_BETWEEN_STOPS / workPerStep));
  return Math.floor(after / every) > Math.floor(before / every);
}
