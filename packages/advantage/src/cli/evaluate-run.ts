import { evaluate, UserError } from "@advantage/rl";
import type { RunDirectory } from "../run-directory/run-directory.js";
import { type Catalogue, environmentOf } from "./catalogue.js";
import { loadEnvironment } from "./load-environment.js";
import { evaluationTable } from "./summary-table.js";
import type { Terminal } from "./terminal.js";

export interface EvaluateFlags {
  readonly episodes: number;
  readonly maxSteps?: number;
  readonly seed?: number;
  readonly json?: boolean;
}

/** Plays episodes with the policy of a run and says what they returned. */
export async function evaluateRun(
  directory: RunDirectory,
  { episodes, maxSteps, seed = directory.record.config.seed, json }: EvaluateFlags,
  terminal: Terminal,
  catalogue: Catalogue,
): Promise<void> {
  const bytes = directory.policy();
  if (!bytes) throw new UserError(`${directory.path} holds no policy yet: it was stopped before its first checkpoint`);
  const policy = catalogue.loadPolicy(bytes);
  const { env } = await loadEnvironment(environmentOf(directory, terminal));
  const scores = {
    evaluation: await evaluate(policy, env, { episodes, maxSteps, seed }),
    stochasticEvaluation: await evaluate(policy, env, { episodes, maxSteps, seed, deterministic: false }),
  };
  const { algorithm, environment } = directory.record;
  terminal.out(
    json
      ? `${JSON.stringify({ algorithm, environment, seed, ...scores, runDirectory: directory.path })}\n`
      : evaluationTable(scores, terminal.colours),
  );
}
