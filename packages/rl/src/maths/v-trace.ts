type Floats = Float32Array | Float64Array;

/**
 * V-trace targets of one stretch of experience of a behaviour policy μ, for the values of a target policy π:
 *
 *     δₜ = ρₜ (rₜ + γ V(sₜ₊₁) − V(sₜ)),   ρₜ = min(ρ̄, π/μ),   cₜ = λ min(c̄, π/μ)
 *     vₜ − V(sₜ) = δₜ + γ cₜ (vₜ₊₁ − V(sₜ₊₁))
 *
 * Espeholt et al. 2018, eq. 1 and remark 1 (arXiv:1802.01561). On policy with ρ̄, c̄ ≥ 1 the targets are λ-returns. A step that terminates has rₜ alone; after a truncated step,
 * and after the last one, V(sₜ₊₁) stands for the rest.
 *
 * @param rewards     rₜ  [T]
 * @param values      V(sₜ)  [T]
 * @param nextValues  V of the state that step t really led to, before any reset  [T]
 * @param terminated  1 where the task ended  [T]
 * @param truncated   1 where the episode was cut; none if left out  [T]
 * @param ratios      π(aₜ|sₜ)/μ(aₜ|sₜ)  [T]
 * @param discount    γ in [0, 1]
 * @param rhoClip     ρ̄ > 0: decides which policy's values the targets have; ∞ for π's own
 * @param traceClip   c̄ > 0, at most ρ̄: decides how fast, with how much variance
 * @param lambda      λ in [0, 1]
 * @param targets     vₜ, written and returned  [T]
 * @param advantages  ρₜ (rₜ + γ vₜ₊₁ − V(sₜ)), for the policy gradient; written if given  [T]
 */
export function vTrace<Out extends Floats = Float64Array>({
  rewards,
  values,
  nextValues,
  terminated,
  truncated,
  ratios,
  discount,
  rhoClip = 1,
  traceClip = 1,
  lambda = 1,
  targets = new Float64Array(rewards.length) as Out,
  advantages,
}: {
  readonly rewards: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly nextValues: ArrayLike<number>;
  readonly terminated: ArrayLike<number>;
  readonly truncated?: ArrayLike<number>;
  readonly ratios: ArrayLike<number>;
  readonly discount: number;
  readonly rhoClip?: number;
  readonly traceClip?: number;
  readonly lambda?: number;
  readonly targets?: Out;
  readonly advantages?: Floats;
}): Out {
  const length = rewards.length;
  for (const [name, array] of Object.entries({
    values,
    nextValues,
    terminated,
    truncated,
    ratios,
    targets,
    advantages,
  })) {
    if (array !== undefined && array.length !== length)
      throw new RangeError(`${name} must hold T = ${length} elements, got ${array.length}`);
  }
  for (const [name, value] of Object.entries({ discount, lambda }))
    if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be in [0, 1], got ${value}`);
  if (!(traceClip > 0 && rhoClip >= traceClip))
    throw new RangeError(`traceClip must be above 0 and at most rhoClip, got ${traceClip} and ${rhoClip}`);

  let correction = 0; // vₜ₊₁ − V(sₜ₊₁)
  for (let t = length - 1; t >= 0; t--) {
    if (terminated[t] || truncated?.[t]) correction = 0;
    const next = terminated[t] ? 0 : nextValues[t];
    const rho = Math.min(rhoClip, ratios[t]);
    const trace = lambda * Math.min(traceClip, ratios[t]);
    if (advantages !== undefined) advantages[t] = rho * (rewards[t] + discount * (next + correction) - values[t]);
    correction = rho * (rewards[t] + discount * next - values[t]) + discount * trace * correction;
    targets[t] = values[t] + correction;
  }
  return targets;
}
