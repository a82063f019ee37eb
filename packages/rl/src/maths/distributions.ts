import { ops, type Tensor } from "@advantage/engine";

const { add, exp, logSoftmax, mul, neg, pick, sigmoid, softplus, square, sub, sum, tanh } = ops;

/**
 * Log-probabilities, entropies and divergences of the distributions that policies use: pure functions of parameters, differentiable,
 * one number per row. All distributions here factorise over action components, so rows sum over components.
 */

const LOG_2_PI = 1.8378770664093453; // ln 2π
const LOG_2 = Math.LN2;

/** The first of the named tensors must be a matrix, the others of its shape. */
function requireMatrices(named: Readonly<Record<string, Tensor>>): void {
  const [[name, first], ...others] = Object.entries(named);
  if (first.shape.length !== 2) throw new Error(`${name} must have shape [rows, columns], got ${shown(first)}`);
  for (const [other, tensor] of others) {
    if (tensor.shape.length !== 2 || tensor.shape[0] !== first.shape[0] || tensor.shape[1] !== first.shape[1]) {
      throw new Error(`${other} must have shape ${shown(first)} like ${name}, got ${shown(tensor)}`);
    }
  }
}

/** Log standard deviations: those of each row [B, A], or of all rows [A]. */
function requireLogStd(name: string, logStd: Tensor, mean: Tensor): void {
  const [rows, size] = mean.shape;
  const { shape } = logStd;
  const fits = shape.length === 1 ? shape[0] === size : shape.length === 2 && shape[0] === rows && shape[1] === size;
  if (!fits) throw new Error(`${name} must have shape ${shown(mean)} or [${size}], got ${shown(logStd)}`);
}

function shown({ shape }: Tensor): string {
  return `[${shape.join(", ")}]`;
}

/**
 * log π(a|s) = logits_a − ln Σ_b exp(logits_b).
 *
 * @param logits   [B, actions]
 * @param actions  [B], indices
 * @returns        [B]
 */
export function categoricalLogProb({ logits, actions }: { logits: Tensor; actions: Tensor }): Tensor {
  requireMatrices({ logits });
  if (actions.shape.length !== 1 || actions.size !== logits.shape[0]) {
    throw new Error(`actions must have shape [${logits.shape[0]}], one index for each row, got ${shown(actions)}`);
  }
  return pick(logSoftmax(logits), actions);
}

/** H = −Σ_a p_a ln p_a. logits [B, actions] → [B]. An action of probability 0 adds nothing. */
export function categoricalEntropy({ logits }: { logits: Tensor }): Tensor {
  requireMatrices({ logits });
  const logProbs = logSoftmax(logits);
  return neg(sum(mul(exp(logProbs), finite(logProbs)), 1));
}

/**
 * Masked actions have log-probability −∞; a finite number in its place makes p·ln p = 0·finite = 0. Far below the logarithm of any
 * f32, and far enough above the lowest f32 that gradients times it stay finite.
 */
function finite(logProbs: Tensor): Tensor {
  return ops.maximum(logProbs, -1e30);
}

/**
 * KL(p‖q) = Σ_a p_a (ln p_a − ln q_a). Both [B, actions] → [B]. Actions masked in p add nothing; where q masks an action that p
 * takes, the divergence is infinite, here about 1e30·p_a.
 */
export function categoricalKl({ logitsP, logitsQ }: { logitsP: Tensor; logitsQ: Tensor }): Tensor {
  requireMatrices({ logitsP, logitsQ });
  const p = logSoftmax(logitsP);
  return sum(mul(exp(p), sub(finite(p), finite(logSoftmax(logitsQ)))), 1);
}

/**
 * log N(a; μ, σ²) = −½ Σᵢ [((aᵢ − μᵢ)/σᵢ)² + ln 2π] − Σᵢ ln σᵢ.
 *
 * @param mean     μ      [B, A]
 * @param logStd   ln σ   [B, A], or [A] for all rows
 * @param actions  a      [B, A]
 * @returns               [B]
 */
export function gaussianLogProb({ mean, logStd, actions }: { mean: Tensor; logStd: Tensor; actions: Tensor }): Tensor {
  requireMatrices({ mean, actions });
  requireLogStd("logStd", logStd, mean);
  const standardised = mul(sub(actions, mean), exp(neg(logStd)));
  const perComponent = sub(mul(square(standardised), -0.5), logStd);
  return add(sum(perComponent, 1), (-LOG_2_PI * mean.shape[1]) / 2);
}

