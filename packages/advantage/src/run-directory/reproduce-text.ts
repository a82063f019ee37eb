import type { AnyAlgorithm } from "@advantage/rl";
import type { RunRecord } from "./run-directory.js";

/** How to do a run again: a command, or why there is no single one. `undefined` if it was not started by a command. */
export function reproduceText(
  { command, config, extended }: Pick<RunRecord, "command" | "config" | "extended">,
  algorithm: Pick<AnyAlgorithm, "config">,
): string | undefined {
  if (command === "" || extended === undefined) return command || undefined;
  const totals = [...extended, config.totalSteps].join(", then ");
  if (!command.includes(" train ")) return `${command} --total-steps ${config.totalSteps}`;
  if (followsTotal(config as unknown as Record<string, unknown>, algorithm))
    return `no single command: the run was given ${totals} steps in all, and some of its settings follow that number`;
  return `${command.replace(/ --total-steps[ =]\S+/, "")} --total-steps ${config.totalSteps}`;
}

/** Whether settings move over the run, or may be derived from its length where they are not given. */
function followsTotal(config: Readonly<Record<string, unknown>>, { config: { fields } }: Pick<AnyAlgorithm, "config">) {
  return Object.values(fields).some(
    ({ name, kind, optional }) =>
      (kind === "schedule" && typeof config[name] === "object") || (optional && config[name] === undefined),
  );
}
