import type { Random } from "@advantage/engine";
import { type Discrete, findEnvironment } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import { type ConfigOf, int, real, schema } from "../../core/schema.js";
import { greedyPolicy } from "../../maths/finite-mdp/bellman.js";
import { tabularPolicy } from "../../policies/tabular-policy.js";
import { run } from "../../runner/run.js";
import { conformanceChecks } from "../conformance.js";
import { finiteModel } from "../probe-tasks.js";

const config = schema({
  totalSteps: int({ default: 50, min: 1, help: "sweeps over all states and actions" }),
  seed: int({ default: 1, min: 0, help: "where every random stream starts" }),
  discount: real({ default: 0.9, min: 0, max: 0.999, symbol: "γ", help: "weight of what follows" }),
});

interface ModelSweepsState {
  step: number;
  /** Q [S·A] */
  readonly values: Float64Array;
  readonly random: Random;
}

/** Value iteration inside a model: each sweep asks it for every state and action in one batch. The model has to be certain. */
const modelSweeps: Algorithm<ConfigOf<typeof config>, ModelSweepsState, "dynamics"> = {
  id: "model-sweeps",
  title: "Value iteration in a model",
  summary: "Backs up what a deterministic model predicts for every state and action.",
  family: "planning",
  papers: [
    {
      title: "Dynamic Programming",
      authors: "Bellman",
      year: 1957,
      url: "https://press.princeton.edu/books/paperback/9780691146683/dynamic-programming",
    },
  ],
  notes: ["P 1"],
  config,
  metrics: { residual: { meaning: "Largest change of a value in the sweep.", healthy: "falls", logarithmic: true } },
  presets: {},
  observationKinds: ["discrete"],
  actionKinds: ["discrete"],
  needs: ["dynamics"],
  unit: "sweep",
  init: ({ observationSpace, actionSpace, random }) => ({
    step: 0,
    values: new Float64Array((observationSpace as Discrete).n * (actionSpace as Discrete).n),
    random: random.fork("model"),
  }),
  *train({ config: c, model, actionSpace }, state) {
    const { values } = state;
    const count = values.length;
    const numActions = (actionSpace as Discrete).n;
    const numStates = count / numActions;
    const observations = new Float32Array(count * numStates);
    const actions = Int32Array.from({ length: count }, (_, i) => i % numActions);
    for (let i = 0; i < count; i++) observations[i * numStates + Math.floor(i / numActions)] = 1;
    const prediction = {
      nextObservation: new Float32Array(count * numStates),
      reward: new Float64Array(count),
      terminated: new Uint8Array(count),
    };
    while (state.step < c.totalSteps) {
      model.predict(observations, actions, count, state.random, prediction);
      const before = values.slice();
      let residual = 0;
      for (let i = 0; i < count; i++) {
        const next = numActions * prediction.nextObservation.subarray(i * numStates, (i + 1) * numStates).indexOf(1);
        const best = before.subarray(next, next + numActions).reduce((a, q) => Math.max(a, q));
        values[i] = prediction.reward[i] + c.discount * (1 - prediction.terminated[i]) * best;
        residual = Math.max(residual, Math.abs(values[i] - before[i]));
      }
      state.step += 1;
      yield { step: state.step, episodes: [], metrics: { residual } };
    }
  },
  policy({ id, observationSpace, actionSpace }, { values }) {
    const probabilities = greedyPolicy(values, (actionSpace as Discrete).n);
    return tabularPolicy({ algorithm: "model-sweeps", environment: id, observationSpace, actionSpace, probabilities });
  },
};

describe("an algorithm that needs a model", () => {
  it.each(conformanceChecks(modelSweeps).map(({ name, check }) => [name, check] as const))("%s", (_, check) => check());

  it("finds the way that is best in the environment that the model is of", async () => {
    const { make } = findEnvironment("CliffWalking-v1");
    const task = { env: make, model: finiteModel(make) };
    const { summary } = await run(modelSweeps, task, { evaluationEpisodes: 1 });
    expect(summary.evaluation?.mean).toBe(-13); // along the edge of the cliff
  });
});
