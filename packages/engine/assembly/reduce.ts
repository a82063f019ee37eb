import { fill } from "./copy";
import { loadTail, storeTail } from "./memory";

/** The sum of four lanes, (0 + 2) + (1 + 3). */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function sumLanes(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
export function maxLanes(v: v128): f32 {
  const pairs = f32x4.max(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return max<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function minLanes(v: v128): f32 {
  const pairs = f32x4.min(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return min<f32>(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
}

/** Elements summed in f32 lanes before they join an f64 total, so that long sums do not drift. */
const CHUNK: usize = 1024;

/** Σ x[i]. */
export function sumFloats(n: usize, x: usize): f64 {
  let total: f64 = 0;
  while (n >= 4) {
    const count = min(n, CHUNK) & ~3;
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    const end16 = x + ((count & ~15) << 2);
    const end = x + (count << 2);
    while (x < end16) {
      s0 = f32x4.add(s0, v128.load(x));
      s1 = f32x4.add(s1, v128.load(x, 16));
      s2 = f32x4.add(s2, v128.load(x, 32));
      s3 = f32x4.add(s3, v128.load(x, 48));
      x += 64;
    }
    while (x < end) {
      s0 = f32x4.add(s0, v128.load(x));
      x += 16;
    }
    total += <f64>sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    n -= count;
  }
  while (n) {
    total += <f64>load<f32>(x);
    x += 4;
    n--;
  }
  return total;
}

export function maxFloats(n: usize, x: usize): f32 {
  let s0 = f32x4.splat(-Infinity);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const rest = n & 3;
  const end16 = x + ((n & ~15) << 2);
  const end = x + ((n - rest) << 2);
  while (x < end16) {
    s0 = f32x4.max(s0, v128.load(x));
    s1 = f32x4.max(s1, v128.load(x, 16));
    s2 = f32x4.max(s2, v128.load(x, 32));
    s3 = f32x4.max(s3, v128.load(x, 48));
    x += 64;
  }
  while (x < end) {
    s0 = f32x4.max(s0, v128.load(x));
    x += 16;
  }
  let best = n > 3 ? maxLanes(f32x4.max(f32x4.max(s0, s1), f32x4.max(s2, s3))) : <f32>-Infinity;
  for (let i: usize = 0; i < rest; i++) best = max<f32>(best, load<f32>(x + (i << 2)));
  return best;
}

function minFloats(n: usize, x: usize): f32 {
  let s0 = f32x4.splat(Infinity);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const rest = n & 3;
  const end16 = x + ((n & ~15) << 2);
  const end = x + ((n - rest) << 2);
  while (x < end16) {
    s0 = f32x4.min(s0, v128.load(x));
    s1 = f32x4.min(s1, v128.load(x, 16));
    s2 = f32x4.min(s2, v128.load(x, 32));
    s3 = f32x4.min(s3, v128.load(x, 48));
    x += 64;
  }
  while (x < end) {
    s0 = f32x4.min(s0, v128.load(x));
    x += 16;
  }
  let best = n > 3 ? minLanes(f32x4.min(f32x4.min(s0, s1), f32x4.min(s2, s3))) : <f32>Infinity;
  for (let i: usize = 0; i < rest; i++) best = min<f32>(best, load<f32>(x + (i << 2)));
  return best;
}

export function reduceRows(op: i32, rows: usize, cols: usize, x: usize, y: usize): void {
  const stride = cols << 2;
  for (let r: usize = 0; r < rows; r++) {
    const value = op == 0 ? <f32>sumFloats(cols, x) : op == 1 ? maxFloats(cols, x) : minFloats(cols, x);
    store<f32>(y, value);
    x += stride;
    y += 4;
  }
}

/** Rows summed in f32 before they join the total, likewise. */
const ROWS: usize = 256;

// @ts-expect-error: a decorator of AssemblyScript
@inline
function combine(op: i32, a: v128, b: v128): v128 {
  return op == 0 ? f32x4.add(a, b) : op == 1 ? f32x4.max(a, b) : f32x4.min(a, b);
}

/** Columns of x in blocks of 16, 4 and the tail. `op` is a constant where this is inlined. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function columns(op: i32, identity: f32, rows: usize, cols: usize, x: usize, y: usize): void {
  const stride = cols << 2;
  const start = f32x4.splat(identity);
  let c: usize = 0;
  for (; c + 16 <= cols; c += 16) {
    let t0 = start;
    let t1 = start;
    let t2 = start;
    let t3 = start;
    let p = x + (c << 2);
    for (let r: usize = 0; r < rows; ) {
      const stop = min(rows, r + ROWS);
      let s0 = start;
      let s1 = start;
      let s2 = start;
      let s3 = start;
      for (; r < stop; r++) {
        s0 = combine(op, s0, v128.load(p));
        s1 = combine(op, s1, v128.load(p, 16));
        s2 = combine(op, s2, v128.load(p, 32));
        s3 = combine(op, s3, v128.load(p, 48));
        p += stride;
      }
      t0 = combine(op, t0, s0);
      t1 = combine(op, t1, s1);
      t2 = combine(op, t2, s2);
      t3 = combine(op, t3, s3);
    }
    const to = y + (c << 2);
    v128.store(to, t0);
    v128.store(to, t1, 16);
    v128.store(to, t2, 32);
    v128.store(to, t3, 48);
  }
  for (; c < cols; c += 4) {
    const lanes = min<usize>(4, cols - c);
    let total = start;
    let p = x + (c << 2);
    for (let r: usize = 0; r < rows; ) {
      const stop = min(rows, r + ROWS);
      let s = start;
      for (; r < stop; r++) {
        s = combine(op, s, lanes == 4 ? v128.load(p) : loadTail(p, lanes));
        p += stride;
      }
      total = combine(op, total, s);
    }
    if (lanes == 4) v128.store(y + (c << 2), total);
    else storeTail(y + (c << 2), lanes, total);
  }
}

export function reduceColumns(op: i32, rows: usize, cols: usize, x: usize, y: usize): void {
  if (cols == 1) return reduceRows(op, 1, rows, x, y);
  if (op == 0) columns(0, 0, rows, cols, x, y);
  else if (op == 1) columns(1, -Infinity, rows, cols, x, y);
  else columns(2, Infinity, rows, cols, x, y);
}

export function argmaxRows(rows: usize, cols: usize, x: usize, y: usize): void {
  if (cols == 0) return fill(rows, 0, y);
  for (let r: usize = 0; r < rows; r++) {
    let best = load<f32>(x);
    let at: i32 = 0;
    for (let c: usize = 1; c < cols && best == best; c++) {
      const value = load<f32>(x + (c << 2));
      if (!(value <= best)) {
        best = value;
        at = <i32>c;
      }
    }
    store<i32>(y, at);
    x += cols << 2;
    y += 4;
  }
}

/** The two lower lanes, and the two upper ones, in f64. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function low(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}
// @ts-expect-error: a decorator of AssemblyScript
@inline
function high(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
}

export function dot(n: usize, a: usize, b: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end8 = a + ((n & ~7) << 2);
  const end = a + (n << 2);
  while (a < end8) {
    const u = v128.load(a);
    const v = v128.load(b);
    s0 = f64x2.add(s0, f64x2.mul(low(u), low(v)));
    s1 = f64x2.add(s1, f64x2.mul(high(u), high(v)));
    const w = v128.load(a, 16);
    const z = v128.load(b, 16);
    s2 = f64x2.add(s2, f64x2.mul(low(w), low(z)));
    s3 = f64x2.add(s3, f64x2.mul(high(w), high(z)));
    a += 32;
    b += 32;
  }
  const s = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  while (a < end) {
    total += <f64>load<f32>(a) * <f64>load<f32>(b);
    a += 4;
    b += 4;
  }
  return total;
}

export function sumSquares(n: usize, x: usize): f64 {
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end8 = x + ((n & ~7) << 2);
  const end = x + (n << 2);
  while (x < end8) {
    const u = v128.load(x);
    const u0 = low(u);
    const u1 = high(u);
    s0 = f64x2.add(s0, f64x2.mul(u0, u0));
    s1 = f64x2.add(s1, f64x2.mul(u1, u1));
    const v = v128.load(x, 16);
    const v0 = low(v);
    const v1 = high(v);
    s2 = f64x2.add(s2, f64x2.mul(v0, v0));
    s3 = f64x2.add(s3, f64x2.mul(v1, v1));
    x += 32;
  }
  const s = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3));
  let total = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  while (x < end) {
    const v = <f64>load<f32>(x);
    total += v * v;
    x += 4;
  }
  return total;
}

export function allFinite(n: usize, x: usize): i32 {
  // x·0 is ±0 for a finite x, else NaN, and NaN survives every addition.
  const zero = f32x4.splat(0);
  let s0 = zero;
  let s1 = zero;
  let s2 = zero;
  let s3 = zero;
  const end16 = x + ((n & ~15) << 2);
  const end = x + (n << 2);
  while (x < end16) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(x), zero));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(x, 16), zero));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(x, 32), zero));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(x, 48), zero));
    x += 64;
  }
  let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  while (x < end) {
    sum += load<f32>(x) * 0;
    x += 4;
  }
  return sum == 0 ? 1 : 0;
}
