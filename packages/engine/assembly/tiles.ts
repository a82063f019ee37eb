/**
 * The innermost loops of gemm: a 4 × 8 tile of C in eight registers. Each element of C is one sum in the order of k,
 * from `init` (the bias, zero, or C itself), so that its bits depend neither on the tiling nor on the other rows.
 * Steps are in bytes.
 */

// @ts-ignore: decorator
@inline
export function madd(c: v128, a: v128, b: v128): v128 {
  return f32x4.add(c, f32x4.mul(a, b));
}

/** Four rows of A, each contiguous in k, starting at a0 … a3. Rows of B are `bStep` apart. */
export function tileRows(
  a0: usize, a1: usize, a2: usize, a3: usize, b: usize, bStep: usize, k: usize,
  init: usize, initStep: usize, c: usize, cStep: usize,
): void {
  let c00 = v128.load(init);
  let c01 = v128.load(init, 16);
  init += initStep;
  let c10 = v128.load(init);
  let c11 = v128.load(init, 16);
  init += initStep;
  let c20 = v128.load(init);
  let c21 = v128.load(init, 16);
  init += initStep;
  let c30 = v128.load(init);
  let c31 = v128.load(init, 16);
  let b0: v128;
  let b1: v128;
  let s: v128;
  const end = a0 + (k << 2);
  const end4 = a0 + ((k & ~3) << 2);
  while (a0 < end4) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a0);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a1);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a2);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a3);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
    b += bStep;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a0, 4);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a1, 4);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a2, 4);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a3, 4);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
    b += bStep;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a0, 8);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a1, 8);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a2, 8);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a3, 8);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
    b += bStep;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a0, 12);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a1, 12);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a2, 12);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a3, 12);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
    b += bStep;
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
  }
  while (a0 < end) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a0);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a1);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a2);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a3);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
    b += bStep;
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
}

/** Four rows of A side by side: element (i, p) lies at a + 4·i + aStep·p. */
export function tileColumns(
  a: usize, aStep: usize, b: usize, bStep: usize, k: usize,
  init: usize, initStep: usize, c: usize, cStep: usize,
): void {
  let c00 = v128.load(init);
  let c01 = v128.load(init, 16);
  init += initStep;
  let c10 = v128.load(init);
  let c11 = v128.load(init, 16);
  init += initStep;
  let c20 = v128.load(init);
  let c21 = v128.load(init, 16);
  init += initStep;
  let c30 = v128.load(init);
  let c31 = v128.load(init, 16);
  let b0: v128;
  let b1: v128;
  let s: v128;
  let p = k;
  while (p >= 2) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a, 4);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a, 8);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a, 12);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
    a += aStep;
    b += bStep;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a, 4);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a, 8);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a, 12);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
    a += aStep;
    b += bStep;
    p -= 2;
  }
  if (p) {
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    s = v128.load_splat<f32>(a);
    c00 = madd(c00, s, b0);
    c01 = madd(c01, s, b1);
    s = v128.load_splat<f32>(a, 4);
    c10 = madd(c10, s, b0);
    c11 = madd(c11, s, b1);
    s = v128.load_splat<f32>(a, 8);
    c20 = madd(c20, s, b0);
    c21 = madd(c21, s, b1);
    s = v128.load_splat<f32>(a, 12);
    c30 = madd(c30, s, b0);
    c31 = madd(c31, s, b1);
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
