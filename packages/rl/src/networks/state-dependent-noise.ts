import type { Random } from "@advantage/engine";

/**
 * Exploration noise that is a fixed random function of the state for several steps: a = μ(s) + h(s)·E, E ~ N(0, σ²) [features × A] per
 * environment, h(s) the actor's last hidden layer. Raffin et al. 2021, generalised state-dependent exploration (arXiv:2005.05719).
 */
export class StateDependentNoise {
  readonly #matrices: Float64Array;

  constructor(
    readonly numEnvs: number,
    readonly featureSize: number,
    readonly actionSize: number,
  ) {
    this.#matrices = new Float64Array(numEnvs * featureSize * actionSize);
  }

  /** New matrices: σ [features × A]. */
  resample(std: Float32Array, random: Random): void {
    random.fillNormal(this.#matrices);
    for (let i = 0; i < this.#matrices.length; i++) this.#matrices[i] *= std[i % std.length];
  }

  /** actions[i] = means[i] + features[i]·E_i for each environment. */
  apply(means: Float32Array, features: Float32Array, actions: { [index: number]: number }): void {
    const { featureSize, actionSize } = this;
    for (let env = 0; env < this.numEnvs; env++) {
      for (let a = 0; a < actionSize; a++) {
        let noise = 0;
        for (let f = 0; f < featureSize; f++) {
          noise += features[env * featureSize + f] * this.#matrices[(env * featureSize + f) * actionSize + a];
        }
        actions[env * actionSize + a] = means[env * actionSize + a] + noise;
      }
    }
  }
}
