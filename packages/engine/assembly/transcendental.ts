/**
 * Elementary functions on four f32 lanes, by polynomials, the same bits on every machine: each is a fixed sequence of
 * IEEE additions, multiplications and divisions. The coefficients are minimax fits (Lawson's iteration in extended
 * precision), rounded to f32 one after the other so that each takes up the rounding of those before it.
 */

// @ts-expect-error: a decorator of AssemblyScript
@inline
function all(x: f32): v128 {
  return f32x4.splat(x);
}
// @ts-expect-error: a decorator of AssemblyScript
@inline
function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}
// @ts-expect-error: a decorator of AssemblyScript
@inline
function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}
// @ts-expect-error: a decorator of AssemblyScript
@inline
function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

/** Adding 1.5·2²³ rounds to the nearest integer, and leaves that integer in the low bits. */
const ROUND: f32 = 12582912.0;
const LOG2E: f32 = 1.4426950408889634;
/** ln 2 in two parts; the first has so few bits that its product with an exponent is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440e-4;

/**
 * eˣ = 2ⁿ·eʳ, n = round(x / ln 2), |r| ≤ ½ ln 2. Beyond the clamp the result is 0 or ∞ in any case; 2ⁿ is applied in two
 * steps, so that results below the normal range are rounded once.
 */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function exp4(x: v128): v128 {
  x = f32x4.pmin(f32x4.pmax(x, all(-104)), all(89)); // in this order of arguments NaN passes
  const shifted = add(mul(x, all(LOG2E)), all(ROUND));
  const n = sub(shifted, all(ROUND));
  const r = sub(sub(x, mul(n, all(LN2_HIGH))), mul(n, all(LN2_LOW)));
  let q = add(mul(r, all(0.0013820745516568422)), all(0.008369248360395432));
  q = add(mul(q, r), all(0.041668280959129333));
  q = add(mul(q, r), all(0.16666516661643982));
  q = add(mul(q, r), all(0.4999999403953552));
  const p = add(add(mul(mul(r, r), q), r), all(1));
  const exponent = i32x4.sub(shifted, all(ROUND));
  const half = i32x4.shr_s(exponent, 1);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(exponent, half), i32x4.splat(127)), 23);
  return mul(mul(p, first), second);
}

/**
 * tanh x = E / (E + 2), E = e^(2|x|) − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), with the sign of x. Relative accuracy holds down to 0,
 * since n = 0 there. From |x| = 9.02 on the result is 1.
 */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function tanh4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const a = f32x4.pmin(v128.xor(x, sign), all(10));
  const shifted = add(mul(a, all(2 * LOG2E)), all(ROUND));
  const n = sub(shifted, all(ROUND));
  // r = 2a − n·ln 2
  const r = sub(sub(add(a, a), mul(n, all(LN2_HIGH))), mul(n, all(LN2_LOW)));
  let q = add(mul(r, all(0.0013871879782527685)), all(0.008366876281797886));
  q = add(mul(q, r), all(0.041667431592941284));
  q = add(mul(q, r), all(0.16666541993618011));
  q = add(mul(q, r), all(0.4999999701976776));
  const p = add(mul(mul(r, r), q), r);
  // the low bits of `shifted` are n; the bits of ROUND and the bias 127 make up the rest
  const scale = i32x4.add(i32x4.shl(shifted, 23), i32x4.splat(0x3f800000));
  const e = add(mul(p, scale), sub(scale, all(1)));
  return v128.or(f32x4.div(e, add(e, all(2))), sign);
}

/** σ(x) = 1 / (1 + e^(−|x|)) for x ≥ 0, e^(−|x|) / (1 + e^(−|x|)) for x < 0. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function sigmoid4(x: v128): v128 {
  const e = exp4(v128.or(x, i32x4.splat(0x80000000)));
  const top = v128.bitselect(e, all(1), f32x4.lt(x, all(0)));
  return f32x4.div(top, add(all(1), e));
}

/** ln x = e·ln 2 + ln(1 + f), x = 2ᵉ·(1 + f), √½ ≤ 1 + f < √2; ln(1 + f) = f − f²/2 + f³·R(f). */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function log4(x: v128): v128 {
  const small = f32x4.lt(x, all(1.17549435e-38)); // below the normal range: scale up by 2²³
  const scaled = v128.bitselect(mul(x, all(8388608)), x, small);
  const bits = i32x4.sub(scaled, i32x4.splat(0x3f3504f3)); // √½
  const e = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(bits, 23), v128.and(small, i32x4.splat(23))));
  const f = sub(i32x4.add(v128.and(bits, i32x4.splat(0x7fffff)), i32x4.splat(0x3f3504f3)), all(1));
  let r = add(mul(f, all(-0.07636399567127228)), all(0.12762199342250824));
  r = add(mul(r, f), all(-0.1315961331129074));
  r = add(mul(r, f), all(0.14201581478118896));
  r = add(mul(r, f), all(-0.166234090924263));
  r = add(mul(r, f), all(0.2000124156475067));
  r = add(mul(r, f), all(-0.2500081956386566));
  r = add(mul(r, f), all(0.3333333134651184));
  const f2 = mul(f, f);
  let y = add(mul(mul(f2, f), r), mul(e, all(LN2_LOW)));
  y = sub(y, mul(f2, all(0.5)));
  y = add(add(y, f), mul(e, all(LN2_HIGH)));
  y = v128.bitselect(y, x, f32x4.lt(x, all(Infinity))); // ∞ and NaN give themselves
  y = v128.bitselect(all(-Infinity), y, f32x4.eq(x, all(0)));
  return v128.bitselect(all(NaN), y, f32x4.lt(x, all(0)));
}

