import { describeSpace } from "@advantage/envs";
import type { Policy } from "../core/policy.js";
import { stateCount } from "./tabular-policy.js";

/**
 * Any policy of countable observations and actions as a table of probabilities, by asking it about each observation: what rows that evaluate a given
 * policy take. A policy that does not say its probabilities is taken at its mode.
 *
 * @returns π(a|s) at s·A + a, observations in row-major order  [S·A]
 * @throws TypeError if it cannot be a table
 */
export function policyTable(policy: Policy): Float64Array {
  const { observationSpace, actionSpace } = policy;
  if (observationSpace.kind !== "discrete" && observationSpace.kind !== "multiDiscrete")
    throw new TypeError(
      `the policy must take observations that can be counted, got ${describeSpace(observationSpace)}`,
    );
  if (actionSpace.kind !== "discrete")
    throw new TypeError(`the policy must take discrete actions, got ${describeSpace(actionSpace)}`);
  if (policy.memory !== undefined) throw new TypeError("the policy must not remember: a table knows only the state");
  const states = stateCount(observationSpace);
  const numActions = actionSpace.n;
  const table = new Float64Array(states * numActions);
  for (let state = 0; state < states; state++) {
    const observation =
      observationSpace.kind === "discrete" ? observationSpace.start + state : digits(state, observationSpace.nvec);
    const probabilities = policy.explain?.(observation).probabilities;
    if (probabilities === undefined)
      table[state * numActions + (policy.act(observation) as number) - actionSpace.start] = 1;
    else for (let action = 0; action < numActions; action++) table[state * numActions + action] = probabilities[action];
  }
  return table;
}

/** A number with mixed radices, the last digit fastest: the inverse of `stateIndex`. */
function digits(index: number, radices: ArrayLike<number>): Int32Array {
  const result = new Int32Array(radices.length);
  for (let i = radices.length - 1; i >= 0; i--) {
    result[i] = index % radices[i];
    index = Math.floor(index / radices[i]);
  }
  return result;
}
