import { Random } from "../packages/engine/src/random.js";
import { writeSafetensors } from "../packages/engine/src/safetensors.js";
import type { Env, VectorEnv } from "../packages/envs/src/env.js";
import { type ConfigOf, flag, int, real, schema } from "../packages/envs/src/schema.js";
import { box } from "../packages/envs/src/spaces/box.js";
import { discrete } from "../packages/envs/src/spaces/discrete.js";
import type { Algorithm, EpisodeEnd } from "../packages/rl/src/core/algorithm.js";

/** A walk on −3 … 3, slippery, cut after 10 steps; the reward is the position. For tests of what surrounds training. */
export function walk(id = "Walk-v0"): Env<Float32Array, number> {
  let position = 0;
  let elapsed = 0;
  let random = Random.fromSeed(0);
  const observe = () => Float32Array.of(position);
  return {
    id,
    observationSpace: box({ low: -3, high: 3, shape: [1] }),
    actionSpace: discrete(2),
    reset(rng) {
      random = rng;
      position = 0;
      elapsed = 0;
      return observe();
    },
    step(action) {
      position += random.uniform() < 0.1 ? 0 : 2 * action - 1;
      elapsed += 1;
      return {
        observation: observe(),
        reward: position,
        terminated: Math.abs(position) === 3,
        truncated: elapsed === 10,
      };
    },
    snapshot: () => ({ position, elapsed }),
    restore(saved, rng) {
      ({ position, elapsed } = saved as { position: number; elapsed: number });
      random = rng;
    },
    fresh: () => walk(id),
  };
}

const config = schema({
  totalSteps: int({ default: 200, min: 1, help: "environment steps to train for" }),
  seed: int({ default: 1, min: 0, help: "where every random stream starts" }),
  numEnvs: int({ default: 2, min: 1, help: "environments stepped together" }),
  learningRate: real({ default: 0.5, min: 0, max: 1, symbol: "α", help: "size of the random steps" }),
  careful: flag({ default: true, help: "whether to take care" }),
  failAt: int({ default: 1_000_000, min: 1, help: "the step from which the loss is no number" }),
});

interface CounterState {
  step: number;
  random: Random;
  env: VectorEnv;
  actions: Int32Array;
  weights: Float32Array;
  returns: Float64Array;
  lengths: Int32Array;
  recent: { at: number; loss: number }[];
}

/** Acts at random, adds noise to its weights and counts: a state of every kind, and nothing learnt. */
export const counter: Algorithm<ConfigOf<typeof config>, CounterState> = {
  id: "counter",
  title: "Counter",
  summary: "Acts at random and counts.",
  family: "tabular",
  papers: [{ title: "On counting", authors: "A. Nobody", year: 1900, url: "https://example.org/counting" }],
  notes: ["H 0.0"],
  config,
  metrics: {
    loss: { meaning: "The size of the weights.", healthy: "0–1; above 1 the steps are too large" },
    drift: { meaning: "How far the first weight has moved.", healthy: "small" },
  },
  presets: { "Walk-v0": { source: "an old almanac", config: { totalSteps: 240, learningRate: 0.25 } } },
  observationKinds: ["box"],
  actionKinds: ["discrete"],
  needs: ["env"],
  init({ config, env, random }) {
    const vector = env.vector(config.numEnvs);
    vector.reset(random.fork("env"));
    return {
      step: 0,
      random: random.fork("policy"),
      env: vector,
      actions: new Int32Array(config.numEnvs),
      weights: new Float32Array(3),
      returns: new Float64Array(config.numEnvs),
      lengths: new Int32Array(config.numEnvs),
      recent: [],
    };
  },
  *train({ config }, state) {
    while (state.step < config.totalSteps) {
      const episodes: EpisodeEnd[] = [];
      for (let t = 0; t < 5; t++) {
        for (let i = 0; i < config.numEnvs; i++) state.actions[i] = state.random.int(2);
        state.env.step(state.actions);
        state.step += config.numEnvs;
        for (let i = 0; i < config.numEnvs; i++) {
          state.returns[i] += state.env.reward[i];
          state.lengths[i] += 1;
          if (!state.env.terminated[i] && !state.env.truncated[i]) continue;
          episodes.push({ step: state.step, return: state.returns[i], length: state.lengths[i] });
          state.returns[i] = 0;
          state.lengths[i] = 0;
        }
      }
      for (let i = 0; i < state.weights.length; i++) state.weights[i] += config.learningRate * state.random.normal();
      const loss =
        state.step >= config.failAt ? Number.NaN : Math.sqrt(state.weights.reduce((sum, w) => sum + w * w, 0));
      state.recent = [...state.recent.slice(-3), { at: state.step, loss }];
      yield { step: state.step, episodes, metrics: { loss, drift: state.weights[0] } };
    }
  },
  policy({ env }, state) {
    const own = Random.fromSeed(0);
    const weights = state.weights.slice();
    return {
      observationSpace: env.observationSpace,
      actionSpace: env.actionSpace,
      act: (_observation, { deterministic = true, random = own } = {}) => (deterministic ? 1 : random.int(2)),
      actBatch(_observations, count, actions, { deterministic = true, random = own } = {}) {
        for (let i = 0; i < count; i++) actions[i] = deterministic ? 1 : random.int(2);
      },
      save: () => writeSafetensors({ weights: { shape: [3], data: weights } }, { kind: "counter" }),
    };
  },
};
