/**
 * The innermost loops of gemm: 4 × 8 tiles of C, one below the other, in eight registers. Each element of C is one sum in
 * the order of k, from `init` (the bias, zero, or C itself), so that its bits depend neither on the tiling nor on the
 * other rows. Steps are in bytes.
 *
 * The loops over k are not unrolled: V8 then moves loads to the top of the body and spills sums (measured: 38 against
 * 44 GFLOP/s), and eight products and sums a round hide the loop's own instructions.
 */

// @ts-expect-error: a decorator of AssemblyScript
@inline
export function madd(c: v128, a: v128, b: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Rows of A contiguous in k and `aRow` apart; a tile is four of them. Rows of B are `bStep` apart. */
export function tileRows(
  tiles: usize, a: usize, aRow: usize, b: usize, bStep: usize, k: usize,
  init: usize, initStep: usize, c: usize, cStep: usize,
): void {
  while (tiles) {
    let start = init;
    let c00 = v128.load(start);
    let c01 = v128.load(start, 16);
    start += initStep;
    let c10 = v128.load(start);
    let c11 = v128.load(start, 16);
    start += initStep;
    let c20 = v128.load(start);
    let c21 = v128.load(start, 16);
    start += initStep;
    let c30 = v128.load(start);
    let c31 = v128.load(start, 16);
    let q = b;
    let a0 = a;
    let a1 = a0 + aRow;
    let a2 = a1 + aRow;
    let a3 = a2 + aRow;
    a = a3 + aRow;
    const end = a0 + (k << 2);
    while (a0 < end) {
      const b0 = v128.load(q);
      const b1 = v128.load(q, 16);
      const s0 = v128.load_splat<f32>(a0);
      c00 = madd(c00, s0, b0);
      c01 = madd(c01, s0, b1);
      const s1 = v128.load_splat<f32>(a1);
      c10 = madd(c10, s1, b0);
      c11 = madd(c11, s1, b1);
      const s2 = v128.load_splat<f32>(a2);
      c20 = madd(c20, s2, b0);
      c21 = madd(c21, s2, b1);
      const s3 = v128.load_splat<f32>(a3);
      c30 = madd(c30, s3, b0);
      c31 = madd(c31, s3, b1);
      q += bStep;
      a0 += 4;
      a1 += 4;
      a2 += 4;
      a3 += 4;
    }
    v128.store(c, c00);
    v128.store(c, c01, 16);
    c += cStep;
    v128.store(c, c10);
    v128.store(c, c11, 16);
    c += cStep;
    v128.store(c, c20);
    v128.store(c, c21, 16);
    c += cStep;
    v128.store(c, c30);
    v128.store(c, c31, 16);
    c += cStep;
    init += initStep << 2;
    tiles--;
  }
}

/** Four rows of A side by side: element (i, p) lies at a + 4·i + aStep·p. The next four start `aTile` behind. */
export function tileColumns(
  tiles: usize, a: usize, aTile: usize, aStep: usize, b: usize, bStep: usize, k: usize,
  init: usize, initStep: usize, c: usize, cStep: usize,
): void {
  while (tiles) {
    let start = init;
    let c00 = v128.load(start);
    let c01 = v128.load(start, 16);
    start += initStep;
    let c10 = v128.load(start);
    let c11 = v128.load(start, 16);
    start += initStep;
    let c20 = v128.load(start);
    let c21 = v128.load(start, 16);
    start += initStep;
    let c30 = v128.load(start);
    let c31 = v128.load(start, 16);
    let q = b;
    let p = a;
    for (let left = k; left; left--) {
      const b0 = v128.load(q);
      const b1 = v128.load(q, 16);
      const s0 = v128.load_splat<f32>(p);
      c00 = madd(c00, s0, b0);
      c01 = madd(c01, s0, b1);
      const s1 = v128.load_splat<f32>(p, 4);
      c10 = madd(c10, s1, b0);
      c11 = madd(c11, s1, b1);
      const s2 = v128.load_splat<f32>(p, 8);
      c20 = madd(c20, s2, b0);
      c21 = madd(c21, s2, b1);
      const s3 = v128.load_splat<f32>(p, 12);
      c30 = madd(c30, s3, b0);
      c31 = madd(c31, s3, b1);
      p += aStep;
      q += bStep;
    }
    a += aTile;
    v128.store(c, c00);
    v128.store(c, c01, 16);
    c += cStep;
    v128.store(c, c10);
    v128.store(c, c11, 16);
    c += cStep;
    v128.store(c, c20);
    v128.store(c, c21, 16);
    c += cStep;
    v128.store(c, c30);
    v128.store(c, c31, 16);
    c += cStep;
    init += initStep << 2;
    tiles--;
  }
}

/** One row by 32 columns; the elements of A are `aStep` apart. */
export function row32(a: usize, aStep: usize, b: usize, bStep: usize, k: usize, init: usize, c: usize): void {
  let c0 = v128.load(init);
  let c1 = v128.load(init, 16);
  let c2 = v128.load(init, 32);
  let c3 = v128.load(init, 48);
  let c4 = v128.load(init, 64);
  let c5 = v128.load(init, 80);
  let c6 = v128.load(init, 96);
  let c7 = v128.load(init, 112);
  while (k) {
    const s = v128.load_splat<f32>(a);
    c0 = madd(c0, s, v128.load(b));
    c1 = madd(c1, s, v128.load(b, 16));
    c2 = madd(c2, s, v128.load(b, 32));
    c3 = madd(c3, s, v128.load(b, 48));
    c4 = madd(c4, s, v128.load(b, 64));
    c5 = madd(c5, s, v128.load(b, 80));
    c6 = madd(c6, s, v128.load(b, 96));
    c7 = madd(c7, s, v128.load(b, 112));
    a += aStep;
    b += bStep;
    k--;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
  v128.store(c, c5, 80);
  v128.store(c, c6, 96);
  v128.store(c, c7, 112);
}

/** One row by 16 columns; the elements of A are `aStep` apart. */
export function row16(a: usize, aStep: usize, b: usize, bStep: usize, k: usize, init: usize, c: usize): void {
  let c0 = v128.load(init);
  let c1 = v128.load(init, 16);
  let c2 = v128.load(init, 32);
  let c3 = v128.load(init, 48);
  while (k) {
    const s = v128.load_splat<f32>(a);
    c0 = madd(c0, s, v128.load(b));
    c1 = madd(c1, s, v128.load(b, 16));
    c2 = madd(c2, s, v128.load(b, 32));
    c3 = madd(c3, s, v128.load(b, 48));
    a += aStep;
    b += bStep;
    k--;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
}

/** One row by 4 columns; the elements of A are `aStep` apart. */
export function row4(a: usize, aStep: usize, b: usize, bStep: usize, k: usize, init: usize, c: usize): void {
  let c0 = v128.load(init);
  while (k) {
    const s = v128.load_splat<f32>(a);
    c0 = madd(c0, s, v128.load(b));
    a += aStep;
    b += bStep;
    k--;
  }
  v128.store(c, c0);
}

/** One element; the elements of A are `aStep` apart, those of B `bStep`. */
export function element(a: usize, aStep: usize, b: usize, bStep: usize, k: usize, init: usize, c: usize): void {
  let sum = load<f32>(init);
  while (k) {
    sum += load<f32>(a) * load<f32>(b);
    a += aStep;
    b += bStep;
    k--;
  }
  store<f32>(c, sum);
}
