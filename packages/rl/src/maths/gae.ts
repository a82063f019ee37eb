type Floats = Float32Array | Float64Array;

/**
 * Generalised advantage estimation over T steps of N environments:
 *
 *     δₜ = rₜ + γ (1 − terminatedₜ) V(sₜ₊₁) − V(sₜ)
 *     Âₜ = δₜ + γλ (1 − terminatedₜ)(1 − truncatedₜ) Âₜ₊₁,   Â_T = 0
 *
 * A step that terminates has no value after it. A step that is truncated has one, V of the state it really led to; only the sum over
 * further steps stops, because they belong to another episode. λ = 0 gives the one-step error δₜ, λ = 1 the Monte Carlo return less
 * V(sₜ). Schulman et al. 2016, eqs. 11 and 16 (arXiv:1506.02438); truncation as in Pardo et al. 2018 (arXiv:1712.00378).
 *
 * All arrays are flat [T × N], step t of environment n at t·N + n.
 *
 * @param rewards     rₜ
 * @param values      V(sₜ)
 * @param nextValues  V of the state that step t really led to, before any reset
 * @param terminated  1 where the task ended
 * @param truncated   1 where the episode was cut
 * @param numSteps    T
 * @param numEnvs     N
 * @param discount    γ in [0, 1]
 * @param gaeLambda   λ in [0, 1]
 * @param advantages  Âₜ, written
 * @param returns     Âₜ + V(sₜ), the target of the value function, written if given
 */
export function generalisedAdvantage({
  rewards,
  values,
  nextValues,
  terminated,
  truncated,
  numSteps,
  numEnvs,
  discount,
  gaeLambda,
  advantages,
  returns,
}: {
  readonly rewards: Floats;
  readonly values: Floats;
  readonly nextValues: Floats;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly numSteps: number;
  readonly numEnvs: number;
  readonly discount: number;
  readonly gaeLambda: number;
  readonly advantages: Floats;
  readonly returns?: Floats;
}): void {
  const size = numSteps * numEnvs;
  requireSize("rewards", rewards, size);
  requireSize("values", values, size);
  requireSize("nextValues", nextValues, size);
  requireSize("terminated", terminated, size);
  requireSize("truncated", truncated, size);
  requireSize("advantages", advantages, size);
  if (returns !== undefined) requireSize("returns", returns, size);
  requireShare("discount", discount);
  requireShare("gaeLambda", gaeLambda);
  const decay = discount * gaeLambda;
  for (let n = 0; n < numEnvs; n++) {
    let advantage = 0; // in double precision along the whole sum, whatever the arrays hold
    for (let at = (numSteps - 1) * numEnvs + n; at >= 0; at -= numEnvs) {
      if (terminated[at] !== 0) {
        advantage = rewards[at] - values[at];
      } else {
        const delta = rewards[at] + discount * nextValues[at] - values[at];
        advantage = truncated[at] !== 0 ? delta : delta + decay * advantage;
      }
      advantages[at] = advantage;
      if (returns !== undefined) returns[at] = advantage + values[at];
    }
  }
}

function requireSize(name: string, array: { readonly length: number }, size: number): void {
  if (array.length !== size) {
    throw new RangeError(`${name} must hold numSteps × numEnvs = ${size} elements, got ${array.length}`);
  }
}

function requireShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be in [0, 1], got ${value}`);
}
