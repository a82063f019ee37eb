/**
 * C = act(op(A)·op(B) + bias). Blocks of B are packed into panels of eight columns where that pays (large or transposed
 * B), and 4 × 8 tiles of C are computed in registers (tiles.ts); the activation runs over finished rows while they are in
 * the first-level cache.
 *
 * Every element of C is a sum in the order of k whose bits do not depend on m: a batch of one gives the bits of a batch
 * of a thousand. (The way to sum is chosen by n, k and the layouts alone.)
 */
import { copyStrided, transpose4 } from "./copy";
import {
  BLOCK_K, BLOCK_M, BLOCK_N, edgeTile, loadTail, packedA, packedB, storeTail, TRANSPOSED_C, transposedC, zeros,
} from "./memory";
import { dotColumns } from "./narrow";
import { element, row4, row16, row32, tileColumns, tileRows } from "./tiles";
import { unary } from "./unary";

/** Elements of C in the first-level cache. */
const CACHED_C: usize = 4096;
/** From this many elements of B on, strided access costs more than packing. */
const PACK_FROM: usize = 8192;
/** With fewer rows than this, B is used too few times to pay for packing. */
const PACK_ROWS: usize = 16;
/** Elements of A and B in the first-level cache, and the columns of both together up to which rows enough of them fit in. */
const CACHED_AB: usize = 8192;
const NARROW: usize = 128;
/** The scratch memory holds four columns of this many elements. */
const DOT_LIMIT: usize = 32768;

export function gemm(
  transA: i32, transB: i32, m: usize, n: usize, k: usize, a: usize, b: usize, c: usize,
  bias: usize, activation: i32, accumulate: i32,
): void {
  if (m == 0 || n == 0) return;
  if (k == 1) transA = transB = 0; // a vector lies as its transpose does
  if (m == 1) transA = 0;

  // The sums start from the bias, from zero, or from C.
  const init = accumulate ? c : bias ? bias : zeros;
  const initRow: usize = accumulate ? n << 2 : 0;
  const initColumn: usize = accumulate || bias ? 4 : 0;

  if (transA && !transB && !bias && n < 8 && n * m <= TRANSPOSED_C) {
    thinGemm(m, n, k, a, b, c, accumulate);
    activate(activation, m * n, c);
  } else if (n <= 4 && !transA && k <= DOT_LIMIT) {
    dotColumns(transB, m, n, k, a, b, c, init, initRow, initColumn);
    activate(activation, m * n, c);
  } else if (transA && !transB && m + n <= NARROW) {
    deepGemm(m, n, k, a, b, c, init, initRow, initColumn, activation);
  } else if (transB || (m >= PACK_ROWS && n * k >= PACK_FROM) || (m >= 4 && k > BLOCK_K)) {
    packedGemm(transA, transB, m, n, k, a, b, c, init, initRow, initColumn, activation);
  } else {
    plainGemm(transA, m, n, k, a, b, c, init, initRow, initColumn, activation);
  }
}

/** Few columns (a weight gradient of a narrow layer): Cᵀ = Bᵀ·A has few rows, and A and B lie as they should for it. */
function thinGemm(m: usize, n: usize, k: usize, a: usize, b: usize, c: usize, accumulate: i32): void {
  if (n == 1) {
    gemm(0, 0, 1, m, k, b, a, c, 0, 0, accumulate);
    return;
  }
  if (accumulate) copyStrided(1, 1, n, m, 0, 0, 1, n, 0, 0, m, 1, c, transposedC, 0);
  plainOrPacked(n, m, k, b, a, transposedC, accumulate);
  copyStrided(1, 1, m, n, 0, 0, 1, m, 0, 0, n, 1, transposedC, c, 0);
}

