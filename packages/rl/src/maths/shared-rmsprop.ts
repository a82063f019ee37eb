/** Step size, decay and ε of RMSProp on shared memory. */
export interface SharedRmsPropOptions {
  readonly learningRate: number;
  /** α: how much of the running mean of squares is kept. */
  readonly decay: number;
  readonly epsilon: number;
  /** What the gradient is multiplied by before: 1, or less where its norm is limited. */
  readonly gradientScale: number;
}

/**
 * RMSProp with statistics that several threads share with the parameters, all of them without locks: an update of one may fall between another's
 * reading and writing of a number, and is then lost for that number.
 *
 *     g ← αg + (1 − α)Δθ²,   θ ← θ − η Δθ / √(g + ε)
 *
 * Mnih et al. 2016 (arXiv:1602.01783), eq. 8–9, "Shared RMSProp"; Recht et al. 2011 (arXiv:1106.5730) for why this works.
 *
 * @param theta    θ [P], updated
 * @param squares  g [P], updated
 * @param gradient Δθ [P]
 */
export function sharedRmsProp(
  theta: Float32Array,
  squares: Float32Array,
  gradient: Float32Array,
  { learningRate, decay, epsilon, gradientScale }: SharedRmsPropOptions,
): void {
  for (let i = 0; i < theta.length; i++) {
    const delta = gradient[i] * gradientScale;
    const square = decay * squares[i] + (1 - decay) * delta * delta;
    squares[i] = square;
    theta[i] -= (learningRate * delta) / Math.sqrt(square + epsilon);
  }
}
