import { buildMdp } from "../finite-mdp/finite-mdp.js";
import { type FieldsOf, int, matrix, numbers, optional, schema } from "../schema.js";
import { type BanditEnv, banditEnv } from "./bandit.js";

/** Options of the linear bandit. */
export interface LinearBanditOptions {
  /** θ*: what the rewards are made of; |⟨θ*, x(a)⟩| ≤ 1 for every arm  [d]. Default: 0.25, −0.2, 0.15, −0.1, 0.1, −0.05. */
  readonly parameter?: readonly number[];
  /** x(a) of each arm  [arms][d]. Default: the 2^d vertices of the cube {−1, 1}^d. */
  readonly features?: readonly (readonly number[])[];
  /** Default: 1000. */
  readonly rounds?: number;
}

/** Schema of the options of the linear bandit: types, ranges, defaults. */
export const linearBanditConfig = schema(
  {
    parameter: numbers({
      default: [0.25, -0.2, 0.15, -0.1, 0.1, -0.05],
      symbol: "θ*",
      help: "what the mean rewards are made of: that of an arm is its product with the arm's features, in [−1, 1]",
    }),
    features: optional(
      matrix({ symbol: "x(a)", help: "those of each arm, a row each; none: the vertices of the cube {−1, 1}^d" }),
    ),
    rounds: int({ default: 1000, min: 1, symbol: "T", help: "rounds of an episode" }),
  } satisfies FieldsOf<LinearBanditOptions>,
  "LinearBandit-v0",
);

/**
 * `LinearBandit-v0`: arm a pays ±1 with mean ⟨θ*, x(a)⟩. By default 64 arms, the vertices of a cube in 6 dimensions, so that a learner of 6
 * numbers has less to learn than one of 64. One variate decides over all arms of a round.
 */
export function linearBanditEnv(options: LinearBanditOptions = {}): BanditEnv {
  const config = linearBanditConfig.parse(options);
  const { parameter, rounds, features = vertices(parameter.length) } = config;
  const means = features.map((x, arm) => meanReward(parameter, x, arm));
  if (means.length === 0) throw new RangeError("features must hold those of at least 1 arm, got none");
  return banditEnv({
    id: "LinearBandit-v0",
    options: linearBanditConfig.changes(config),
    arms: means.map((mean) => ({ mean, deviation: Math.sqrt(1 - mean * mean) })),
    armFeatures: features,
    rounds,
    low: -1,
    high: 1,
    draw(_round, rng, rewards) {
      const variate = rng.uniform();
      for (let arm = 0; arm < means.length; arm++) rewards[arm] = 2 * variate < 1 + means[arm] ? 1 : -1;
    },
    mdp: () =>
      buildMdp({ numStates: 1, numActions: means.length, initial: 0, capacity: 2 * means.length }, (_s, arm, add) => {
        add((1 + means[arm]) / 2, 0, 1, false);
        add((1 - means[arm]) / 2, 0, -1, false);
      }),
  });
}

/** ⟨θ*, x(a)⟩ */
function meanReward(parameter: readonly number[], features: readonly number[], arm: number): number {
  if (features.length !== parameter.length) {
    throw new RangeError(
      `features of arm ${arm} must be as many as the parameter's ${parameter.length} numbers, got ${features.length}`,
    );
  }
  const mean = features.reduce((sum, x, i) => sum + parameter[i] * x, 0);
  if (Math.abs(mean) <= 1) return mean;
  throw new RangeError(`the mean reward of arm ${arm}, ⟨parameter, features⟩, must be in [-1, 1], got ${mean}`);
}

/** {−1, 1}^d */
function vertices(dimensions: number): number[][] {
  if (dimensions > 12) {
    throw new RangeError(
      `features must be given where there are more than 12 dimensions, got ${dimensions} numbers of the parameter`,
    );
  }
  return Array.from({ length: 2 ** dimensions }, (_, vertex) =>
    Array.from({ length: dimensions }, (_, i) => ((vertex >> i) & 1 ? 1 : -1)),
  );
}