function plainOrPacked(m: usize, n: usize, k: usize, a: usize, b: usize, c: usize, accumulate: i32): void {
  const init = accumulate ? c : zeros;
  const initRow: usize = accumulate ? n << 2 : 0;
  const initColumn: usize = accumulate ? 4 : 0;
  if (m >= 4 && k > BLOCK_K) packedGemm(1, 0, m, n, k, a, b, c, init, initRow, initColumn, 0);
  else plainGemm(1, m, n, k, a, b, c, init, initRow, initColumn, 0);
}

/**
 * Aᵀ·B of two narrow matrices (the weight gradient of a small layer) as they lie: a few rows of both at a time, which stay in the first-level
 * cache while all tiles of C go on by them. What packing costs is more than it brings here.
 */
function deepGemm(
  m: usize, n: usize, k: usize, a: usize, b: usize, c: usize,
  init: usize, initRow: usize, initColumn: usize, activation: i32,
): void {
  const depth = min(BLOCK_K, CACHED_AB / (m + n));
  for (let p: usize = 0; ; p += depth) {
    const kc = min(depth, k - p);
    const last = p + kc == k;
    const ap = a + p * (m << 2);
    const bp = b + p * (n << 2);
    if (p) plainGemm(1, m, n, kc, ap, bp, c, c, n << 2, 4, last ? activation : 0);
    else plainGemm(1, m, n, kc, ap, bp, c, init, initRow, initColumn, last ? activation : 0);
    if (last) return;
  }
}

