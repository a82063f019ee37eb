/** Static scratch memory and the loads and stores of a vector's first lanes. */

/** Rows, columns and depth of the blocks of a large product (gemm.ts). */
export const BLOCK_M: usize = 32;
export const BLOCK_N: usize = 512;
export const BLOCK_K: usize = 256;

const base: usize = (__heap_base + 63) & ~63;

/** Packed panels of B: [BLOCK_N / 8, BLOCK_K, 8]. */
export const packedB: usize = base;
/** Packed panels of a transposed A: [BLOCK_M / 4, BLOCK_K, 4]. */
export const packedA: usize = packedB + BLOCK_N * BLOCK_K * 4;
/** One tile of C at a ragged edge: [4, 8]. */
export const edgeTile: usize = packedA + BLOCK_M * BLOCK_K * 4;
/** Thirty-two zero bytes: the initial value of sums without a bias. */
export const zeros: usize = edgeTile + 128;
/** Small vectors, for tails: [8, 4]. */
export const tails: usize = zeros + 32;
/** Rows of intermediate values: [ROW_SCRATCH]. */
export const rowScratch: usize = tails + 128;
export const ROW_SCRATCH: usize = 4096;
/** Cᵀ of a product with few columns (gemm.ts): [TRANSPOSED_C]. */
export const transposedC: usize = rowScratch + ROW_SCRATCH * 4;
export const TRANSPOSED_C: usize = 8192;

/** The first byte that belongs to the caller. */
export function heapBase(): usize {
  memory.fill(zeros, 0, 32);
  return transposedC + TRANSPOSED_C * 4;
}

/** The first `lanes` (1, 2, 3) values at `p`; the other lanes are 0. Reads nothing behind them. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function loadTail(p: usize, lanes: usize): v128 {
  if (lanes == 1) return v128.load32_zero(p);
  const low = v128.load64_zero(p);
  return lanes == 2 ? low : v128.load_lane<f32>(p, low, 2, 8);
}

/** Stores the first `lanes` (1, 2, 3) values. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function storeTail(p: usize, lanes: usize, v: v128): void {
  if (lanes == 1) {
    v128.store_lane<f32>(p, v, 0);
  } else {
    v128.store_lane<f64>(p, v, 0);
    if (lanes == 3) v128.store_lane<f32>(p, v, 2, 8);
  }
}

/** Copies n floats; the ranges do not overlap. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function copyFloats(n: usize, x: usize, y: usize): void {
  const end = x + ((n & ~3) << 2);
  while (x < end) {
    v128.store(y, v128.load(x));
    x += 16;
    y += 16;
  }
  if (n & 3) storeTail(y, n & 3, loadTail(x, n & 3));
}