/** ln(1 + x) = ln u + (x − (u − 1)) / u with u = 1 + x rounded: the second term is what the rounding lost. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function log1p4(x: v128): v128 {
  const u = add(x, all(1));
  let lost = f32x4.div(sub(x, sub(u, all(1))), u);
  lost = v128.and(lost, f32x4.eq(lost, lost)); // 0/0 at x = −1, ∞ − ∞ at x = ∞
  return v128.bitselect(x, add(log4(u), lost), f32x4.eq(u, all(1)));
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)). */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function softplus4(x: v128): v128 {
  return add(f32x4.max(x, all(0)), log1p4(exp4(v128.or(x, i32x4.splat(0x80000000)))));
}

/** π/2 in two f64 parts, and 2/π. */
const HALF_PI_HIGH: f64 = 1.5707963267341256;
const HALF_PI_LOW: f64 = 6.077100506506192e-11;
const TWO_OVER_PI: f64 = 0.6366197723675814;

/** sin(x + quarter·π/2) of two f64 lanes. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function sin2(x: v128, quarter: f64): v128 {
  const n = f64x2.nearest(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)));
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(n, f64x2.splat(HALF_PI_HIGH))), f64x2.mul(n, f64x2.splat(HALF_PI_LOW)));
  // The quadrant, n + quarter modulo 4, in {0, 1, 2, 3}.
  const turned = f64x2.add(n, f64x2.splat(quarter));
  const quadrant = f64x2.sub(turned, f64x2.mul(f64x2.floor(f64x2.mul(turned, f64x2.splat(0.25))), f64x2.splat(4)));
  const r2 = f64x2.mul(r, r);
  // Taylor: on |r| ≤ π/4 the first term left out is below 2⁻³³ of the result.
  let s = f64x2.add(f64x2.mul(r2, f64x2.splat(-1.0 / 39916800)), f64x2.splat(1.0 / 362880));
  s = f64x2.add(f64x2.mul(s, r2), f64x2.splat(-1.0 / 5040));
  s = f64x2.add(f64x2.mul(s, r2), f64x2.splat(1.0 / 120));
  s = f64x2.add(f64x2.mul(s, r2), f64x2.splat(-1.0 / 6));
  s = f64x2.add(f64x2.mul(f64x2.mul(s, r2), r), r);
  let c = f64x2.add(f64x2.mul(r2, f64x2.splat(1.0 / 479001600)), f64x2.splat(-1.0 / 3628800));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(1.0 / 40320));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(-1.0 / 720));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(1.0 / 24));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(-0.5));
  c = f64x2.add(f64x2.mul(c, r2), f64x2.splat(1));
  const odd = v128.or(f64x2.eq(quadrant, f64x2.splat(1)), f64x2.eq(quadrant, f64x2.splat(3)));
  const y = v128.bitselect(c, s, odd);
  const flip = v128.and(f64x2.ge(quadrant, f64x2.splat(2)), f64x2.splat(-0.0));
  // Huge arguments lose their residue; the result stays within [−1, 1]. NaN passes.
  return f64x2.pmax(f64x2.pmin(v128.xor(y, flip), f64x2.splat(1)), f64x2.splat(-1));
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function sinShifted4(x: v128, quarter: f64): v128 {
  const low = sin2(f64x2.promote_low_f32x4(x), quarter);
  const high = sin2(f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3)), quarter);
  return v128.shuffle<i32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** sin x, computed in f64: correctly rounded in nearly every case for |x| ≤ 10⁴, absolute error below 4·10⁻⁸ up to 10⁸. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function sin4(x: v128): v128 {
  return v128.bitselect(x, sinShifted4(x, 0), f32x4.eq(x, all(0))); // keeps −0
}

/** cos x, likewise. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function cos4(x: v128): v128 {
  return sinShifted4(x, 1);
}

/** erf x = x + x·P(x²) for |x| ≤ 1, sign(x)·(1 − e^(−|x|·G(|x|))) beyond, with |x| clamped to 4 where the result is 1. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function erf4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(0x80000000));
  const a = f32x4.pmin(v128.xor(x, sign), all(4));
  const x2 = mul(x, x);
  let p = add(mul(x2, all(7.806903158780187e-5)), all(-0.0007997853099368513));
  p = add(mul(p, x2), all(0.005187162198126316));
  p = add(mul(p, x2), all(-0.026853347197175026));
  p = add(mul(p, x2), all(0.11283578723669052));
  p = add(mul(p, x2), all(-0.3761262595653534));
  p = add(mul(p, x2), all(0.12837916612625122));
  const small = add(x, mul(x, p));
  let g = add(mul(a, all(1.3958597264718264e-5)), all(-0.0003505552012939006));
  g = add(mul(g, a), all(0.003757333382964134));
  g = add(mul(g, a), all(-0.02400977909564972));
  g = add(mul(g, a), all(0.10653054714202881));
  g = add(mul(g, a), all(0.6349697113037109));
  g = add(mul(g, a), all(1.1286942958831787));
  const large = v128.or(sub(all(1), exp4(f32x4.neg(mul(a, g)))), sign);
  return v128.bitselect(large, small, f32x4.gt(a, all(1)));
}
