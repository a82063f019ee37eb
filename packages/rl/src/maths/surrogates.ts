import { ops, type Tensor } from "@advantage/engine";

const { add, clip, exp, maximum, mean, minimum, mul, neg, square, sub } = ops;

function requireVectors(named: Readonly<Record<string, Tensor>>): void {
  let first = "";
  for (const name in named) {
    const { shape } = named[name];
    if (shape.length !== 1) throw new Error(`${name} must be a vector [B], got shape [${shape.join(", ")}]`);
    if (first === "") first = name;
    else if (shape[0] !== named[first].size) {
      throw new Error(`${name} must have shape [${named[first].size}] like ${first}, got [${shape[0]}]`);
    }
  }
}

/** ρₜ = π_θ(aₜ|sₜ) / π_old(aₜ|sₜ) = exp(log π_θ − log π_old). Both [B] → [B]. */
export function probabilityRatio({ logProb, oldLogProb }: { logProb: Tensor; oldLogProb: Tensor }): Tensor {
  requireVectors({ logProb, oldLogProb });
  return exp(sub(logProb, oldLogProb));
}

/**
 * The surrogate objective without constraint, to be minimised: −𝔼ₜ[ρₜÂₜ]. Kakade & Langford 2002; Schulman et al. 2017, eq. 6.
 *
 * @param ratio      ρₜ  [B]
 * @param advantage  Âₜ  [B], no gradient
 */
export function policyGradientSurrogate({ ratio, advantage }: { ratio: Tensor; advantage: Tensor }): Tensor {
  requireVectors({ ratio, advantage });
  return neg(mean(mul(ratio, advantage)));
}

/**
 * Clipped surrogate objective of PPO, to be minimised: −𝔼ₜ[min(ρₜÂₜ, clip(ρₜ, 1−ε, 1+ε)Âₜ)].
 * Schulman et al. 2017, eq. 7 (arXiv:1707.06347).
 *
 * @param ratio      ρₜ  [B]
 * @param advantage  Âₜ  [B], no gradient
 * @param epsilon    ε ≥ 0
 */
export function clippedSurrogate({
  ratio,
  advantage,
  epsilon,
}: {
  ratio: Tensor;
  advantage: Tensor;
  epsilon: number;
}): Tensor {
  requireVectors({ ratio, advantage });
  return neg(mean(minimum(mul(ratio, advantage), mul(clip(ratio, 1 - epsilon, 1 + epsilon), advantage))));
}

/**
 * Squared error of the value function: 𝔼ₜ[(V(sₜ) − R̂ₜ)²]. Stable-Baselines3's convention, without the ½.
 *
 * @param value   V(sₜ)  [B]
 * @param target  R̂ₜ     [B], no gradient
 */
export function valueLoss({ value, target }: { value: Tensor; target: Tensor }): Tensor {
  requireVectors({ value, target });
  return mean(square(sub(value, target)));
}

/**
 * Value loss that gives no reason to move further than ε from the old prediction:
 * 𝔼ₜ[max((V − R̂)², (V_old + clip(V − V_old, −ε, ε) − R̂)²)]. OpenAI Baselines' PPO2; Engstrom et al. 2020 (arXiv:2005.12729).
 */
export function clippedValueLoss({
  value,
  oldValue,
  target,
  epsilon,
}: {
  value: Tensor;
  oldValue: Tensor;
  target: Tensor;
  epsilon: number;
}): Tensor {
  requireVectors({ value, oldValue, target });
  const near = add(oldValue, clip(sub(value, oldValue), -epsilon, epsilon));
  return mean(maximum(square(sub(value, target)), square(sub(near, target))));
}

/**
 * 𝔼ₜ[(ρₜ − 1) − ln ρₜ] ≥ 0, an unbiased estimate of KL(π_old‖π_θ) with low variance. Schulman, "Approximating KL divergence" (2020), k3.
 */
export function approximateKl({ ratio, logRatio }: { ratio: Tensor; logRatio: Tensor }): Tensor {
  requireVectors({ ratio, logRatio });
  return mean(sub(add(ratio, -1), logRatio));
}

/**
 * The objective of a policy and a value function that are trained together, to be minimised: L^π + c₁ L^V − c₂ H. Mnih et al. 2016, section 4;
 * Schulman et al. 2017, eq. 9, signs turned.
 *
 * @param policyLoss  L^π, a scalar
 * @param valueLoss   L^V, a scalar
 * @param entropy     H, the policy's mean entropy, a scalar; not differentiated where c₂ is 0
 */
export function actorCriticLoss(
  { policyLoss, valueLoss, entropy }: { policyLoss: Tensor; valueLoss: Tensor; entropy: Tensor },
  { valueCoef, entropyCoef }: { readonly valueCoef: number; readonly entropyCoef: number },
): Tensor {
  const both = add(policyLoss, mul(valueLoss, valueCoef));
  return entropyCoef > 0 ? sub(both, mul(entropy, entropyCoef)) : both;
}
