import { buildMdp, type FiniteMdp } from "./finite-mdp.js";

/**
 * The MDP in which every step that goes on ends the task with probability 1 − γ, after its reward has been paid. Its undiscounted values are the discounted ones of the
 * original: 𝔼[Σ_{t<T} rₜ] = Σₜ γᵗ 𝔼[rₜ], T the time of death. Notes: C 4.1.3.
 *
 * @param discount γ in [0, 1): the probability to survive a step
 */
export function withDeath(mdp: FiniteMdp, discount: number): FiniteMdp {
  requireSurvival(discount);
  const { numStates, numActions, rowStart, nextState, probability, reward, terminated, terminal } = mdp;
  return buildMdp(
    {
      numStates,
      numActions,
      initial: mdp.initial,
      terminal: Array.from(terminal.keys()).filter((state) => terminal[state] === 1),
      capacity: 2 * nextState.length,
      layout: mdp.layout,
      ...(mdp.horizon !== undefined && { horizon: mdp.horizon }),
    },
    (state, action, add) => {
      const row = state * numActions + action;
      for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
        if (terminated[k] === 1 || terminal[nextState[k]] === 1) add(probability[k], nextState[k], reward[k], true);
        else {
          add(discount * probability[k], nextState[k], reward[k], false);
          add((1 - discount) * probability[k], nextState[k], reward[k], true);
        }
      }
    },
  );
}

/** @throws RangeError unless γ is in [0, 1) */
export function requireSurvival(discount: number): void {
  if (!(discount >= 0 && discount < 1)) throw new RangeError(`discount must be in [0, 1), got ${discount}`);
}
