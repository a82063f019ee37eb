/**
 * Elementary functions in double precision that give the same bits in every JavaScript engine.
 *
 * `Math.sin`, `Math.exp` and their kin are "implementation-approximated": engines differ in the last digit, and a training run
 * that hinges on one comparison then differs altogether. The functions here use only operations that IEEE 754 and ECMAScript
 * fix to the last bit (+ − × ÷, `Math.sqrt`, integer operations, the bits of a double), in a written order.
 *
 * Methods and polynomial coefficients are those published with fdlibm ("Freely Distributable LIBM", K. C. Ng et al., Sun
 * Microsystems 1993–2004, https://www.netlib.org/fdlibm/). Results are within 1 ulp of the true value (sinh, cosh, tanh and
 * atan2: within 2). Special values (NaN, ±0, ±∞, out of domain) are those that ECMAScript prescribes for the `Math` function of
 * the same name.
 */

const doubleView = new Float64Array(1);
const wordView = new Int32Array(doubleView.buffer);
doubleView[0] = 1; // 1.0 is 0x3FF00000_00000000: its non-zero word is the high one, whatever the byte order of the machine.
const HIGH = wordView[0] === 0 ? 1 : 0;
const LOW = 1 - HIGH;

/** The leading 21 bits of x, |x| < 2⁹⁹⁰, so that products of two such numbers are exact. Veltkamp's split, see Dekker 1971. */
function highPart(x: number): number {
  const t = x * 4294967297; // 2³² + 1
  return t - (t - x);
}

/** 2ᵏ at index k + 1074. A look-up is faster than putting the bits together, which stalls the memory pipeline. */
const POWERS_OF_TWO = new Float64Array(2098);
POWERS_OF_TWO[0] = 5e-324; // 2⁻¹⁰⁷⁴
for (let i = 1; i < POWERS_OF_TWO.length; i++) POWERS_OF_TWO[i] = 2 * POWERS_OF_TWO[i - 1];

/** 2ᵏ for −1074 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  return POWERS_OF_TWO[k + 1074];
}

/** y·2ᵏ, rounded once, for y near 1 and −2022 ≤ k ≤ 2046. */
function scale(y: number, k: number): number {
  if (k < -1021) return y * powerOfTwo(k + 1000) * powerOfTwo(-1000);
  if (k > 1023) return y * powerOfTwo(1023) * powerOfTwo(k - 1023);
  return y * powerOfTwo(k);
}

// ———————————————————————————————————————————————— sine, cosine, tangent

const QUARTER_PI = 0.7853981633974483;
const TWO_OVER_PI = 0.6366197723675814;
const ROUND_TO_INTEGER = 6755399441055744; // 1.5·2⁵²: adding and subtracting it rounds to the nearest integer
// π/2 in pieces of 33 bits, so that a piece times an integer below 2²⁰ is exact; each with what is left after it.
const HALF_PI_1 = 1.5707963267341256;
const HALF_PI_1_REST = 6.077100506506192e-11;
const HALF_PI_2 = 6.077100506303966e-11;
const HALF_PI_2_REST = 2.0222662487959506e-21;
const HALF_PI_3 = 2.0222662487111665e-21;
const HALF_PI_3_REST = 8.4784276603689e-32;

/** What `reduce` leaves: the remainder and the part of it below its last bit. */
const remainder = new Float64Array(2);

/**
 * Writes x − n·π/2, |·| ≤ π/4, into `remainder` and returns the quadrant n mod 4. fdlibm, e_rem_pio2.c: as many pieces of π/2
 * are subtracted as the cancellation demands.
 */
function reduce(x: number): number {
  const size = Math.abs(x);
  if (!(size < 1647099)) return reduceLarge(x); // 2²⁰·π/2
  const n = x * TWO_OVER_PI + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
  let r = x - n * HALF_PI_1;
  let w = n * HALF_PI_1_REST;
  let y = r - w;
  if (Math.abs(y) < size * 1.52587890625e-5) {
    // 16 bits cancelled
    let t = r;
    w = n * HALF_PI_2;
    r = t - w;
    w = n * HALF_PI_2_REST - (t - r - w);
    y = r - w;
    if (Math.abs(y) < size * 1.7763568394002505e-15) {
      // 49 bits cancelled
      t = r;
      w = n * HALF_PI_3;
      r = t - w;
      w = n * HALF_PI_3_REST - (t - r - w);
      y = r - w;
    }
  }
  remainder[0] = y;
  remainder[1] = r - y - w;
  return n & 3;
}

