import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import { type BaseConfig, type Context, choice } from "../../core/index.js";
import { optimum, requireEvaluable, uniformPolicy } from "../../maths/index.js";
import { mdpOf } from "../tabular/solver.js";

/** The setting that says which policy an experiment of the foundations looks at. */
export function policyField(help: string) {
  return choice(["uniform", "optimal"], { default: "uniform", symbol: "π", help });
}

/** Settings of an experiment that looks at one policy. */
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
