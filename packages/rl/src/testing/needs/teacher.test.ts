import type { Discrete } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import { type ConfigOf, int, schema } from "../../core/schema.js";
import { TableEnv } from "../../families/tabular/table-env.js";
import { tabularPolicy } from "../../policies/tabular-policy.js";
import { run } from "../../runner/run.js";
import { conformanceChecks } from "../conformance.js";
import { identity } from "../probe-environments.js";

const config = schema({
  totalSteps: int({ default: 400, min: 1, help: "environment steps to watch the teacher for" }),
  seed: int({ default: 1, min: 0, help: "where every random stream starts" }),
});

interface CloneState {
  step: number;
  readonly env: TableEnv;
  /** How often the teacher took each action [S·A] */
  readonly counts: Float64Array;
}

/** Cloning: the teacher acts, and what it does in each state is counted. */
const clone: Algorithm<ConfigOf<typeof config>, CloneState, "env" | "teacher"> = {
  id: "clone",
  title: "Behavioural cloning",
  summary: "Does in each state what the teacher did there most often.",
  family: "imitation",
  papers: [{ title: "ALVINN", authors: "Pomerleau", year: 1989, url: "https://doi.org/10.1162/neco.1991.3.1.88" }],
  notes: ["I 1"],
  config,
  metrics: { agreement: { meaning: "Share of steps at which the clone would have done the same.", healthy: "rises" } },
  presets: {},
  observationKinds: ["discrete"],
  actionKinds: ["discrete"],
  needs: ["env", "teacher"],
  init({ env, random }) {
    const table = new TableEnv(env, random.fork("env"));
    return { step: 0, env: table, counts: new Float64Array(table.numStates * table.numActions) };
  },
  *train({ config: c, teachers: [teacher], observationSpace, actionSpace }, state) {
    const { env, counts } = state;
    const firstState = (observationSpace as Discrete).start;
    const firstAction = (actionSpace as Discrete).start;
    while (state.step < c.totalSteps) {
      const action = (teacher.act(firstState + env.state) as number) - firstAction;
      const row = env.state * env.numActions;
      const agreement = action === mostOften(counts, row, env.numActions) ? 1 : 0;
      counts[row + action] += 1;
      env.step(action);
      state.step += 1;
      yield { step: state.step, episodes: env.takeFinished(), metrics: { agreement } };
    }
  },
  policy({ id, observationSpace, actionSpace }, { env: { numStates, numActions }, counts }) {
    const probabilities = new Float64Array(counts.length);
    for (let row = 0; row < numStates * numActions; row += numActions)
      probabilities[row + mostOften(counts, row, numActions)] = 1;
    return tabularPolicy({ algorithm: "clone", environment: id, observationSpace, actionSpace, probabilities });
  },
};

function mostOften(counts: Float64Array, row: number, numActions: number): number {
  let best = 0;
  for (let action = 1; action < numActions; action++) if (counts[row + action] > counts[row + best]) best = action;
  return best;
}

describe("an algorithm that needs a teacher", () => {
  it.each(conformanceChecks(clone).map(({ name, check }) => [name, check] as const))("%s", (_, check) => check());

  it("does as the teacher does", async () => {
    const { observationSpace, actionSpace } = identity();
    // Names the next symbol: reward 0 at each step, which no one who looked at rewards would imitate.
    const probabilities = Float64Array.of(0, 1, 0, 0, 0, 1, 1, 0, 0);
    const teacher = tabularPolicy({ algorithm: "hand", environment: "", observationSpace, actionSpace, probabilities });
    const task = { env: () => identity(), teachers: [teacher] };
    const { policy, summary } = await run(clone, task, { evaluationEpisodes: 5 });
    expect([0, 1, 2].map((symbol) => policy.act(symbol as never))).toEqual([1, 2, 0]);
    expect(summary.evaluation?.mean).toBe(0);
  });
});
