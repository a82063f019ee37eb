import type { Random } from "@advantage/engine";
import type { Discrete } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm } from "../../core/algorithm.js";
import type { Transitions } from "../../core/dataset.js";
import type { Learner } from "../../core/learner.js";
import { type ConfigOf, int, real, schema } from "../../core/schema.js";
import type { Task } from "../../core/task.js";
import { greedyPolicy } from "../../maths/finite-mdp/bellman.js";
import { tabularPolicy } from "../../policies/tabular-policy.js";
import { run } from "../../runner/run.js";
import { conformanceChecks } from "../conformance.js";
import { identity } from "../probe-environments.js";
import { probeDataset } from "../probe-tasks.js";

const config = schema({
  totalSteps: int({ default: 2000, min: 1, help: "batches to learn from" }),
  seed: int({ default: 1, min: 0, help: "where every random stream starts" }),
  batchSize: int({ default: 32, min: 1, help: "transitions of a batch" }),
  learningRate: real({ default: 0.1, min: 0, max: 1, symbol: "α", help: "step size" }),
  discount: real({ default: 0.9, min: 0, max: 1, symbol: "γ", help: "weight of what follows" }),
});

interface DatasetQState {
  step: number;
  /** Q [S·A] */
  readonly values: Float64Array;
  readonly random: Random;
}

/** One step of Q-learning for each transition of a batch: it does not know where they come from. */
function tableLearner(numStates: number, numActions: number): Learner<Float64Array, Transitions> {
  const rowOf = (flat: Float32Array, b: number) =>
    flat.subarray(b * numStates, (b + 1) * numStates).indexOf(1) * numActions;
  return {
    init: () => new Float64Array(numStates * numActions),
    update(values, batch, { learningRate }) {
      let error = 0;
      for (let b = 0; b < batch.size; b++) {
        const next = rowOf(batch.nextObservations, b);
        const best = values.subarray(next, next + numActions).reduce((a, q) => Math.max(a, q));
        const at = rowOf(batch.observations, b) + batch.actions[b];
        const target = batch.rewards[b] + batch.discounts[b] * (1 - batch.terminated[b]) * best;
        error += Math.abs(target - values[at]) / batch.size;
        values[at] += learningRate * (target - values[at]);
      }
      return { error };
    },
  };
}

const learnerOf = ({ observationSpace, actionSpace }: Task) =>
  tableLearner((observationSpace as Discrete).n, (actionSpace as Discrete).n);

/** Q-learning whose steps someone else has made: no environment, the batches are drawn from a dataset. */
const datasetQ: Algorithm<ConfigOf<typeof config>, DatasetQState, "dataset"> = {
  id: "dataset-q",
  title: "Q-learning from a dataset",
  summary: "Learns a table of action values from recorded transitions.",
  family: "offline",
  papers: [{ title: "Q-learning", authors: "Watkins, Dayan", year: 1992, url: "https://doi.org/10.1007/BF00992698" }],
  notes: ["L 1"],
  config,
  metrics: { error: { meaning: "Mean size of the temporal difference of a batch.", healthy: "falls" } },
  presets: {},
  observationKinds: ["discrete"],
  actionKinds: ["discrete"],
  needs: ["dataset"],
  init: (context) => ({
    step: 0,
    values: learnerOf(context).init(context.random.fork("init")),
    random: context.random.fork("batches"),
  }),
  *train(context, state) {
    const { config: c, dataset } = context;
    const learner = learnerOf(context);
    const batch = dataset.allocate(c.batchSize);
    const rows = new Int32Array(c.batchSize);
    while (state.step < c.totalSteps) {
      dataset.gather(dataset.draw(state.random, rows), batch, { discount: c.discount });
      const metrics = learner.update(state.values, batch, { learningRate: c.learningRate });
      state.step += 1;
      yield { step: state.step, episodes: [], metrics };
    }
  },
  policy({ id, observationSpace, actionSpace }, { values }) {
    const probabilities = greedyPolicy(values, (actionSpace as Discrete).n);
    return tabularPolicy({ algorithm: "dataset-q", environment: id, observationSpace, actionSpace, probabilities });
  },
};

describe("an algorithm that needs a dataset", () => {
  it.each(conformanceChecks(datasetQ).map(({ name, check }) => [name, check] as const))("%s", (_, check) => check());

  it("learns what to do from what others did, and is evaluated where there is an environment", async () => {
    const env = () => identity();
    const dataset = probeDataset(env, 2000);
    const { summary } = await run(datasetQ, { env, dataset }, { evaluationEpisodes: 5 });
    expect(summary.evaluation?.mean).toBe(4);
    // Acting evenly, as the dataset was collected, gives 4/3.
    const collected = dataset.rewards.reduce((sum, reward) => sum + reward, 0) / (dataset.starts.length - 1);
    expect(collected).toBeLessThan(2);
  });

  it("is trained where there is none, with the same numbers", async () => {
    const env = () => identity();
    const dataset = probeDataset(env, 400);
    const settings = { totalSteps: 50, evaluationEpisodes: 0 };
    const alone = await run(datasetQ, { dataset }, settings);
    const beside = await run(datasetQ, { env, dataset }, settings);
    expect(alone.summary.environment).toBe("random-Identity-v0");
    expect(alone.summary.evaluation).toBeUndefined();
    const errors = ({ history }: typeof alone) => history.map(({ error }) => error);
    expect(errors(alone)).toEqual(errors(beside));
  });
});
