import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import type { BaseConfig, Context } from "../../core/algorithm.js";
import { choice, int, real } from "../../core/schema.js";
import { uniformPolicy } from "../../maths/finite-mdp/bellman.js";
import { optimum } from "../../maths/finite-mdp/exact.js";
import { requireEvaluable } from "../../maths/finite-mdp/termination.js";
import { mdpOf } from "../tabular/solver.js";

export const seedField = int({ default: 1, min: 0, help: "seed of every random stream of the run" });
export const unusedSeedField = int({ default: 1, min: 0, help: "unused: nothing here is random" });
export const discountField = real({
  default: 0.99,
  min: 0,
  max: 1,
  symbol: "γ",
  help: "weight of the next step's return",
});

export function policyField(help: string) {
  return choice(["uniform", "optimal"], { default: "uniform", symbol: "π", help });
}

export interface PolicyConfig extends BaseConfig {
  readonly discount: number;
  readonly policy: "uniform" | "optimal";
}

/** π  [S·A] */
export function chosenPolicy(mdp: FiniteMdp, { policy, discount }: PolicyConfig): Float64Array {
  return policy === "uniform" ? uniformPolicy(mdp) : optimum(mdp, discount).policy;
}

/** Throws unless the chosen policy has finite values. */
export function requireChosenPolicy({ config: c, env }: Context<PolicyConfig>): void {
  const mdp = mdpOf(env);
  requireEvaluable(mdp, chosenPolicy(mdp, c), c.discount);
}

/** Rows uniform on the simplex, as spacings of sorted uniforms  [S·A] */
export function randomPolicy({ numStates, numActions }: FiniteMdp, random: Random): Float64Array {
  const policy = new Float64Array(numStates * numActions);
  const cuts = new Float64Array(numActions + 1);
  cuts[numActions] = 1;
  for (let state = 0; state < numStates; state++) {
    random.fillUniform(cuts.subarray(1, numActions));
    cuts.subarray(1, numActions).sort();
    for (let action = 0; action < numActions; action++) {
      policy[state * numActions + action] = cuts[action + 1] - cuts[action];
    }
  }
  return policy;
}

/** The book behind most of this family. */
export const suttonBarto = {
  title: "Reinforcement Learning: An Introduction",
  authors: "Sutton, Barto",
  year: 2018,
  url: "https://incompleteideas.net/book/the-book-2nd.html",
} as const;

export const puterman = {
  title: "Markov Decision Processes: Discrete Stochastic Dynamic Programming",
  authors: "Puterman",
  year: 1994,
  url: "https://doi.org/10.1002/9780470316887",
} as const;
