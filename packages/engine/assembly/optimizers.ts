import { loadTail, storeTail, tails } from "./memory";

/*
 * Each update is a loop over whole vectors, `…Vectors`. The last n mod 4 parameters are moved to padded scratch, updated
 * there by the same loop, and moved back, so that a parameter's new value does not depend on its place.
 * Hyperparameters arrive in f64, and their combinations (1 − β, …) are rounded to f32 once.
 */

// @ts-expect-error: a decorator of AssemblyScript
@inline
function splat(x: f64): v128 {
  return f32x4.splat(<f32>x);
}

/** The slot of the i-th array in the scratch for tails. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function slot(i: usize): usize {
  return tails + (i << 4);
}

/** Plain Adam, without decay and AMSGrad: the same numbers as adamVectors with weights 0 and 1, fewer registers. */
function plainAdamVectors(
  n: usize, p: usize, g: usize, m: usize, v: usize,
  b1: v128, c1: v128, b2: v128, c2: v128, eps: v128, rate: v128, scale2: v128, gradScale: v128,
): void {
  const end = p + (n << 2);
  while (p < end) {
    const grad = f32x4.mul(gradScale, v128.load(g));
    const first = f32x4.add(f32x4.mul(b1, v128.load(m)), f32x4.mul(c1, grad));
    v128.store(m, first);
    const second = f32x4.add(f32x4.mul(b2, v128.load(v)), f32x4.mul(f32x4.mul(c2, grad), grad));
    v128.store(v, second);
    const denominator = f32x4.add(f32x4.sqrt(f32x4.mul(second, scale2)), eps);
    v128.store(p, f32x4.sub(v128.load(p), f32x4.div(f32x4.mul(rate, first), denominator)));
    p += 16;
    g += 16;
    m += 16;
    v += 16;
  }
}

function adamVectors(
  n: usize, p: usize, g: usize, m: usize, v: usize, vMax: usize,
  b1: v128, c1: v128, b2: v128, c2: v128, eps: v128, decay: v128, keep: v128, rate: v128, scale2: v128, gradScale: v128,
): void {
  const end = p + (n << 2);
  while (p < end) {
    const w = v128.load(p);
    const grad = f32x4.add(f32x4.mul(gradScale, v128.load(g)), f32x4.mul(decay, w));
    const first = f32x4.add(f32x4.mul(b1, v128.load(m)), f32x4.mul(c1, grad));
    const second = f32x4.add(f32x4.mul(b2, v128.load(v)), f32x4.mul(f32x4.mul(c2, grad), grad));
    v128.store(m, first);
    v128.store(v, second);
    let hat = second;
    if (vMax) {
      hat = f32x4.max(v128.load(vMax), second);
      v128.store(vMax, hat);
      vMax += 16;
    }
    const denominator = f32x4.add(f32x4.sqrt(f32x4.mul(hat, scale2)), eps);
    v128.store(p, f32x4.sub(f32x4.mul(w, keep), f32x4.div(f32x4.mul(rate, first), denominator)));
    p += 16;
    g += 16;
    m += 16;
    v += 16;
  }
}

export function adam(
  n: usize, p: usize, g: usize, m: usize, v: usize, vMax: usize, lr: f64, beta1: f64, beta2: f64, eps: f64,
  weightDecay: f64, decoupledDecay: f64, correction1: f64, correction2: f64, gradScale: f64,
): void {
  const b1 = splat(beta1);
  const c1 = splat(1 - beta1);
  const b2 = splat(beta2);
  const c2 = splat(1 - beta2);
  const e = splat(eps);
  const decay = splat(weightDecay);
  const keep = splat(1 - lr * decoupledDecay);
  const rate = splat(lr / correction1);
  const scale2 = splat(1 / correction2);
  const scale = splat(gradScale);
  const rest = n & 3;
  const whole = n - rest;
  if (!vMax && weightDecay == 0 && decoupledDecay == 0) {
    plainAdamVectors(whole, p, g, m, v, b1, c1, b2, c2, e, rate, scale2, scale);
  } else adamVectors(whole, p, g, m, v, vMax, b1, c1, b2, c2, e, decay, keep, rate, scale2, scale);
  if (!rest) return;
  const at = whole << 2;
  v128.store(slot(0), loadTail(p + at, rest));
  v128.store(slot(1), loadTail(g + at, rest));
  v128.store(slot(2), loadTail(m + at, rest));
  v128.store(slot(3), loadTail(v + at, rest));
  if (vMax) v128.store(slot(4), loadTail(vMax + at, rest));
  const top = vMax ? slot(4) : 0;
  adamVectors(4, slot(0), slot(1), slot(2), slot(3), top, b1, c1, b2, c2, e, decay, keep, rate, scale2, scale);
  storeTail(p + at, rest, v128.load(slot(0)));
  storeTail(m + at, rest, v128.load(slot(2)));
  storeTail(v + at, rest, v128.load(slot(3)));
  if (vMax) storeTail(vMax + at, rest, v128.load(slot(4)));
}

function sgdVectors(
  n: usize, p: usize, g: usize, buffer: usize, lr: v128, momentum: v128, c: v128, nesterov: i32, decay: v128,
  first: i32, gradScale: v128,
): void {
  const end = p + (n << 2);
  while (p < end) {
    const w = v128.load(p);
    let grad = f32x4.add(f32x4.mul(gradScale, v128.load(g)), f32x4.mul(decay, w));
    if (buffer) {
      const moved = first ? grad : f32x4.add(f32x4.mul(momentum, v128.load(buffer)), f32x4.mul(c, grad));
      v128.store(buffer, moved);
      grad = nesterov ? f32x4.add(grad, f32x4.mul(momentum, moved)) : moved;
      buffer += 16;
    }
    v128.store(p, f32x4.sub(w, f32x4.mul(lr, grad)));
    p += 16;
    g += 16;
  }
}

