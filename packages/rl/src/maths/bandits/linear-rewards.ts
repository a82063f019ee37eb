import { solveLinear } from "../finite-mdp/linear-solve.js";

/*
 * What a learner knows of arms whose mean rewards are linear in known features: R(a) = ⟨θ, x(a)⟩ with θ unknown. Features are row by row, [A × d].
 */

/**
 * Second moments of the features under a policy, row by row [d × d]:
 *
 *     P = Σₐ π(a) x(a) x(a)ᵀ
 *
 * @param policy    π  [A]
 * @param features  x  [A × d]
 * @param out       P, written and returned  [d × d]
 */
export function secondMoments(policy: Float64Array, features: Float64Array, out: Float64Array): Float64Array {
  const size = Math.sqrt(out.length);
  out.fill(0);
  for (let arm = 0; arm < policy.length; arm++) {
    const weight = policy[arm];
    if (weight === 0) continue;
    const at = arm * size;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) out[i * size + j] += weight * features[at + i] * features[at + j];
    }
  }
  return out;
}

/** A draw, and the room to work in. */
export interface LinearDraw {
  /** a ~ π */
  readonly arm: number;
  /** r */
  readonly reward: number;
  /** Room for P  [d × d] */
  readonly moments: Float64Array;
}

/**
 * The parameter of linear rewards by weighted least squares on one draw:
 *
 *     θ̂ = P⁻¹ x(a) r,    P = Σₐ π(a) x(a) x(a)ᵀ,    𝔼[θ̂] = θ if 𝔼[r|a] = ⟨θ, x(a)⟩ and the arms that can be drawn span the features.
 *
 * With one feature an arm ("is it this one?") ⟨θ̂, x(a)⟩ is the inverse propensity weighting of EXP3. Dani, Hayes & Kakade 2007, section 3.
 *
 * @param policy    π  [A]
 * @param features  x  [A × d]
 * @param out       θ̂, written and returned  [d]
 * @throws RangeError if the arms that can be drawn do not span the features
 */
export function linearParameterEstimate(
  policy: Float64Array,
  features: Float64Array,
  { arm, reward, moments }: LinearDraw,
  out: Float64Array,
): Float64Array {
  const size = out.length;
  secondMoments(policy, features, moments);
  for (let i = 0; i < size; i++) out[i] = features[arm * size + i] * reward;
  return solveLinear(moments, out);
}

/** A policy that explores the features as evenly as can be. */
export interface ExplorationDesign {
  /** μ  [A] */
  readonly policy: Float64Array;
  /** maxₐ x(a)ᵀ P(μ)⁻¹ x(a): d at best. */
  readonly worstVariance: number;
}

/**
 * The G-optimal design: the policy μ under which the estimate of the arm that is known worst varies least,
 *
 *     min_μ maxₐ x(a)ᵀ P(μ)⁻¹ x(a) = d    (Kiefer & Wolfowitz 1960),
 *
 * to a hundredth, by the steps of Fedorov 1972 (Frank & Wolfe's, of the best length): towards the arm known worst, from the uniform policy.
 * Lattimore & Szepesvári 2020, Bandit Algorithms, chapter 21.
 *
 * @param features  x  [A × d]
 * @param size      d
 * @param mostSteps  0: the uniform policy as it is
 * @throws RangeError if the features do not span d dimensions
 */
export function optimalDesign(features: Float64Array, size: number, mostSteps = 10_000): ExplorationDesign {
  const arms = features.length / size;
  const policy = new Float64Array(arms).fill(1 / arms);
  const variances = new Float64Array(arms);
  for (let step = 0; ; step++) {
    const mean = estimateVariances(policy, features, size, variances);
    // Σₐ μ(a) x(a)ᵀP⁻¹x(a) is the trace of P⁻¹P.
    if (!(Math.abs(mean / size - 1) < 1e-6)) throw notSpanning(size);
    let worst = 0;
    for (let arm = 1; arm < arms; arm++) if (variances[arm] > variances[worst]) worst = arm;
    const worstVariance = variances[worst];
    if (worstVariance <= 1.01 * size || step >= mostSteps) return { policy, worstVariance };
    const length = (worstVariance / size - 1) / (worstVariance - 1);
    for (let arm = 0; arm < arms; arm++) policy[arm] *= 1 - length;
    policy[worst] += length;
  }
}

/** x(a)ᵀ P(μ)⁻¹ x(a) of every arm, written to `out`; returns their mean under μ. */
function estimateVariances(policy: Float64Array, features: Float64Array, size: number, out: Float64Array): number {
  const moments = secondMoments(policy, features, new Float64Array(size * size));
  const inverse = Array.from({ length: size }, (_, i) => {
    const unit = new Float64Array(size);
    unit[i] = 1;
    try {
      return solveLinear(moments.slice(), unit);
    } catch {
      throw notSpanning(size);
    }
  });
  let mean = 0;
  for (let arm = 0; arm < out.length; arm++) {
    const at = arm * size;
    let variance = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) variance += features[at + i] * inverse[i][j] * features[at + j];
    }
    out[arm] = variance;
    mean += policy[arm] * variance;
  }
  return mean;
}

function notSpanning(size: number): RangeError {
  return new RangeError(
    `features of the arms must span all ${size} dimensions; leave out those that the others make up`,
  );
}
