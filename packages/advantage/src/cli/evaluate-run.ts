import { evaluate, UserError } from "@advantage/rl";
import type { Catalogue } from "../catalogue.js";
import type { RunDirectory } from "../run-directory/run-directory.js";
import type { Terminal } from "../terminal/terminal.js";
import { type RunEnvironmentFlags, runEnvironment } from "./run-environment.js";
import { evaluationTable } from "./summary-table.js";

export interface EvaluateFlags extends RunEnvironmentFlags {
  readonly episodes: number;
  readonly maxSteps?: number;
  readonly threshold?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/** Plays episodes with the policy of a run and says what they returned. */
export async function evaluateRun(
  directory: RunDirectory,
  { episodes, maxSteps, threshold, seed = directory.record.config.seed, json, ...environmentFlags }: EvaluateFlags,
  terminal: Terminal,
  catalogue: Catalogue,
): Promise<void> {
  const bytes = directory.policy();
  if (!bytes) throw new UserError(`${directory.path} holds no policy yet: it was stopped before its first checkpoint`);
  const policy = catalogue.loadPolicy(bytes);
  const { source } = await runEnvironment(directory, environmentFlags, terminal);
  const env = source.make;
  const play = { episodes, maxSteps, threshold, seed };
  const scores = {
    evaluation: await evaluate(policy, env, play),
    stochasticEvaluation: await evaluate(policy, env, { ...play, deterministic: false }),
  };
  const { algorithm, environment } = directory.record;
  const { options } = source;
  terminal.out(
    json
      ? `${JSON.stringify({ algorithm, environment, ...(options === undefined ? {} : { environmentOptions: options }), seed, ...scores, runDirectory: directory.path })}\n`
      : evaluationTable(scores, terminal.colours),
  );
}