/** The first 1184 bits of 2/π after the binary point. */
const TWO_OVER_PI_BITS = BigInt(
  "0x" +
    "A2F9836E4E441529FC2757D1F534DDC0DB6295993C439041FE5163ABDEBBC561B7246E3A424DD2E006492EEA09D1921CFE1D" +
    "EB1CB129A73EE88235F52EBB4484E99C7026B45F7E413991D639835339F49C845F8BBDF9283B1FF897FFDE05980FEF2F118B" +
    "5A0A6D1F6D367ECF27CB09B74F463F669E5FEA2D7527BAC7EBE5F17B3D0739F78A5292EA6BFB5FB11F8D5D0856033046",
);
/** ⌊2²⁵⁶·π/2⌋ */
const HALF_PI_BITS = 0x1921fb54442d18469898cc51701b839a252049c1114cf98e804177d4c76273644n;

/**
 * Reduction of any larger finite x, in exact integer arithmetic after Payne & Hanek 1983: x = m·2ᵉ, and of m·(2/π) only the bits
 * below 4·2⁻ᵉ matter. Slow (microseconds) and hardly ever needed.
 */
function reduceLarge(x: number): number {
  if (!Number.isFinite(x)) {
    remainder[0] = NaN;
    remainder[1] = NaN;
    return 0;
  }
  doubleView[0] = Math.abs(x);
  const exponent = (wordView[HIGH] >>> 20) - 1023 - 52; // ≥ −32 here
  const significand = (BigInt((wordView[HIGH] & 0xfffff) | 0x100000) << 32n) | BigInt(wordView[LOW] >>> 0);
  const bits = BigInt(1184 - exponent); // the product counts units of 2⁻ᵇⁱᵗˢ
  const turn = BigInt.asUintN(1186 - exponent, significand * TWO_OVER_PI_BITS); // |x|·2/π mod 4
  const n = (turn + (1n << (bits - 1n))) >> bits;
  const angle = ((turn - (n << bits)) * HALF_PI_BITS) >> bits; // in units of 2⁻²⁵⁶
  const high = Number(angle);
  const unit = powerOfTwo(-256);
  const sign = x < 0 ? -1 : 1;
  remainder[0] = sign * high * unit;
  remainder[1] = sign * Number(angle - BigInt(high)) * unit;
  return (sign * Number(n)) & 3;
}

/** sin(x + y) for |x| ≤ π/4 and a tail y below the last bit of x. fdlibm, k_sin.c. */
function sinKernel(x: number, y: number): number {
  const z = x * x;
  const w = z * z;
  const r =
    0.00833333333332249 +
    z * (-0.0001984126982985795 + z * 2.7557313707070068e-6) +
    z * w * (-2.5050760253406863e-8 + z * 1.58969099521155e-10);
  const v = z * x;
  return x - (z * (0.5 * y - v * r) - y - v * -0.16666666666666632);
}

/** cos(x + y) for |x| ≤ π/4 and a tail y below the last bit of x. fdlibm, k_cos.c. */
function cosKernel(x: number, y: number): number {
  const z = x * x;
  const w = z * z;
  const r =
    z * (0.0416666666666666 + z * (-0.001388888888887411 + z * 2.480158728947673e-5)) +
    w * w * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11));
  const half = 0.5 * z;
  const rest = 1 - half;
  return rest + (1 - rest - half + (z * r - x * y));
}

/** Sine of x radians, for every finite x. */
export function sin(x: number): number {
  const size = Math.abs(x);
  if (size <= QUARTER_PI) return size < 1.4901161193847656e-8 ? x : sinKernel(x, 0); // below 2⁻²⁶, sin x = x; keeps −0
  const quadrant = reduce(x);
  const value = (quadrant & 1) === 0 ? sinKernel(remainder[0], remainder[1]) : cosKernel(remainder[0], remainder[1]);
  return (quadrant & 2) === 0 ? value : -value;
}

