import { Activation, Unary } from "../kernels/kernels.js";
import { kernels } from "../memory.js";
import type { Random } from "../random.js";
import { type Shape, scope, sizeOf, type Tensor, tensor } from "../tensor.js";

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
 * The work, count² · length, up to which vectors are made orthonormal one by one in f64. Larger matrices go through the kernels, 512 × 512 × 512
 * and less keep the bits that they have always had, so that recorded runs stay what they are; there the scalar loops take less than a second.
 */
const ONE_BY_ONE = 512 ** 3;

/** Vectors of a panel: what the kernels are given at a time. */
const PANEL = 32;

/**
 * A matrix with orthonormal rows or columns, times `gain`: uniform on the Stiefel manifold. Saxe et al. 2014
 * (arXiv:1312.6120). By Gram–Schmidt on normal vectors, which leaves the triangular factor's diagonal positive: no sign is to be corrected
 * (Mezzadri 2007, arXiv:math-ph/0609050).
 */
export function orthogonal(gain = 1): Initialiser {
  return (random, [fanIn, fanOut]) => {
    const count = Math.min(fanIn, fanOut);
    const length = Math.max(fanIn, fanOut);
    const byPanels = count * count * length > ONE_BY_ONE;
    const vectors = byPanels ? orthonormalByPanels(random, count, length) : orthonormalOneByOne(random, count, length);
    const values = new Float32Array(fanIn * fanOut);
    for (let v = 0; v < count; v++) {
      const vector = vectors[v];
      for (let i = 0; i < length; i++) values[fanIn >= fanOut ? i * fanOut + v : v * fanOut + i] = gain * vector[i];
    }
    return tensor(values, [fanIn, fanOut]);
  };
}

/** Each vector against those before it, twice, for orthogonality to rounding. */
function orthonormalOneByOne(random: Random, count: number, length: number): Float64Array[] {
  const vectors: Float64Array[] = [];
  for (let v = 0; v < count; v++) {
    const vector = new Float64Array(length);
    random.fillNormal(vector);
    for (let pass = 0; pass < 2; pass++) for (const other of vectors) subtractAlong(vector, other);
    normalise(vector);
    vectors.push(vector);
  }
  return vectors;
}

/**
 * Block Gram–Schmidt with reorthogonalisation (Barlow & Smoktunowicz 2013): each panel V [p, length] against all vectors Q [k, length] before it
 * as two matrix products, V ← V − (V Qᵀ) Q, in the kernels' f32; then its own vectors against each other, in f64. The second round starts from
 * unit vectors that are all but orthogonal, so what is left is the rounding of f32.
 */
function orthonormalByPanels(random: Random, count: number, length: number): Float32Array[] {
  return scope(() => {
    const all = tensor(new Float32Array(count * length), [count, length]);
    const along = tensor(new Float32Array(PANEL * count), [PANEL * count]);
    random.fillNormal(all.data);
    const panel = Array.from({ length: PANEL }, () => new Float64Array(length));
    for (let from = 0; from < count; from += PANEL) {
      const size = Math.min(PANEL, count - from);
      const [q, v, r] = [all.pointer, all.pointer + 4 * from * length, along.pointer];
      for (let round = 0; round < 2; round++) {
        if (from > 0) {
          kernels.gemm(0, 1, size, from, length, v, q, r, 0, Activation.none, 0);
          kernels.unary(Unary.neg, size * from, r, r);
          kernels.gemm(0, 0, size, length, from, r, q, v, 0, Activation.none, 1);
        }
        const { data } = all;
        for (let p = 0; p < size; p++) {
          const vector = panel[p];
          for (let i = 0; i < length; i++) vector[i] = data[(from + p) * length + i];
          for (let other = 0; other < p; other++) subtractAlong(vector, panel[other]);
          normalise(vector);
          data.set(vector, (from + p) * length);
        }
      }
    }
    return Array.from({ length: count }, (_, v) => all.data.slice(v * length, (v + 1) * length));
  });
}

/** v ← v − (v·u) u, for a unit vector u. */
function subtractAlong(vector: Float64Array, unit: Float64Array): void {
  const along = dot(vector, unit);
  for (let i = 0; i < vector.length; i++) vector[i] -= along * unit[i];
}

function normalise(vector: Float64Array): void {
  const norm = Math.sqrt(dot(vector, vector));
  for (let i = 0; i < vector.length; i++) vector[i] /= norm;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