/** B as it lies. Only the columns behind the last whole panel are packed, or in a single row done by themselves. */
function plainGemm(
  transA: i32, m: usize, n: usize, k: usize, a: usize, b: usize, c: usize,
  init: usize, initRow: usize, initColumn: usize, activation: i32,
): void {
  const rowStep = n << 2;
  const panels = n & ~7;
  const edge = n & 7;
  const aRow: usize = transA ? 4 : k << 2;
  const aStep: usize = transA ? m << 2 : 4;
  const whole = m & ~3;
  if (edge && whole) packPanel(0, k, edge, b + (panels << 2), rowStep, packedB); // k ≤ BLOCK_K
  // Rows of C that stay in the first-level cache until their activation.
  const block = max<usize>(4, (CACHED_C / n) & ~3);
  for (let i0: usize = 0; i0 < whole; i0 += block) {
    const rows = min(block, whole - i0);
    const ai = a + i0 * aRow;
    const ci = c + i0 * rowStep;
    const si = initColumn ? init + i0 * initRow : zeros;
    for (let j: usize = 0; j < panels; j += 8) {
      const at = j << 2;
      const start = initColumn ? si + at : zeros;
      if (transA) tileColumns(rows >> 2, ai, 16, aStep, b + at, rowStep, k, start, initRow, ci + at, rowStep);
      else tileRows(rows >> 2, ai, aRow, b + at, rowStep, k, start, initRow, ci + at, rowStep);
    }
    if (edge) {
      const at = panels << 2;
      const start = initColumn ? si + at : zeros;
      for (let i: usize = 0; i < rows; i += 4) {
        const a4 = ai + i * aRow;
        const start4 = start + i * initRow;
        const c4 = ci + i * rowStep + at;
        edgeOfC(transA, 4, edge, a4, aRow, aStep, packedB, k, start4, initRow, initColumn, c4, rowStep);
      }
    }
    activate(activation, rows * n, ci);
  }
  for (let i = whole; i < m; i++) {
    rowOfC(n, k, a + i * aRow, aStep, b, rowStep, init + i * initRow, initColumn, c + i * rowStep);
  }
  activate(activation, (m - whole) * n, c + whole * rowStep);
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function activate(activation: i32, n: usize, c: usize): void {
  if (activation == 1) unary(12, n, c, c);
  else if (activation == 2) unary(10, n, c, c);
  else if (activation == 3) unary(11, n, c, c);
}

/** A single row of C from B as it lies. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function rowOfC(
  n: usize, k: usize, a: usize, aStep: usize, b: usize, bStep: usize, init: usize, initColumn: usize, c: usize,
): void {
  let j: usize = 0;
  for (; j + 32 <= n; j += 32) row32(a, aStep, b + (j << 2), bStep, k, initColumn ? init + (j << 2) : zeros, c + (j << 2));
  if (j + 16 <= n) {
    row16(a, aStep, b + (j << 2), bStep, k, initColumn ? init + (j << 2) : zeros, c + (j << 2));
    j += 16;
  }
  for (; j + 4 <= n; j += 4) row4(a, aStep, b + (j << 2), bStep, k, init + j * initColumn, c + (j << 2));
  for (; j < n; j++) element(a, aStep, b + (j << 2), bStep, k, init + j * initColumn, c + (j << 2));
}

/**
 * A tile of fewer than 4 rows or 8 columns, computed whole in scratch memory; `panel` is packed and padded, and so is A
 * with `transA` and fewer rows.
 */
function edgeOfC(
  transA: i32, rows: usize, cols: usize, a: usize, aRow: usize, aStep: usize, panel: usize, k: usize,
  init: usize, initRow: usize, initColumn: usize, c: usize, cRow: usize,
): void {
  let tile = edgeTile;
  if (initColumn) {
    for (let r: usize = 0; r < rows; r++) {
      copyUpTo8(cols, init, tile);
      init += initRow;
      tile += 32;
    }
  } else {
    for (let r: usize = 0; r < 8; r++) v128.store(edgeTile + (r << 4), f32x4.splat(0));
  }
  if (transA) {
    tileColumns(1, a, 16, aStep, panel, 32, k, edgeTile, 32, edgeTile, 32);
  } else if (rows == 4) {
    tileRows(1, a, aRow, panel, 32, k, edgeTile, 32, edgeTile, 32);
  } else {
    for (let r: usize = 0; r < rows; r++) {
      const to = edgeTile + (r << 5);
      row4(a, aStep, panel, 32, k, to, to);
      row4(a, aStep, panel + 16, 32, k, to + 16, to + 16);
      a += aRow;
    }
  }
  tile = edgeTile;
  for (let r: usize = 0; r < rows; r++) {
    copyUpTo8(cols, tile, c);
    c += cRow;
    tile += 32;
  }
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function copyUpTo8(n: usize, x: usize, y: usize): void {
  if (n >= 4) {
    v128.store(y, v128.load(x));
    n -= 4;
    x += 16;
    y += 16;
  }
  if (n == 4) v128.store(y, v128.load(x));
  else if (n) storeTail(y, n, loadTail(x, n));
}

/** panel[p, 0…7] = B[p, 0…cols−1] and zeros. Rows of B (of its transpose, with `transB`) are `bRow` bytes apart. */
function packPanel(transB: i32, k: usize, cols: usize, b: usize, bRow: usize, panel: usize): void {
  if (!transB) {
    if (cols == 8) {
      for (let p: usize = 0; p < k; p++) {
        v128.store(panel, v128.load(b));
        v128.store(panel, v128.load(b, 16), 16);
        b += bRow;
        panel += 32;
      }
      return;
    }
    for (let p: usize = 0; p < k; p++) {
      for (let j: usize = 0; j < cols; j++) store<f32>(panel + (j << 2), load<f32>(b + (j << 2)));
      for (let j = cols; j < 8; j++) store<f32>(panel + (j << 2), 0);
      b += bRow;
      panel += 32;
    }
    return;
  }
  let p: usize = 0;
  if (cols == 8) {
    p = k & ~3;
    const lower = b + 4 * bRow;
    transpose4(p >> 2, b, b + bRow, b + 2 * bRow, b + 3 * bRow, panel, 32);
    transpose4(p >> 2, lower, lower + bRow, lower + 2 * bRow, lower + 3 * bRow, panel + 16, 32);
    b += p << 2;
    panel += p << 5;
  }
  for (; p < k; p++) {
    for (let j: usize = 0; j < cols; j++) store<f32>(panel + (j << 2), load<f32>(b + j * bRow));
    for (let j = cols; j < 8; j++) store<f32>(panel + (j << 2), 0);
    b += 4;
    panel += 32;
  }
}

/** packedA[t, p, 0…3] = A[p, 4t…4t+3] and zeros: up to BLOCK_M columns of a stored A, `aStep` bytes between its rows. */
function packColumnsOfA(rows: usize, k: usize, a: usize, aStep: usize): void {
  let to = packedA;
  for (let i: usize = 0; i < rows; i += 4) {
    const lanes = rows - i;
    let from = a + (i << 2);
    const end = to + (k << 4);
    while (to < end) {
      v128.store(to, lanes >= 4 ? v128.load(from) : loadTail(from, lanes));
      from += aStep;
      to += 16;
    }
  }
}

function packedGemm(
  transA: i32, transB: i32, m: usize, n: usize, k: usize, a: usize, b: usize, c: usize,
  init: usize, initRow: usize, initColumn: usize, activation: i32,
): void {
  const cRow = n << 2;
  const aRow: usize = transA ? 4 : k << 2;
  const aStep: usize = transA ? m << 2 : 4;
  const bRow = transB ? k << 2 : n << 2; // between stored rows
  for (let j0: usize = 0; j0 < n; j0 += BLOCK_N) {
    const nc = min(BLOCK_N, n - j0);
    for (let p0: usize = 0; ; p0 += BLOCK_K) {
      const kc = min(BLOCK_K, k - p0);
      const last = p0 + kc >= k;
      const panelSize = kc << 5;
      for (let j: usize = 0, panel = packedB; j < nc; j += 8) {
        const from = transB ? b + (j0 + j) * bRow + (p0 << 2) : b + p0 * bRow + ((j0 + j) << 2);
        packPanel(transB, kc, min<usize>(8, nc - j), from, bRow, panel);
        panel += panelSize;
      }
      // Blocks of k after the first go on from what C holds.
      const start = p0 ? c : init;
      const startRow = p0 ? cRow : initRow;
      const startColumn: usize = p0 ? 4 : initColumn;
      for (let i0: usize = 0; i0 < m; i0 += BLOCK_M) {
        const iEnd = min(m, i0 + BLOCK_M);
        const rows = iEnd - i0;
        const tiles = rows >> 2;
        let ai = a + i0 * aRow + p0 * aStep;
        let aTile = aRow << 2; // from one tile's A to the next
        let step = aStep;
        if (transA) {
          packColumnsOfA(rows, kc, ai, aStep);
          ai = packedA;
          aTile = kc << 4;
          step = 16;
        }
        for (let j: usize = 0, panel = packedB; j < nc; j += 8) {
          const cols = min<usize>(8, nc - j);
          const at = (j0 + j) << 2;
          const ci = c + i0 * cRow + at;
          const si = startColumn ? start + i0 * startRow + at : zeros;
          let i: usize = 0;
          if (cols == 8) {
            if (transA) tileColumns(tiles, ai, aTile, step, panel, 32, kc, si, startRow, ci, cRow);
            else tileRows(tiles, ai, aRow, panel, 32, kc, si, startRow, ci, cRow);
            i = tiles << 2;
          }
          for (; i < rows; i += 4) {
            const rows4 = min<usize>(4, rows - i);
            const a4 = ai + (i >> 2) * aTile;
            const start4 = si + i * startRow;
            const c4 = ci + i * cRow;
            edgeOfC(transA, rows4, cols, a4, aRow, step, panel, kc, start4, startRow, startColumn, c4, cRow);
          }
          panel += panelSize;
        }
        // All columns of these rows are done with the last block of k and of n.
        if (last && activation && j0 + nc == n) activate(activation, (iEnd - i0) * n, c + i0 * cRow);
      }
      if (last) break;
    }
  }
}