/** Cosine of x radians, for every finite x. */
export function cos(x: number): number {
  if (Math.abs(x) <= QUARTER_PI) return cosKernel(x, 0);
  const quadrant = reduce(x);
  const value = (quadrant & 1) === 0 ? cosKernel(remainder[0], remainder[1]) : sinKernel(remainder[0], remainder[1]);
  return ((quadrant + 1) & 2) === 0 ? value : -value;
}

/** Tangent of x radians, for every finite x. fdlibm, k_tan.c. */
export function tan(x: number): number {
  const size = Math.abs(x);
  if (size <= QUARTER_PI) return size < 7.450580596923828e-9 ? x : tanKernel(x, 0, false);
  const quadrant = reduce(x);
  return tanKernel(remainder[0], remainder[1], (quadrant & 1) === 1);
}

/** tan(x + y), or −1/tan(x + y), for |x| ≤ π/4. */
function tanKernel(x: number, y: number, inverse: boolean): number {
  const negative = x < 0;
  const big = Math.abs(x) >= 0.67434; // here tan x = (1 − tan u)/(1 + tan u), u = π/4 − x
  if (big) {
    if (negative) {
      x = -x;
      y = -y;
    }
    x = QUARTER_PI - x + (3.061616997868383e-17 - y);
    y = 0;
  }
  const z = x * x;
  const w = z * z;
  const odd =
    0.13333333333320124 +
    w *
      (0.021869488294859542 +
        w *
          (0.0035920791075913124 +
            w * (0.0005880412408202641 + w * (7.817944429395571e-5 + w * -1.8558637485527546e-5))));
  const even =
    z *
    (0.05396825397622605 +
      w *
        (0.0088632398235993 +
          w *
            (0.0014562094543252903 +
              w * (0.0002464631348184699 + w * (7.140724913826082e-5 + w * 2.590730518636337e-5)))));
  const cube = z * x;
  const r = y + z * (cube * (odd + even) + y) + 0.3333333333333341 * cube;
  const t = x + r; // tan(x + y)
  if (big) {
    const one = inverse ? -1 : 1;
    const value = one - 2 * (x - ((t * t) / (t + one) - r));
    return negative ? -value : value;
  }
  if (!inverse) return t;
  const tHigh = highPart(t); // −1/t with a correction for its own rounding
  const tLow = r - (tHigh - x);
  const quotient = -1 / t;
  const quotientHigh = highPart(quotient);
  return quotientHigh + quotient * (1 + quotientHigh * tHigh + quotientHigh * tLow);
}

// ———————————————————————————————————————————————— inverse trigonometric functions

const PI = Math.PI;
const PI_LOW = 1.2246467991473532e-16; // π − PI
const HALF_PI = 1.5707963267948966;
const HALF_PI_LOW = 6.123233995736766e-17;

/** Arc tangent. Reduced about atan ½, 1, 3/2 and ∞ to |t| ≤ 7/16. fdlibm, s_atan.c. */
export function atan(x: number): number {
  const size = Math.abs(x);
  if (size < 0.4375) return size < 7.450580596923828e-9 ? x : x - x * atanPolynomial(x); // below 2⁻²⁷, atan x = x; keeps −0
  let t: number;
  let center: number;
  let centerLow: number;
  if (size < 0.6875) {
    t = (2 * size - 1) / (2 + size);
    center = 0.4636476090008061;
    centerLow = 2.2698777452961687e-17;
  } else if (size < 1.1875) {
    t = (size - 1) / (size + 1);
    center = QUARTER_PI;
    centerLow = 3.061616997868383e-17;
  } else if (size < 2.4375) {
    t = (size - 1.5) / (1 + 1.5 * size);
    center = 0.982793723247329;
    centerLow = 1.3903311031230998e-17;
  } else {
    t = -1 / size;
    center = HALF_PI;
    centerLow = HALF_PI_LOW;
  }
  const value = center - (t * atanPolynomial(t) - centerLow - t);
  return x < 0 ? -value : value;
}

/** 1 − atan(t)/t for |t| ≤ 7/16. */
function atanPolynomial(t: number): number {
  const z = t * t;
  const w = z * z;
  const odd =
    z *
    (0.3333333333333293 +
      w *
        (0.14285714272503466 +
          w *
            (0.09090887133436507 + w * (0.06661073137387531 + w * (0.049768779946159324 + w * 0.016285820115365782)))));
  const even =
    w *
    (-0.19999999999876483 +
      w * (-0.11111110405462356 + w * (-0.0769187620504483 + w * (-0.058335701337905735 + w * -0.036531572744216916))));
  return odd + even;
}

