import type { Random } from "../random.js";
import { type Shape, sizeOf, type Tensor, tensor } from "../tensor.js";

/** Makes the first values of a weight [in, out]. */
export type Initialiser = (random: Random, shape: readonly [fanIn: number, fanOut: number]) => Tensor;

/** All elements equal. */
export function constantValues(shape: Shape, value: number): Tensor {
  return tensor(new Float32Array(sizeOf(shape)).fill(value), shape);
}

/** U(−1/√in, 1/√in), PyTorch's default for linear layers and convolutions. */
export const uniformFanIn: Initialiser = (random, [fanIn, fanOut]) => {
  const bound = 1 / Math.sqrt(fanIn);
  const values = new Float32Array(fanIn * fanOut);
  random.fillUniform(values, -bound, bound);
  return tensor(values, [fanIn, fanOut]);
};

/** U(−√(6/(in + out)), +…). Glorot & Bengio 2010. */
export const glorotUniform: Initialiser = (random, [fanIn, fanOut]) => {
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  const values = new Float32Array(fanIn * fanOut);
  random.fillUniform(values, -bound, bound);
  return tensor(values, [fanIn, fanOut]);
};

/** N(0, σ²). */
export function normalValues(standardDeviation: number): Initialiser {
  return (random, [fanIn, fanOut]) => {
    const values = new Float32Array(fanIn * fanOut);
    random.fillNormal(values);
    for (let i = 0; i < values.length; i++) values[i] *= standardDeviation;
    return tensor(values, [fanIn, fanOut]);
  };
}

/**
 * A matrix with orthonormal rows or columns, times `gain`: uniform on the Stiefel manifold. Saxe et al. 2014
 * (arXiv:1312.6120). By Gram–Schmidt (twice, for orthogonality to rounding) on normal vectors, in f64.
 */
export function orthogonal(gain = 1): Initialiser {
  return (random, [fanIn, fanOut]) => {
    const count = Math.min(fanIn, fanOut);
    const length = Math.max(fanIn, fanOut);
    const vectors: Float64Array[] = [];
    for (let v = 0; v < count; v++) {
      const vector = new Float64Array(length);
      random.fillNormal(vector);
      for (let pass = 0; pass < 2; pass++) {
        for (const other of vectors) {
          const along = dot(vector, other);
          for (let i = 0; i < length; i++) vector[i] -= along * other[i];
        }
      }
      const norm = Math.sqrt(dot(vector, vector));
      for (let i = 0; i < length; i++) vector[i] /= norm;
      vectors.push(vector);
    }
    const values = new Float32Array(fanIn * fanOut);
    for (let v = 0; v < count; v++) {
      for (let i = 0; i < length; i++) values[fanIn >= fanOut ? i * fanOut + v : v * fanOut + i] = gain * vectors[v][i];
    }
    return tensor(values, [fanIn, fanOut]);
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
