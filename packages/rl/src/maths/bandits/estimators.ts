/*
 * What a bandit learner makes of n draws a₁ … aₙ ~ π with rewards r₁ … rₙ. Notes: W, "Policy learning with bandit feedback".
 */

/** n draws and what they brought. */
export interface Draws {
  /** aᵢ in [0, A)  [n] */
  readonly arms: ArrayLike<number>;
  /** rᵢ  [n] */
  readonly rewards: ArrayLike<number>;
  /** b: what every reward is compared with. Must not depend on these draws. */
  readonly baseline?: number;
}

/** Draws, and what is thought of each arm beforehand. */
export interface EstimatedDraws extends Draws {
  /** c(a); must not depend on these draws. Default: 0.  [A] */
  readonly armBaseline?: ArrayLike<number>;
}

/**
 * Rewards of all arms by inverse propensity weighting, with both of the note's baselines:
 *
 *     R̂(a) = (1/n) Σᵢ (rᵢ − b − c(a))·𝟙{aᵢ = a} / π(a) + c(a),    𝔼[R̂(a)] = R(a) − b for every b and c with π(a) > 0.
 *
 * The constant b shifts all arms alike and so changes no softmax policy. Auer, Cesa-Bianchi, Freund & Schapire 2002 (b = c = 0, n = 1).
 * (On one of its slides the note leaves out 1/n.)
 *
 * @param policy  π  [A]
 * @param out     R̂, written and returned  [A]
 */
export function inversePropensityRewards(
  policy: Float64Array,
  { arms, rewards, baseline = 0, armBaseline }: EstimatedDraws,
  out: Float64Array = new Float64Array(policy.length),
): Float64Array {
  requireDraws(policy, arms, rewards);
  out.fill(0);
  for (let i = 0; i < arms.length; i++) {
    const arm = arms[i];
    out[arm] += (rewards[i] - baseline - (armBaseline?.[arm] ?? 0)) / (policy[arm] * arms.length);
  }
  if (armBaseline !== undefined) for (let arm = 0; arm < out.length; arm++) out[arm] += armBaseline[arm];
  return out;
}

/**
 * The policy gradient of a softmax policy by the score function:
 *
 *     g = (1/n) Σᵢ (rᵢ − b) ∇_θ log π_θ(aᵢ) = (1/n) Σᵢ (rᵢ − b) (e_{aᵢ} − π),    𝔼[g] = ∇_θ Σₐ π_θ(a) R(a) for every b.
 *
 * Williams 1992 (REINFORCE).
 *
 * @param policy  π  [A]
 * @param out     g, written and returned  [A]
 */
export function scoreFunctionGradient(
  policy: Float64Array,
  { arms, rewards, baseline = 0 }: Draws,
  out: Float64Array = new Float64Array(policy.length),
): Float64Array {
  requireDraws(policy, arms, rewards);
  out.fill(0);
  for (let i = 0; i < arms.length; i++) {
    const weight = (rewards[i] - baseline) / arms.length;
    for (let arm = 0; arm < out.length; arm++) out[arm] -= weight * policy[arm];
    out[arms[i]] += weight;
  }
  return out;
}

/**
 * The natural gradient F⁻¹g of that g, F = diag(π) − ππᵀ the Fisher matrix. F is singular (it does not see a constant added to all
 * parameters); among the solutions of F x = g this is x = g/π, written so that it holds for probabilities too small to divide by:
 *
 *     F⁻¹g = (1/n) Σᵢ (rᵢ − b) (e_{aᵢ}/π(aᵢ) − 𝟏)
 *
 * It is R̂ less a constant: with n = 1, natural policy gradient is EXP3. Kakade 2001; notes W.
 *
 * @param policy  π  [A]
 * @param out     F⁻¹g, written and returned  [A]
 */
export function naturalScoreGradient(
  policy: Float64Array,
  { arms, rewards, baseline = 0 }: Draws,
  out: Float64Array = new Float64Array(policy.length),
): Float64Array {
  requireDraws(policy, arms, rewards);
  out.fill(0);
  let mean = 0;
  for (let i = 0; i < arms.length; i++) {
    const weight = (rewards[i] - baseline) / arms.length;
    out[arms[i]] += weight / policy[arms[i]];
    mean += weight;
  }
  for (let arm = 0; arm < out.length; arm++) out[arm] -= mean;
  return out;
}

function requireDraws(policy: Float64Array, arms: ArrayLike<number>, rewards: ArrayLike<number>): void {
  if (arms.length === 0 || arms.length !== rewards.length) {
    throw new RangeError(
      `draws must be at least one arm and as many rewards, got ${arms.length} arms and ${rewards.length} rewards`,
    );
  }
  for (let i = 0; i < arms.length; i++) {
    const arm = arms[i];
    if (!(arm >= 0 && arm < policy.length && Number.isInteger(arm))) {
      throw new RangeError(`arms must be integers in [0, ${policy.length - 1}], got ${arm}`);
    }
    if (!(policy[arm] > 0))
      throw new RangeError(`a drawn arm must have probability above 0, got arm ${arm} with ${policy[arm]}`);
  }
}
