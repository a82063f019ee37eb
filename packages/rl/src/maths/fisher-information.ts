import { ops, type Tensor } from "@advantage/engine";

/**
 * Products with the Fisher information matrix of a distribution in its own parameters, F = 𝔼[∇log p ∇log pᵀ], which is the Hessian of
 * KL(p‖q) in q at q = p. Row by row: each takes a tangent of the parameters and gives F times it, of the same shape.
 */

/** F = diag p − p pᵀ in the logits of p = softmax(logits). Both [B, actions]. */
export function categoricalFisher({ logits, tangent }: { logits: Tensor; tangent: Tensor }): Tensor {
  const p = ops.softmax(logits);
  return ops.mul(p, ops.sub(tangent, ops.sum(ops.mul(p, tangent), 1, true)));
}

/** F = diag p(1 − p) in the logits of p = σ(logits). Both [B, n]. */
export function bernoulliFisher({ logits, tangent }: { logits: Tensor; tangent: Tensor }): Tensor {
  const p = ops.sigmoid(logits);
  return ops.mul(ops.mul(p, ops.sub(1, p)), tangent);
}

/**
 * F = diag(1/σ²) in the mean and 2·I in ln σ.
 *
 * @param logStd   ln σ  [B, A] or [A]
 * @param tangent  of the mean [B, A] and of ln σ [B, A]
 */
export function gaussianFisher({
  logStd,
  tangent,
}: {
  logStd: Tensor;
  tangent: { readonly mean: Tensor; readonly logStd: Tensor };
}): { mean: Tensor; logStd: Tensor } {
  return { mean: ops.mul(tangent.mean, ops.exp(ops.mul(logStd, -2))), logStd: ops.mul(tangent.logStd, 2) };
}
