/** gemm with up to four columns of C: dot products along k, four lanes at a time. */
import { transpose4 } from "./copy";
import { loadTail, packedB } from "./memory";
import { madd } from "./tiles";

/** The sums of the lanes of a, b, c, d, each (0 + 2) + (1 + 3). */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function sumsOfLanes(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/** c = sum + init for one row and two columns. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function finishPair(first: f32, second: f32, init: usize, initColumn: usize, c: usize): void {
  store<f32>(c, first + load<f32>(init));
  store<f32>(c, second + load<f32>(init + initColumn), 4);
}

/**
 * C = A·op(B), n ≤ 4, A stored [m, k]. Every sum: four lanes in the order of k, then (0 + 2) + (1 + 3), then `init`. Rows
 * go four (two columns) or eight (one column) at a time; where fewer are left, the last one is done several times over.
 */
export function dotColumns(
  transB: i32, m: usize, n: usize, k: usize, a: usize, b: usize, c: usize,
  init: usize, initRow: usize, initColumn: usize,
): void {
  const columns = transB || n == 1 ? b : packColumns(n, k, b);
  const column = k << 2;
  const cRow = n << 2;
  let j: usize = 0;
  for (; j + 2 <= n; j += 2) {
    const at = columns + j * column;
    twoColumns(m, k, a, at, at + column, c + (j << 2), cRow, init + j * initColumn, initRow, initColumn);
  }
  if (j < n) oneColumn(m, k, a, columns + j * column, c + (j << 2), cRow, init + j * initColumn, initRow);
}

function twoColumns(
  m: usize, k: usize, a: usize, x: usize, y: usize, c: usize, cRow: usize,
  init: usize, initRow: usize, initColumn: usize,
): void {
  const row = k << 2;
  const rest = k & 3;
  const whole = (k - rest) << 2;
  for (let i: usize = 0; i < m; i += 4) {
    const left = m - i;
    let a0 = a + i * row;
    let a1 = left > 1 ? a0 + row : a0;
    let a2 = left > 2 ? a1 + row : a1;
    let a3 = left > 3 ? a2 + row : a2;
    let p = x;
    let q = y;
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    const end = a0 + whole;
    while (a0 < end) {
      const u = v128.load(p);
      const v = v128.load(q);
      const r0 = v128.load(a0);
      c00 = madd(c00, r0, u);
      c01 = madd(c01, r0, v);
      const r1 = v128.load(a1);
      c10 = madd(c10, r1, u);
      c11 = madd(c11, r1, v);
      const r2 = v128.load(a2);
      c20 = madd(c20, r2, u);
      c21 = madd(c21, r2, v);
      const r3 = v128.load(a3);
      c30 = madd(c30, r3, u);
      c31 = madd(c31, r3, v);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      p += 16;
      q += 16;
    }
    if (rest) {
      const u = loadTail(p, rest);
      const v = loadTail(q, rest);
      const r0 = loadTail(a0, rest);
      c00 = madd(c00, r0, u);
      c01 = madd(c01, r0, v);
      const r1 = loadTail(a1, rest);
      c10 = madd(c10, r1, u);
      c11 = madd(c11, r1, v);
      const r2 = loadTail(a2, rest);
      c20 = madd(c20, r2, u);
      c21 = madd(c21, r2, v);
      const r3 = loadTail(a3, rest);
      c30 = madd(c30, r3, u);
      c31 = madd(c31, r3, v);
    }
    const top = sumsOfLanes(c00, c01, c10, c11);
    const bottom = sumsOfLanes(c20, c21, c30, c31);
    finishPair(f32x4.extract_lane(top, 0), f32x4.extract_lane(top, 1), init, initColumn, c);
    c += cRow;
    init += initRow;
    if (left == 1) return;
    finishPair(f32x4.extract_lane(top, 2), f32x4.extract_lane(top, 3), init, initColumn, c);
    c += cRow;
    init += initRow;
    if (left == 2) return;
    finishPair(f32x4.extract_lane(bottom, 0), f32x4.extract_lane(bottom, 1), init, initColumn, c);
    c += cRow;
    init += initRow;
    if (left == 3) return;
    finishPair(f32x4.extract_lane(bottom, 2), f32x4.extract_lane(bottom, 3), init, initColumn, c);
    c += cRow;
    init += initRow;
  }
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function finishRow(sum: f32, init: usize, c: usize): void {
  store<f32>(c, sum + load<f32>(init));
}

function oneColumn(
  m: usize, k: usize, a: usize, x: usize, c: usize, cRow: usize, init: usize, initRow: usize,
): void {
  const row = k << 2;
  const rest = k & 3;
  const whole = (k - rest) << 2;
  let i: usize = 0;
  for (; i + 8 <= m; i += 8) {
    let a0 = a + i * row;
    let a1 = a0 + row;
    let a2 = a1 + row;
    let a3 = a2 + row;
    let a4 = a3 + row;
    let a5 = a4 + row;
    let a6 = a5 + row;
    let a7 = a6 + row;
    let p = x;
    let c0 = f32x4.splat(0);
    let c1 = c0;
    let c2 = c0;
    let c3 = c0;
    let c4 = c0;
    let c5 = c0;
    let c6 = c0;
    let c7 = c0;
    const end = a0 + whole;
    while (a0 < end) {
      const v = v128.load(p);
      c0 = madd(c0, v128.load(a0), v);
      c1 = madd(c1, v128.load(a1), v);
      c2 = madd(c2, v128.load(a2), v);
      c3 = madd(c3, v128.load(a3), v);
      c4 = madd(c4, v128.load(a4), v);
      c5 = madd(c5, v128.load(a5), v);
      c6 = madd(c6, v128.load(a6), v);
      c7 = madd(c7, v128.load(a7), v);
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
      a4 += 16;
      a5 += 16;
      a6 += 16;
      a7 += 16;
      p += 16;
    }
    if (rest) {
      const v = loadTail(p, rest);
      c0 = madd(c0, loadTail(a0, rest), v);
      c1 = madd(c1, loadTail(a1, rest), v);
      c2 = madd(c2, loadTail(a2, rest), v);
      c3 = madd(c3, loadTail(a3, rest), v);
      c4 = madd(c4, loadTail(a4, rest), v);
      c5 = madd(c5, loadTail(a5, rest), v);
      c6 = madd(c6, loadTail(a6, rest), v);
      c7 = madd(c7, loadTail(a7, rest), v);
    }
    finishFour(sumsOfLanes(c0, c1, c2, c3), init, initRow, c, cRow);
    init += initRow << 2;
    c += cRow << 2;
    finishFour(sumsOfLanes(c4, c5, c6, c7), init, initRow, c, cRow);
    init += initRow << 2;
    c += cRow << 2;
  }
  for (; i < m; i++) {
    let ai = a + i * row;
    let p = x;
    let s = f32x4.splat(0);
    const end = ai + whole;
    while (ai < end) {
      s = madd(s, v128.load(ai), v128.load(p));
      ai += 16;
      p += 16;
    }
    if (rest) s = madd(s, loadTail(ai, rest), loadTail(p, rest));
    finishRow(f32x4.extract_lane(sumsOfLanes(s, s, s, s), 0), init, c);
    init += initRow;
    c += cRow;
  }
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function finishFour(sums: v128, init: usize, initRow: usize, c: usize, cRow: usize): void {
  finishRow(f32x4.extract_lane(sums, 0), init, c);
  finishRow(f32x4.extract_lane(sums, 1), init + initRow, c + cRow);
  finishRow(f32x4.extract_lane(sums, 2), init + 2 * initRow, c + 2 * cRow);
  finishRow(f32x4.extract_lane(sums, 3), init + 3 * initRow, c + 3 * cRow);
}

/** The columns of B [k, n] one behind the other in scratch memory: [n, k]. */
function packColumns(n: usize, k: usize, b: usize): usize {
  const column = k << 2;
  let p: usize = 0;
  if (n == 2) {
    for (; p + 4 <= k; p += 4) {
      const from = b + (p << 3);
      const u = v128.load(from);
      const v = v128.load(from, 16);
      const to = packedB + (p << 2);
      v128.store(to, v128.shuffle<i32>(u, v, 0, 2, 4, 6));
      v128.store(to + column, v128.shuffle<i32>(u, v, 1, 3, 5, 7));
    }
  } else if (n == 4) {
    for (; p + 4 <= k; p += 4) {
      const from = b + (p << 4);
      transpose4(1, from, from + 16, from + 32, from + 48, packedB + (p << 2), column);
    }
  }
  for (; p < k; p++) {
    for (let j: usize = 0; j < n; j++) store<f32>(packedB + j * column + (p << 2), load<f32>(b + ((p * n + j) << 2)));
  }
  return packedB;
}
