/**
 * Elementary functions in double precision that give the same bits in every JavaScript engine.
 *
 * `Math.sin`, `Math.exp` and their kin are "implementation-approximated": engines differ in the last digit, and a training run
 * that hinges on one comparison then differs altogether. The functions here use only operations that IEEE 754 and ECMAScript
 * fix to the last bit (+ − × ÷, `Math.sqrt`, integer operations, the bits of a double), in a written order.
 *
 * Reductions and polynomial coefficients are those published with fdlibm ("Freely Distributable LIBM", K. C. Ng et al.,
 * Sun Microsystems, https://www.netlib.org/fdlibm/), whose stated error bound is below 1 ulp.
 */

const doubleView = new Float64Array(1);
const wordView = new Int32Array(doubleView.buffer);
doubleView[0] = 1; // 1.0 is 0x3FF00000_00000000: its non-zero word is the high one, whatever the byte order of the machine.
const HIGH = wordView[0] === 0 ? 1 : 0;

const LN2_HIGH = 0.6931471803691238; // the leading 33 bits of ln 2, so that k·LN2_HIGH is exact
const LN2_LOW = 1.9082149292705877e-10;

/**
 * Natural logarithm. x = 2ᵏ(1+f) with √½ ≤ 1+f < √2; with s = f/(2+f),
 * log(1+f) = f − f²/2 + s(f²/2 + R(s²)). fdlibm, e_log.c.
 */
export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let k = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2⁵⁴ lifts a subnormal into the normal range
    k = -54;
  }
  doubleView[0] = x;
  const high = wordView[HIGH] + (0x3ff00000 - 0x3fe6a09e); // 0x3fe6a09e: high word of √½
  k += (high >>> 20) - 1023;
  wordView[HIGH] = (high & 0xfffff) + 0x3fe6a09e;
  const f = doubleView[0] - 1;
  const halfSquare = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
  return s * (halfSquare + (even + odd)) + k * LN2_LOW - halfSquare + f + k * LN2_HIGH;
}
