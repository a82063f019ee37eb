import { optim } from "@advantage/engine";
import type { Schedule } from "@advantage/envs/schema";

export type { Schedule } from "@advantage/envs/schema";

/**
 * The value of a schedule.
 *
 * @param progress share of the run that is done, in [0, 1]
 */
export function scheduleAt(schedule: Schedule, progress: number): number {
  if (typeof schedule === "number") return schedule;
  return optim.linearSchedule(schedule)(progress);
}