/** The angle of the point (x, y), in [−π, π]. fdlibm, e_atan2.c. */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  const below = y < 0 || Object.is(y, -0);
  const left = x < 0 || Object.is(x, -0);
  let angle: number; // from the nearer half of the x axis, in [0, π/2]
  if (y === 0) angle = 0;
  else if (x === 0) angle = HALF_PI;
  else if (Math.abs(x) === Infinity) angle = Math.abs(y) === Infinity ? QUARTER_PI : 0;
  else angle = atan(Math.abs(y / x));
  if (left) angle = y !== 0 && x === 0 ? HALF_PI : PI - (angle - PI_LOW);
  return below ? -angle : angle;
}

/** (asin(x) − x)/x as a rational function of z = x², |x| ≤ ½. fdlibm, e_asin.c. */
function asinRational(z: number): number {
  const p =
    z *
    (0.16666666666666666 +
      z *
        (-0.3255658186224009 +
          z *
            (0.20121253213486293 +
              z * (-0.04005553450067941 + z * (0.0007915349942898145 + z * 3.479331075960212e-5)))));
  const q =
    1 + z * (-2.403394911734414 + z * (2.0209457602335057 + z * (-0.6882839716054533 + z * 0.07703815055590194)));
  return p / q;
}

/** Arc sine; NaN outside [−1, 1]. fdlibm, e_asin.c. */
export function asin(x: number): number {
  const size = Math.abs(x);
  if (!(size <= 1)) return NaN;
  if (size < 0.5) return size < 1.4901161193847656e-8 ? x : x + x * asinRational(x * x);
  const z = (1 - size) * 0.5; // asin x = π/2 − 2 asin √((1−x)/2)
  const s = Math.sqrt(z);
  const r = asinRational(z);
  let value: number;
  if (size >= 0.975) {
    value = HALF_PI - (2 * (s + s * r) - HALF_PI_LOW);
  } else {
    const high = highPart(s);
    const low = (z - high * high) / (s + high);
    value = QUARTER_PI - (2 * s * r - (HALF_PI_LOW - 2 * low) - (QUARTER_PI - 2 * high));
  }
  return x < 0 ? -value : value;
}

/** Arc cosine; NaN outside [−1, 1]. fdlibm, e_acos.c. */
export function acos(x: number): number {
  if (!(Math.abs(x) <= 1)) return NaN;
  if (Math.abs(x) < 0.5) return HALF_PI - (x - (HALF_PI_LOW - x * asinRational(x * x)));
  if (x < 0) {
    const z = (1 + x) * 0.5;
    const s = Math.sqrt(z);
    return PI - 2 * (s + (asinRational(z) * s - HALF_PI_LOW));
  }
  if (x === 1) return 0;
  const z = (1 - x) * 0.5;
  const s = Math.sqrt(z);
  const high = highPart(s);
  const low = (z - high * high) / (s + high);
  return 2 * (high + (asinRational(z) * s + low));
}

// ———————————————————————————————————————————————— exponentials

const LN2_HIGH = 0.6931471803691238; // the leading 33 bits of ln 2, so that k·LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10;
const INVERSE_LN2 = Math.LOG2E;
const OVERFLOW = 709.782712893384; // the largest x with a finite eˣ

/**
 * eˣ. x = k ln 2 + r, |r| ≤ ½ ln 2; eʳ = 1 + 2r/(R(r²) − r) with R(r²) = r(eʳ + 1)/(eʳ − 1). fdlibm, e_exp.c.
 */
export function exp(x: number): number {
  if (!(x <= OVERFLOW)) return x > OVERFLOW ? Infinity : NaN;
  if (x < -745.1332191019411) return 0;
  const k = Math.abs(x) > 0.34657359027997264 ? (INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5)) | 0 : 0;
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const c = expRemainder(r);
  const y = 1 - (low - (r * c) / (2 - c) - high);
  return scale(y, k);
}

/** r − r²·P(r²), the c in eʳ = 1 + r + rc/(2 − c). */
function expRemainder(r: number): number {
  const z = r * r;
  return (
    r -
    z *
      (0.16666666666666602 +
        z *
          (-0.0027777777777015593 +
            z * (6.613756321437934e-5 + z * (-1.6533902205465252e-6 + z * 4.1381367970572385e-8))))
  );
}