/** H = Σᵢ (ln σᵢ + ½(1 + ln 2π)). logStd [B, A] → [B]; [A] → one value []. */
export function gaussianEntropy({ logStd }: { logStd: Tensor }): Tensor {
  const size = logStd.shape[logStd.shape.length - 1];
  return add(sum(logStd, -1), (size * (1 + LOG_2_PI)) / 2);
}

/**
 * KL(p‖q) = Σᵢ [½(exp(2dᵢ) − 1) − dᵢ + ½((μ_p − μ_q)/σ_q)²],  dᵢ = ln σ_p − ln σ_q.
 * Made of the difference of the logarithms, not of the variances: exactly 0 where p is q, and none overflows that the divergence does not.
 * Means [B, A]; log standard deviations [B, A] or [A] → [B].
 */
export function gaussianKl({
  meanP,
  logStdP,
  meanQ,
  logStdQ,
}: {
  meanP: Tensor;
  logStdP: Tensor;
  meanQ: Tensor;
  logStdQ: Tensor;
}): Tensor {
  requireMatrices({ meanP, meanQ });
  requireLogStd("logStdP", logStdP, meanP);
  requireLogStd("logStdQ", logStdQ, meanP);
  const apart = square(mul(sub(meanP, meanQ), exp(neg(logStdQ))));
  const d = sub(logStdP, logStdQ);
  const ofSpread = sub(mul(mul(tanh(d), add(exp(mul(d, 2)), 1)), 0.5), d); // exp(2d) − 1 = tanh(d)·(exp(2d) + 1) loses no digits near 0
  return sum(add(mul(apart, 0.5), ofSpread), 1);
}

/**
 * Independent Bernoulli variables: log p(x) = Σᵢ [xᵢ·lᵢ − softplus(lᵢ)], lᵢ the logit of xᵢ = 1.
 * logits [B, n], actions [B, n] of zeros and ones → [B].
 */
export function bernoulliLogProb({ logits, actions }: { logits: Tensor; actions: Tensor }): Tensor {
  requireMatrices({ logits, actions });
  return sum(sub(mul(actions, logits), softplus(logits)), 1);
}

/** H = Σᵢ [softplus(lᵢ) − lᵢ σ(lᵢ)]. logits [B, n] → [B]. */
export function bernoulliEntropy({ logits }: { logits: Tensor }): Tensor {
  requireMatrices({ logits });
  return sum(sub(softplus(logits), mul(logits, sigmoid(logits))), 1);
}

/** KL(p‖q) = Σᵢ [σ(p)(p − q) − softplus(p) + softplus(q)]. Both [B, n] → [B]. */
export function bernoulliKl({ logitsP, logitsQ }: { logitsP: Tensor; logitsQ: Tensor }): Tensor {
  requireMatrices({ logitsP, logitsQ });
  return sum(add(mul(sigmoid(logitsP), sub(logitsP, logitsQ)), sub(softplus(logitsQ), softplus(logitsP))), 1);
}

/**
 * Σᵢ ln(1 − tanh²uᵢ) = Σᵢ 2(ln 2 − uᵢ − softplus(−2uᵢ)): the log-determinant of squashing u by tanh, exact also where
 * tanh saturates. Haarnoja et al. 2018 (arXiv:1801.01290), appendix C. u [B, A] → [B].
 */
export function tanhLogDeterminant({ preTanh }: { preTanh: Tensor }): Tensor {
  requireMatrices({ preTanh });
  return mul(sum(sub(sub(LOG_2, preTanh), softplus(mul(preTanh, -2))), 1), 2);
}

/**
 * log π(a|s) of a tanh-squashed Gaussian, a = tanh u: log N(u; μ, σ²) − Σ ln(1 − tanh²u). [B, A] each → [B].
 */
export function squashedGaussianLogProb({
  mean,
  logStd,
  preTanh,
}: {
  mean: Tensor;
  logStd: Tensor;
  preTanh: Tensor;
}): Tensor {
  requireMatrices({ mean, preTanh });
  return sub(gaussianLogProb({ mean, logStd, actions: preTanh }), tanhLogDeterminant({ preTanh }));
}