export function sgd(
  n: usize, p: usize, g: usize, buffer: usize, lr: f64, momentum: f64, dampening: f64, nesterov: i32,
  weightDecay: f64, first: i32, gradScale: f64,
): void {
  const rate = splat(lr);
  const mu = splat(momentum);
  const c = splat(1 - dampening);
  const decay = splat(weightDecay);
  const scale = splat(gradScale);
  const rest = n & 3;
  const whole = n - rest;
  sgdVectors(whole, p, g, buffer, rate, mu, c, nesterov, decay, first, scale);
  if (!rest) return;
  const at = whole << 2;
  v128.store(slot(0), loadTail(p + at, rest));
  v128.store(slot(1), loadTail(g + at, rest));
  if (buffer) v128.store(slot(2), loadTail(buffer + at, rest));
  sgdVectors(4, slot(0), slot(1), buffer ? slot(2) : 0, rate, mu, c, nesterov, decay, first, scale);
  storeTail(p + at, rest, v128.load(slot(0)));
  if (buffer) storeTail(buffer + at, rest, v128.load(slot(2)));
}

function rmspropVectors(
  n: usize, p: usize, g: usize, s: usize, mean: usize, buffer: usize, lr: v128, alpha: v128, c: v128, eps: v128,
  momentum: v128, decay: v128, epsInside: i32, gradScale: v128,
): void {
  const end = p + (n << 2);
  while (p < end) {
    const w = v128.load(p);
    const grad = f32x4.add(f32x4.mul(gradScale, v128.load(g)), f32x4.mul(decay, w));
    let square = f32x4.add(f32x4.mul(alpha, v128.load(s)), f32x4.mul(f32x4.mul(c, grad), grad));
    v128.store(s, square);
    if (mean) {
      const average = f32x4.add(f32x4.mul(alpha, v128.load(mean)), f32x4.mul(c, grad));
      v128.store(mean, average);
      square = f32x4.sub(square, f32x4.mul(average, average));
      mean += 16;
    }
    const denominator = epsInside ? f32x4.sqrt(f32x4.add(square, eps)) : f32x4.add(f32x4.sqrt(square), eps);
    let step = f32x4.div(grad, denominator);
    if (buffer) {
      step = f32x4.add(f32x4.mul(momentum, v128.load(buffer)), step);
      v128.store(buffer, step);
      buffer += 16;
    }
    v128.store(p, f32x4.sub(w, f32x4.mul(lr, step)));
    p += 16;
    g += 16;
    s += 16;
  }
}

export function rmsprop(
  n: usize, p: usize, g: usize, s: usize, mean: usize, buffer: usize, lr: f64, alpha: f64, eps: f64, momentum: f64,
  weightDecay: f64, epsInside: i32, gradScale: f64,
): void {
  const rate = splat(lr);
  const a = splat(alpha);
  const c = splat(1 - alpha);
  const e = splat(eps);
  const mu = splat(momentum);
  const decay = splat(weightDecay);
  const scale = splat(gradScale);
  const rest = n & 3;
  const whole = n - rest;
  rmspropVectors(whole, p, g, s, mean, buffer, rate, a, c, e, mu, decay, epsInside, scale);
  if (!rest) return;
  const at = whole << 2;
  v128.store(slot(0), loadTail(p + at, rest));
  v128.store(slot(1), loadTail(g + at, rest));
  v128.store(slot(2), loadTail(s + at, rest));
  if (mean) v128.store(slot(3), loadTail(mean + at, rest));
  if (buffer) v128.store(slot(4), loadTail(buffer + at, rest));
  const average = mean ? slot(3) : 0;
  const velocity = buffer ? slot(4) : 0;
  rmspropVectors(4, slot(0), slot(1), slot(2), average, velocity, rate, a, c, e, mu, decay, epsInside, scale);
  storeTail(p + at, rest, v128.load(slot(0)));
  storeTail(s + at, rest, v128.load(slot(2)));
  if (mean) storeTail(mean + at, rest, v128.load(slot(3)));
  if (buffer) storeTail(buffer + at, rest, v128.load(slot(4)));
}

function adagradVectors(
  n: usize, p: usize, g: usize, s: usize, lr: v128, eps: v128, decay: v128, gradScale: v128,
): void {
  const end = p + (n << 2);
  while (p < end) {
    const w = v128.load(p);
    const grad = f32x4.add(f32x4.mul(gradScale, v128.load(g)), f32x4.mul(decay, w));
    const square = f32x4.add(v128.load(s), f32x4.mul(grad, grad));
    v128.store(s, square);
    v128.store(p, f32x4.sub(w, f32x4.div(f32x4.mul(lr, grad), f32x4.add(f32x4.sqrt(square), eps))));
    p += 16;
    g += 16;
    s += 16;
  }
}

export function adagrad(
  n: usize, p: usize, g: usize, s: usize, lr: f64, eps: f64, weightDecay: f64, gradScale: f64,
): void {
  const rate = splat(lr);
  const e = splat(eps);
  const decay = splat(weightDecay);
  const scale = splat(gradScale);
  const rest = n & 3;
  const whole = n - rest;
  adagradVectors(whole, p, g, s, rate, e, decay, scale);
  if (!rest) return;
  const at = whole << 2;
  v128.store(slot(0), loadTail(p + at, rest));
  v128.store(slot(1), loadTail(g + at, rest));
  v128.store(slot(2), loadTail(s + at, rest));
  adagradVectors(4, slot(0), slot(1), slot(2), rate, e, decay, scale);
  storeTail(p + at, rest, v128.load(slot(0)));
  storeTail(s + at, rest, v128.load(slot(2)));
}
