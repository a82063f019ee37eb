import { optim } from "@advantage/engine";
import type { Schedule, ScheduleLine } from "@advantage/envs/schema";

export type { Schedule, ScheduleLine } from "@advantage/envs/schema";

/**
 * The value of a schedule.
 *
 * @param progress share of the run that is done, in [0, 1]
 */
export function scheduleAt(schedule: Schedule, progress: number): number {
  if (typeof schedule === "number") return schedule;
  return optim.linearSchedule(schedule)(progress);
}

/** The step of a run at which a schedule has reached its end. */
export function lastStepOf(schedule: Schedule, totalSteps: number): number {
  return typeof schedule === "number" || schedule.until === undefined ? totalSteps : schedule.until * totalSteps;
}

/**
 * The schedules of a config as they go on in a longer run: each reaches its end where it would have, and keeps it. Constants are left out.
 *
 * @param totalSteps  of the run so far
 * @param longer      of the longer one
 */
export function heldSchedules(
  config: object,
  totalSteps: number,
  longer: number,
): Readonly<Record<string, ScheduleLine>> {
  const lines = Object.entries(config).filter(([, value]) => isLine(value)) as [string, ScheduleLine][];
  return Object.fromEntries(
    lines.map(([name, line]) => [name, { ...line, until: ((line.until ?? 1) * totalSteps) / longer }]),
  );
}

function isLine(value: unknown): value is ScheduleLine {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}
