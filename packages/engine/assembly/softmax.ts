import { loadTail, ROW_SCRATCH, rowScratch, storeTail } from "./memory";
import { maxFloats, sumFloats, sumLanes } from "./reduce";
import { exp4, log4 } from "./transcendental";

/** y = e^(x − shift). */
// @ts-ignore: decorator
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
// @ts-ignore: decorator
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

// @ts-ignore: decorator
@inline
function logScalar(x: f32): f32 {
  return f32x4.extract_lane(log4(f32x4.splat(x)), 0);
}

export function softmax(rows: usize, cols: usize, x: usize, y: usize): void {
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