/** eˣ − 1, accurate for small x. fdlibm, s_expm1.c. */
export function expm1(x: number): number {
  if (!(x <= OVERFLOW)) return x > OVERFLOW ? Infinity : NaN;
  if (x < -38.816242) return -1; // −56 ln 2: e^x is below half the last bit of 1
  const size = Math.abs(x);
  if (size < 5.551115123125783e-17) return x; // 2⁻⁵⁴; keeps −0
  let k = 0;
  let correction = 0; // what the rounding of the reduced argument lost
  if (size > 0.34657359027997264) {
    k = size < 1.0397207708399179 ? (x < 0 ? -1 : 1) : (INVERSE_LN2 * x + (x < 0 ? -0.5 : 0.5)) | 0;
    const high = x - k * LN2_HIGH;
    const low = k * LN2_LOW;
    x = high - low;
    correction = high - x - low;
  }
  const half = 0.5 * x;
  const z = x * half;
  const r =
    1 +
    z *
      (-0.03333333333333313 +
        z *
          (0.0015873015872548146 +
            z * (-7.93650757867488e-5 + z * (4.008217827329362e-6 + z * -2.0109921818362437e-7))));
  const t = 3 - r * half;
  const quotient = z * ((r - t) / (6 - x * t));
  if (k === 0) return x - (x * quotient - z);
  const e = x * (quotient - correction) - correction - z; // e^r − 1 = r − e
  if (k === -1) return 0.5 * (x - e) - 0.5;
  if (k === 1) return x < -0.25 ? -2 * (e - (x + 0.5)) : 1 + 2 * (x - e);
  if (k <= -2 || k > 56) return scale(1 - (e - x), k) - 1;
  if (k < 20) return (1 - powerOfTwo(-k) - (e - x)) * powerOfTwo(k);
  return (x - (e + powerOfTwo(-k)) + 1) * powerOfTwo(k);
}

/** Hyperbolic tangent. fdlibm, s_tanh.c. */
export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size < 2.7755575615628914e-17) return x; // 2⁻⁵⁵; keeps −0
  let value: number;
  if (size >= 22) {
    value = 1;
  } else if (size >= 1) {
    value = 1 - 2 / (expm1(2 * size) + 2);
  } else {
    const t = expm1(-2 * size); // NaN comes here too
    value = -t / (t + 2);
  }
  return x < 0 ? -value : value;
}

/** Hyperbolic sine. fdlibm, e_sinh.c. */
export function sinh(x: number): number {
  const size = Math.abs(x);
  if (size < 3.725290298461914e-9) return x; // 2⁻²⁸; keeps −0
  const half = x < 0 ? -0.5 : 0.5;
  if (size >= 22) return halfExp(half, size);
  const t = expm1(size);
  return size < 1 ? half * (2 * t - (t * t) / (t + 1)) : half * (t + t / (t + 1));
}

/** Hyperbolic cosine. fdlibm, e_cosh.c. */
export function cosh(x: number): number {
  const size = Math.abs(x);
  if (size < 0.34657359027997264) {
    const t = expm1(size);
    return 1 + (t * t) / (2 * (1 + t));
  }
  if (size >= 22) return halfExp(0.5, size);
  const t = exp(size);
  return 0.5 * t + 0.5 / t;
}

/** half·eˣ, where eˣ alone may overflow. */
function halfExp(half: number, x: number): number {
  if (x <= 709.7822265625) return half * exp(x);
  const root = exp(0.5 * x);
  return half * root * root;
}

// ———————————————————————————————————————————————— logarithms

/** log(1+f) − f + f²/2 for √½ ≤ 1+f < √2: with s = f/(2+f), s(f²/2 + R(s²)). fdlibm, e_log.c; FreeBSD msun, k_log.h. */
function logKernel(f: number): number {
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  return s * (0.5 * f * f + (even + odd));
}

/** k of x = 2ᵏ(1+f) with √½ ≤ 1+f < √2, for positive finite x not below 2⁻¹⁰²². */
function exponentOf(x: number): number {
  doubleView[0] = x;
  return ((wordView[HIGH] + (0x3ff00000 - 0x3fe6a09e)) >>> 20) - 1023; // 0x3fe6a09e: high word of √½
}

