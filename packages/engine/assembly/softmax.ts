import { loadTail, ROW_SCRATCH, rowScratch, storeTail } from "./memory";
import { maxFloats, sumFloats, sumLanes } from "./reduce";
import { exp4, log4 } from "./transcendental";

/** y = e^(x − shift). */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function expShifted(n: usize, x: usize, shift: f32, y: usize): void {
  const s = f32x4.splat(shift);
  const rest = n & 3;
  const end = x + ((n - rest) << 2);
  while (x < end) {
    v128.store(y, exp4(f32x4.sub(v128.load(x), s)));
    x += 16;
    y += 16;
  }
  if (rest) storeTail(y, rest, exp4(f32x4.sub(loadTail(x, rest), s)));
}

/** Σ e^(x − shift). */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function sumExp(n: usize, x: usize, shift: f32): f64 {
  // Through the scratch row, so that one routine defines the order of every sum.
  let total: f64 = 0;
  while (n) {
    const count = min(n, ROW_SCRATCH);
    expShifted(count, x, shift, rowScratch);
    total += sumFloats(count, rowScratch);
    x += count << 2;
    n -= count;
  }
  return total;
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function logScalar(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

/** Rows up to this long go four at a time, one in each lane; longer ones along their length. */
const NARROW: usize = 16;

/** x[r + 0…3, c]: one element of each of four rows. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function gather(x0: usize, x1: usize, x2: usize, x3: usize): v128 {
  let v = v128.load32_zero(x0);
  v = v128.load_lane<f32>(x1, v, 1);
  v = v128.load_lane<f32>(x2, v, 2);
  return v128.load_lane<f32>(x3, v, 3);
}

/** The inverse of gather, for the first `lanes` rows. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function scatter(y: usize, stride: usize, lanes: usize, v: v128): void {
  v128.store_lane<f32>(y, v, 0);
  if (lanes > 1) v128.store_lane<f32>(y + stride, v, 1);
  if (lanes > 2) v128.store_lane<f32>(y + 2 * stride, v, 2);
  if (lanes > 3) v128.store_lane<f32>(y + 3 * stride, v, 3);
}

/** softmax, or its logarithm, of narrow rows. Where fewer than four are left, the first of them fills the lanes. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function narrowSoftmax(log: bool, rows: usize, cols: usize, x: usize, y: usize): void {
  const stride = cols << 2;
  const end = rowScratch + (cols << 4);
  for (let r: usize = 0; r < rows; r += 4) {
    const lanes = rows - r;
    let x0 = x + r * stride;
    let x1 = lanes > 1 ? x0 + stride : x0;
    let x2 = lanes > 2 ? x0 + 2 * stride : x0;
    let x3 = lanes > 3 ? x0 + 3 * stride : x0;
    let top = f32x4.splat(-Infinity);
    for (let p = rowScratch; p < end; p += 16) {
      const v = gather(x0, x1, x2, x3);
      v128.store(p, v);
      top = f32x4.pmax(top, v); // passes over NaN, which the sum brings back
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
    }
    let sum = f32x4.splat(0);
    for (let p = rowScratch; p < end; p += 16) {
      const shifted = f32x4.sub(v128.load(p), top);
      const e = exp4(shifted);
      sum = f32x4.add(sum, e);
      v128.store(p, log ? shifted : e);
    }
    if (log) sum = log4(sum);
    let to = y + r * stride;
    for (let p = rowScratch; p < end; p += 16) {
      scatter(to, stride, lanes, log ? f32x4.sub(v128.load(p), sum) : f32x4.div(v128.load(p), sum));
      to += 4;
    }
  }
}

/** The gradients of narrow rows. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function narrowSoftmaxGrad(log: bool, rows: usize, cols: usize, y: usize, dy: usize, dx: usize): void {
  const stride = cols << 2;
  for (let r: usize = 0; r < rows; r += 4) {
    const lanes = rows - r;
    const at = r * stride;
    const second = lanes > 1 ? stride : 0;
    const third = lanes > 2 ? 2 * stride : 0;
    const fourth = lanes > 3 ? 3 * stride : 0;
    let sum = f32x4.splat(0);
    for (let c: usize = 0; c < cols; c++) {
      const d = dy + at + (c << 2);
      let v = gather(d, d + second, d + third, d + fourth);
      v128.store(rowScratch + (c << 4), v);
      const p = y + at + (c << 2);
      const w = gather(p, p + second, p + third, p + fourth);
      v128.store(rowScratch + ((c + cols) << 4), w);
      if (!log) v = f32x4.mul(v, w);
      sum = f32x4.add(sum, v);
    }
    for (let c: usize = 0; c < cols; c++) {
      const d = v128.load(rowScratch + (c << 4));
      const p = v128.load(rowScratch + ((c + cols) << 4));
      const v = log ? f32x4.sub(d, f32x4.mul(exp4(p), sum)) : f32x4.mul(p, f32x4.sub(d, sum));
      scatter(dx + at + (c << 2), stride, lanes, v);
    }
  }
}

export function softmax(rows: usize, cols: usize, x: usize, y: usize): void {
  if (cols <= NARROW) return narrowSoftmax(false, rows, cols, x, y);
  const stride = cols << 2;
  for (let r: usize = 0; r < rows; r++) {
    expShifted(cols, x, maxFloats(cols, x), y);
    const sum = <f32>sumFloats(cols, y);
    const s = f32x4.splat(sum);
    const end = y + ((cols & ~3) << 2);
    let p = y;
    while (p < end) {
      v128.store(p, f32x4.div(v128.load(p), s));
      p += 16;
    }
    const rest = cols & 3;
    if (rest) storeTail(p, rest, f32x4.div(loadTail(p, rest), s));
    x += stride;
    y += stride;
  }
}

export function logSoftmax(rows: usize, cols: usize, x: usize, y: usize): void {
  if (cols <= NARROW) return narrowSoftmax(true, rows, cols, x, y);
  const stride = cols << 2;
  for (let r: usize = 0; r < rows; r++) {
    const top = maxFloats(cols, x);
    const log = f32x4.splat(logScalar(<f32>sumExp(cols, x, top)));
    const shift = f32x4.splat(top);
    const rest = cols & 3;
    const end = cols - rest;
    for (let c: usize = 0; c < end; c += 4) {
      v128.store(y + (c << 2), f32x4.sub(f32x4.sub(v128.load(x + (c << 2)), shift), log));
    }
    if (rest) storeTail(y + (end << 2), rest, f32x4.sub(f32x4.sub(loadTail(x + (end << 2), rest), shift), log));
    x += stride;
    y += stride;
  }
}

export function softmaxGrad(rows: usize, cols: usize, y: usize, dy: usize, dx: usize): void {
  if (cols <= NARROW) return narrowSoftmaxGrad(false, rows, cols, y, dy, dx);
  const stride = cols << 2;
  const rest = cols & 3;
  const whole = (cols - rest) << 2;
  for (let r: usize = 0; r < rows; r++) {
    let sum = f32x4.splat(0);
    for (let p: usize = 0; p < whole; p += 16) sum = f32x4.add(sum, f32x4.mul(v128.load(y + p), v128.load(dy + p)));
    if (rest) sum = f32x4.add(sum, f32x4.mul(loadTail(y + whole, rest), loadTail(dy + whole, rest)));
    const s = f32x4.splat(sumLanes(sum));
    for (let p: usize = 0; p < whole; p += 16) {
      v128.store(dx + p, f32x4.mul(v128.load(y + p), f32x4.sub(v128.load(dy + p), s)));
    }
    if (rest) {
      storeTail(dx + whole, rest, f32x4.mul(loadTail(y + whole, rest), f32x4.sub(loadTail(dy + whole, rest), s)));
    }
    y += stride;
    dy += stride;
    dx += stride;
  }
}

export function logSoftmaxGrad(rows: usize, cols: usize, y: usize, dy: usize, dx: usize): void {
  if (cols <= NARROW) return narrowSoftmaxGrad(true, rows, cols, y, dy, dx);
  const stride = cols << 2;
  const rest = cols & 3;
  const whole = (cols - rest) << 2;
  for (let r: usize = 0; r < rows; r++) {
    const s = f32x4.splat(<f32>sumFloats(cols, dy));
    for (let p: usize = 0; p < whole; p += 16) {
      v128.store(dx + p, f32x4.sub(v128.load(dy + p), f32x4.mul(exp4(v128.load(y + p)), s)));
    }
    if (rest) {
      const tail = f32x4.sub(loadTail(dy + whole, rest), f32x4.mul(exp4(loadTail(y + whole, rest)), s));
      storeTail(dx + whole, rest, tail);
    }
    y += stride;
    dy += stride;
    dx += stride;
  }
}
