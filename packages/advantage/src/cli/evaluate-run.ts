import { type EnvSource, evaluate, type Policy } from "@advantage/rl";
import { type Catalogue, findRun, policyOf } from "../catalogue.js";
import type { Terminal } from "../terminal/terminal.js";
import { isPolicyFile, policyAndEnvironment } from "./policy-file.js";
import { type RunEnvironmentFlags, runEnvironment } from "./run-environment.js";
import { evaluationTable } from "./summary-table.js";

export interface EvaluateFlags extends RunEnvironmentFlags {
  readonly episodes: number;
  readonly maxSteps?: number;
  readonly threshold?: number;
  readonly best?: boolean;
  readonly seed?: number;
  readonly json?: boolean;
}

/** What is evaluated. */
interface Subject {
  readonly policy: Policy;
  readonly source: EnvSource;
  readonly seed: number;
  /** Absent of a policy by itself. */
  readonly algorithm?: string;
  /** Where it is: said in the result. */
  readonly place: { readonly runDirectory: string } | { readonly policy: string };
}

/** Plays episodes with the policy of a run, or one by itself, and says what they returned. */
export async function evaluateRun(
  name: string,
  { episodes, maxSteps, threshold, seed: given, json, ...environmentFlags }: EvaluateFlags,
  terminal: Terminal,
  catalogue: Catalogue,
): Promise<void> {
  const subject = await subjectOf(name, environmentFlags, terminal, catalogue);
  const { policy, source, algorithm, place } = subject;
  const seed = given ?? subject.seed;
  const play = { episodes, maxSteps, threshold, seed };
  const scores = {
    evaluation: await evaluate(policy, source.make, play),
    stochasticEvaluation: await evaluate(policy, source.make, { ...play, deterministic: false }),
  };
  const { id: environment, options: environmentOptions } = source; // JSON leaves out what is absent
  terminal.out(
    json
      ? `${JSON.stringify({ algorithm, environment, environmentOptions, seed, ...scores, ...place })}\n`
      : evaluationTable(scores, terminal.colours),
  );
}

async function subjectOf(
  name: string,
  flags: RunEnvironmentFlags & Pick<EvaluateFlags, "best">,
  terminal: Terminal,
  catalogue: Catalogue,
): Promise<Subject> {
  if (isPolicyFile(name)) {
    const tell = (line: string) => terminal.err(`${line}\n`);
    return { ...(await policyAndEnvironment(name, flags, catalogue, tell)), seed: 0, place: { policy: name } };
  }
  const run = findRun(name);
  const { algorithm, config } = run.record;
  const policy = policyOf(run, catalogue, flags);
  const { source } = await runEnvironment(run, flags, terminal);
  return { policy, source, algorithm, seed: config.seed, place: { runDirectory: run.path } };
}