const SMALLEST_NORMAL = 2.2250738585072014e-308; // 2⁻¹⁰²²
const TWO_POW_54 = 18014398509481984; // lifts a subnormal number into the normal range

/** Natural logarithm. fdlibm, e_log.c. */
export function log(x: number): number {
  if (!(x > 0 && x < Infinity)) return logSpecial(x);
  if (x < SMALLEST_NORMAL) return log(x * TWO_POW_54) - 54 * Math.LN2;
  const k = exponentOf(x);
  const f = x * powerOfTwo(-k) - 1;
  return k * LN2_HIGH - (0.5 * f * f - (logKernel(f) + k * LN2_LOW) - f);
}

/** Logarithm of what is not a positive finite number. */
function logSpecial(x: number): number {
  return x === 0 ? -Infinity : x === Infinity ? Infinity : NaN;
}

/** Logarithm to base 2; exact for powers of 2. FreeBSD msun, e_log2.c: the product with 1/ln 2 in two parts. */
export function log2(x: number): number {
  if (!(x > 0 && x < Infinity)) return logSpecial(x);
  if (x < SMALLEST_NORMAL) return log2(x * TWO_POW_54) - 54;
  const k = exponentOf(x);
  const f = x * powerOfTwo(-k) - 1;
  const halfSquare = 0.5 * f * f;
  const high = highPart(f - halfSquare);
  const low = f - high - halfSquare + logKernel(f);
  const product = high * 1.4426950407214463;
  const productLow = (low + high) * 1.6751713164886512e-10 + low * 1.4426950407214463;
  const sum = k + product;
  return productLow + (k - sum + product) + sum;
}

/** log(1 + x), accurate for small x. fdlibm, s_log1p.c. */
export function log1p(x: number): number {
  if (!(x > -1 && x < Infinity)) return logSpecial(1 + x);
  const size = Math.abs(x);
  if (size < 5.551115123125783e-17) return x; // 2⁻⁵⁴; keeps −0
  if (x > -0.2928932188134524 && x < 0.41421356237309503) return x - (0.5 * x * x - logKernel(x)); // √½ < 1+x < √2
  const u = 1 + x;
  const correction = (x > 1 ? 1 - (u - x) : x - (u - 1)) / u; // log(1+x) − log(u) ≈ ((1+x) − u)/u
  const k = exponentOf(u);
  const f = u * powerOfTwo(-k) - 1;
  return k * LN2_HIGH - (0.5 * f * f - (logKernel(f) + (k * LN2_LOW + correction)) - f);
}

// ———————————————————————————————————————————————— powers

