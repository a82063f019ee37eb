/**
 * C = act(op(A)·op(B) + bias). Blocks of B are packed into panels of eight columns where that pays (large or transposed
 * B), and 4 × 8 tiles of C are computed in registers (tiles.ts); the activation runs over finished rows while they are in
 * the first-level cache.
 *
 * Every element of C is a sum in the order of k whose bits do not depend on m: a batch of one gives the bits of a batch
 * of a thousand. (The way to sum is chosen by n, k and the layouts alone.)
 */
import { transpose4 } from "./copy";
import { BLOCK_K, BLOCK_N, edgeTile, packedA, packedB, zeros } from "./memory";
import { dotColumns } from "./narrow";
import { element, row16, row32, row4, tileColumns, tileRows } from "./tiles";
import { unary } from "./unary";

/** Rows of C between two runs of the activation. */
const BLOCK_M: usize = 32;
/** From this many elements of B on, strided access costs more than packing. */
const PACK_FROM: usize = 8192;
/** With fewer rows than this, B is used too few times to pay for packing. */
const PACK_ROWS: usize = 16;
/** The scratch memory holds two columns of this many elements. */
const DOT_LIMIT: usize = 65536;

export function gemm(
  transA: i32, transB: i32, m: usize, n: usize, k: usize, a: usize, b: usize, c: usize,
  bias: usize, activation: i32, accumulate: i32,
): void {
  if (m == 0 || n == 0) return;
  // The sums start from the bias, from zero, or from C.
  const init = accumulate ? c : bias ? bias : zeros;
  const initRow: usize = accumulate ? n << 2 : 0;
  const initColumn: usize = accumulate || bias ? 4 : 0;

  if (n <= 2 && !transA && k <= DOT_LIMIT) {
    dotColumns(transB, m, n, k, a, b, c, init, initRow, initColumn);
    activate(activation, m * n, c);
    return;
  }
  const pack = transB || (m >= PACK_ROWS && n * k >= PACK_FROM) || (m >= 4 && k > BLOCK_K);
  if (pack) {
    packedGemm(transA, transB, m, n, k, a, b, c, init, initRow, initColumn, activation);
    return;
  }
  // B as it lies. The columns behind the last whole panel are packed, or in a row done singly.
  const rowStep = n << 2;
  const panels = n & ~7;
  const aRow: usize = transA ? 4 : k << 2;
  const aStep: usize = transA ? m << 2 : 4;
  let i: usize = 0;
  if (m >= 4) {
    const edge = n & 7;
    if (edge) packPanel(0, k, edge, b + (panels << 2), rowStep, packedB);
    for (; i + 4 <= m; i += 4) {
      const ai = a + i * aRow;
      const ci = c + i * rowStep;
      const initI = init + i * initRow;
      for (let j: usize = 0; j < panels; j += 8) {
        const at = j << 2;
        const start = initColumn ? initI + at : zeros;
        if (transA) tileColumns(ai, aStep, b + at, rowStep, k, start, initRow, ci + at, rowStep);
        else tileRows(ai, ai + aRow, ai + 2 * aRow, ai + 3 * aRow, b + at, rowStep, k, start, initRow, ci + at, rowStep);
      }
      if (edge) {
        const at = panels << 2;
        const start = initColumn ? initI + at : zeros;
        edgeOfC(transA, 4, edge, ai, aRow, aStep, packedB, k, start, initRow, initColumn, ci + at, rowStep);
      }
    }
  }
  for (; i < m; i++) rowOfC(n, k, a + i * aRow, aStep, b, rowStep, init + i * initRow, initColumn, c + i * rowStep);
  activate(activation, m * n, c);
}

// @ts-ignore: decorator
@inline
function activate(activation: i32, n: usize, c: usize): void {
  if (activation == 1) unary(12, n, c, c);
  else if (activation == 2) unary(10, n, c, c);
  else if (activation == 3) unary(11, n, c, c);
}

/** A single row of C from B as it lies. */
// @ts-ignore: decorator
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

/** A tile of fewer than 4 rows or 8 columns, computed whole in scratch memory; `panel` is packed and padded. */
function edgeOfC(
  transA: i32, rows: usize, cols: usize, a: usize, aRow: usize, aStep: usize, panel: usize, k: usize,
  init: usize, initRow: usize, initColumn: usize, c: usize, cRow: usize,
): void {
  for (let r: usize = 0; r < rows; r++) {
    for (let j: usize = 0; j < cols; j++) {
      store<f32>(edgeTile + (r << 5) + (j << 2), load<f32>(init + r * initRow + j * initColumn));
    }
  }
  if (!transA) {
    const a1 = rows > 1 ? a + aRow : a;
    const a2 = rows > 2 ? a + 2 * aRow : a;
    const a3 = rows > 3 ? a + 3 * aRow : a;
    tileRows(a, a1, a2, a3, panel, 32, k, edgeTile, 32, edgeTile, 32);
  } else if (rows == 4) {
    tileColumns(a, aStep, panel, 32, k, edgeTile, 32, edgeTile, 32);
  } else {
    // Reading four side by side would run past the end of A. (k ≤ BLOCK_K: only packed blocks have such tiles.)
    for (let p: usize = 0; p < k; p++) {
      for (let r: usize = 0; r < rows; r++) store<f32>(packedA + (p << 4) + (r << 2), load<f32>(a + p * aStep + (r << 2)));
    }
    tileColumns(packedA, 16, panel, 32, k, edgeTile, 32, edgeTile, 32);
  }
  for (let r: usize = 0; r < rows; r++) {
    for (let j: usize = 0; j < cols; j++) {
      store<f32>(c + r * cRow + (j << 2), load<f32>(edgeTile + (r << 5) + (j << 2)));
    }
  }
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
        for (let j: usize = 0, panel = packedB; j < nc; j += 8) {
          const cols = nc - j;
          const at = (j0 + j) << 2;
          for (let i = i0; i < iEnd; i += 4) {
            const ai = a + i * aRow + p0 * aStep;
            const ci = c + i * cRow + at;
            const si = startColumn ? start + i * startRow + at : zeros;
            const rows = iEnd - i;
            if (rows < 4 || cols < 8) {
              edgeOfC(transA, min<usize>(4, rows), min<usize>(8, cols), ai, aRow, aStep, panel, kc, si, startRow, startColumn, ci, cRow);
            } else if (transA) tileColumns(ai, aStep, panel, 32, kc, si, startRow, ci, cRow);
            else tileRows(ai, ai + aRow, ai + 2 * aRow, ai + 3 * aRow, panel, 32, kc, si, startRow, ci, cRow);
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