/** xʸ = 2^(y log₂ x) with log₂ x in two parts. fdlibm, e_pow.c. Exact wherever xʸ is an integer below 2⁵³. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (y === 1) return x;
  if (y === 2) return x * x;
  const size = Math.abs(x);
  if (Math.abs(y) === Infinity) return size === 1 ? NaN : size > 1 === y > 0 ? Infinity : 0;
  const negative = (x < 0 || Object.is(x, -0)) && Math.abs(y % 2) === 1; // a negative base to an odd power
  const sign = negative ? -1 : 1;
  if (size === 0 || size === Infinity) return sign * ((size === Infinity) === y > 0 ? Infinity : 0);
  if (x < 0 && y !== Math.floor(y)) return NaN;
  if (size === 1) return sign;
  if (y === 0.5) return Math.sqrt(x);
  if (y === -1) return 1 / x;

  if (Math.abs(y) > 1.1805916207174113e21) return sign * (size > 1 === y > 0 ? Infinity : 0); // 2⁷⁰
  // log₂|x| = logHigh + logLow, logHigh with 21 bits
  // log₂ x = k + log₂ c + log₂(m/c), about c = 1 for m in [√¾, √1½) and about c = 1½ for m in [√1½, √3)
  const normal = size < SMALLEST_NORMAL ? size * TWO_POW_54 : size;
  doubleView[0] = normal;
  let k = (wordView[HIGH] >>> 20) - 1023;
  let m = normal * powerOfTwo(-k);
  if (size < SMALLEST_NORMAL) k -= 54;
  if (m >= 1.7320508075688772) {
    m *= 0.5;
    k += 1;
  }
  const middle = m >= 1.224744871391589;
  const c = middle ? 1.5 : 1;
  const difference = m - c;
  const v = 1 / (m + c);
  const s = difference * v; // s = (m − c)/(m + c)
  const sHigh = highPart(s);
  const sumHigh = highPart(m + c);
  const sumLow = m - (sumHigh - c);
  const sLow = v * (difference - sHigh * sumHigh - sHigh * sumLow);
  const z = s * s;
  const r =
    z *
      z *
      (0.5999999999999946 +
        z *
          (0.4285714285785502 +
            z *
              (0.33333332981837743 + z * (0.272728123808534 + z * (0.23066074577556175 + z * 0.20697501780033842))))) +
    sLow * (sHigh + s);
  const zHigh = sHigh * sHigh;
  const tHigh = highPart(3 + zHigh + r);
  const tLow = r - (tHigh - 3 - zHigh);
  const u = sHigh * tHigh; // u + w = s(3 + s² + r) = (3/2) log(m/c)
  const w = sLow * tHigh + tLow * s;
  const pHigh = highPart(u + w);
  const pLow = w - (pHigh - u);
  const qHigh = 0.9617967009544373 * pHigh; // times 2/(3 ln 2)
  const qLow = -7.028461650952758e-9 * pHigh + pLow * 0.9617966939259756 + (middle ? 1.350039202129749e-8 : 0);
  const centerLog = middle ? 0.5849624872207642 : 0; // log₂ 1½
  const logHigh = highPart(qHigh + qLow + centerLog + k);
  const logLow = qLow - (logHigh - k - centerLog - qHigh);

  const yHigh = highPart(y);
  const low = (y - yHigh) * logHigh + y * logLow;
  let high = yHigh * logHigh;
  const exponent = low + high;
  if (exponent > 1025) return sign * Infinity;
  if (exponent < -1076) return sign * 0;
  const n = Math.abs(exponent) > 0.5 ? Math.floor(exponent + 0.5) : 0;
  high -= n;
  return sign * scale(exp2InTwoParts(high, low), n);
}

/** 2^(high + low) for |high + low| ≤ ½. */
function exp2InTwoParts(high: number, low: number): number {
  const t = highPart(low + high);
  const u = t * 0.6931471824645996;
  const v = (low - (t - high)) * Math.LN2 + t * -1.904654299957768e-9;
  const r = u + v;
  const rLow = v - (r - u);
  const c = expRemainder(r);
  return 1 - ((r * c) / (c - 2) - (rLow + r * rLow) - r);
}

/** √(x² + y²) without needless overflow or underflow: squares in two parts (Dekker 1971, Numerische Mathematik 18). */
export function hypot(x: number, y: number): number {
  let large = Math.abs(x);
  let small = Math.abs(y);
  if (large === Infinity || small === Infinity) return Infinity;
  if (small > large) [large, small] = [small, large];
  if (small === 0) return large;
  let factor = 1;
  if (large > 6.703903964971299e153)
    factor = powerOfTwo(700); // 2⁵¹¹
  else if (small < 1.4916681462400413e-154) factor = powerOfTwo(-700); // 2⁻⁵¹¹
  if (large / small > 18014398509481984) return large + small;
  large /= factor;
  small /= factor;
  const largeSquare = large * large;
  const smallSquare = small * small;
  return (
    factor * Math.sqrt(squareError(small, smallSquare) + squareError(large, largeSquare) + smallSquare + largeSquare)
  );
}

/** x² − square, exactly, where square is the rounded x². */
function squareError(x: number, square: number): number {
  const t = x * 134217729; // 2²⁷ + 1
  const high = x - t + t;
  const low = x - high;
  return high * high - square + 2 * high * low + low * low;
}

// ———————————————————————————————————————————————— single precision: the double result, rounded

/** sin x rounded to single precision: the same bits everywhere. */
export const sinf = (x: number): number => Math.fround(sin(x));

/** cos x rounded to single precision: the same bits everywhere. */
export const cosf = (x: number): number => Math.fround(cos(x));

/** eˣ rounded to single precision: the same bits everywhere. */
export const expf = (x: number): number => Math.fround(exp(x));

/** ln x rounded to single precision: the same bits everywhere. */
export const logf = (x: number): number => Math.fround(log(x));

/** tanh x rounded to single precision: the same bits everywhere. */
export const tanhf = (x: number): number => Math.fround(tanh(x));
