import { describe, expect, it } from "vitest";
import {
  acos,
  asin,
  atan,
  atan2,
  cos,
  cosf,
  cosh,
  exp,
  expf,
  expm1,
  hypot,
  log,
  log1p,
  log2,
  logf,
  pow,
  sin,
  sinf,
  sinh,
  tan,
  tanh,
  tanhf,
} from "./math.js";

const functions = { acos, asin, atan, cos, cosh, exp, expm1, log, log1p, log2, sin, sinh, tan, tanh };

/** Distance from `actual` to `expected` in units of the last place of `expected`. */
function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected)) return 0;
  if (!Number.isFinite(actual) || !Number.isFinite(expected)) return Infinity;
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(expected))));
  return Math.abs(actual - expected) / 2 ** (exponent - 52);
}

/** Evenly spaced points, ends included. */
const between = (low: number, high: number, n = 2001): number[] =>
  Array.from({ length: n }, (_, i) => low + ((high - low) * i) / (n - 1));

/** ±2ᵉ for evenly spaced e. */
const magnitudes = (low: number, high: number): number[] => between(low, high, 700).flatMap((e) => [2 ** e, -(2 ** e)]);

describe("against published high-precision values (mpmath, 1400 bits)", () => {
  it.each([
    [sin, 1, 0.8414709848078965],
    [sin, 1e22, -0.8522008497671888],
    [cos, 1e22, 0.523214785395139],
    [sin, Math.PI, 1.2246467991473532e-16],
    [cos, 1.5707963267948966, 6.123233995736766e-17],
    [sin, 6381956970095103 * 2 ** 797, 1.0],
    [cos, 6381956970095103 * 2 ** 797, -4.687165924254628e-19],
    [tan, 1e6, -0.373624453987599],
    [sin, Number.MAX_VALUE, 0.004961954789184062],
    [exp, 0.5, 1.6487212707001282],
    [exp, -745, 5e-324],
    [expm1, 1e-10, 1.00000000005e-10],
    [log, 10, Math.LN10],
    [log, 5e-324, -744.4400719213812],
    [log1p, 1e-10, 9.999999999500001e-11],
    [log2, 10, 3.321928094887362],
    [tanh, 0.5, 0.46211715726000974],
    [sinh, 710, 1.1169973830808555e308],
    [cosh, 2, 3.7621956910836314],
    [atan, 1, 0.7853981633974483],
    [asin, 0.75, 0.848062078981481],
    [acos, -0.75, 2.4188584057763776],
  ] as [(x: number) => number, number, number][])("case %#", (f, x, expected) => {
    expect(ulps(f(x), expected)).toBeLessThanOrEqual(1);
  });
});

describe("against Math.*, which is itself off by up to one unit in the last place", () => {
  const sweeps: [keyof typeof functions, number[]][] = [
    ["sin", [...between(-10, 10), ...between(-1e6, 1e6), ...magnitudes(-300, 300)]],
    ["cos", [...between(-10, 10), ...between(-1e6, 1e6), ...magnitudes(-300, 300)]],
    ["tan", [...between(-10, 10), ...between(-1e6, 1e6), ...magnitudes(-300, 300)]],
    ["exp", [...between(-3, 3), ...between(-745, 709.78)]],
    ["expm1", [...between(-3, 3), ...between(-60, 709.78), ...magnitudes(-300, 5)]],
    ["log", [...between(0.01, 5), ...magnitudes(-1070, 1020).map(Math.abs)]],
    ["log2", [...between(0.01, 5), ...magnitudes(-1070, 1020).map(Math.abs)]],
    ["log1p", [...between(-0.99, 5), ...magnitudes(-300, -1), ...magnitudes(0, 1000).map(Math.abs)]],
    ["tanh", [...between(-25, 25), ...magnitudes(-300, 10)]],
    ["sinh", [...between(-25, 25), ...between(-710, 710), ...magnitudes(-300, 5)]],
    ["cosh", [...between(-25, 25), ...between(-710, 710), ...magnitudes(-300, 5)]],
    ["atan", [...between(-5, 5), ...magnitudes(-300, 300)]],
    ["asin", [...between(-1, 1), ...magnitudes(-300, 0)]],
    ["acos", [...between(-1, 1), ...magnitudes(-300, 0)]],
  ];
  it.each(sweeps)("%s", (name, points) => {
    const own = functions[name];
    const builtIn = Math[name];
    let worst = 0;
    for (const x of points) worst = Math.max(worst, ulps(own(x), builtIn(x)));
    expect(worst).toBeLessThanOrEqual(2);
  });

  it("pow, atan2, hypot", () => {
    let worst = 0;
    for (const a of between(0.01, 20, 101)) {
      for (const b of between(-30, 30, 101)) {
        worst = Math.max(worst, ulps(pow(a, b), a ** b), ulps(atan2(a, b), Math.atan2(a, b)));
        worst = Math.max(worst, ulps(atan2(b, a), Math.atan2(b, a)), ulps(hypot(a, b), Math.hypot(a, b)));
      }
    }
    expect(worst).toBeLessThanOrEqual(2);
  });
});

describe("special values are those that ECMAScript prescribes", () => {
  const special = [0, -0, 1, -1, Infinity, -Infinity, NaN];
  it.each([
    "sin",
    "cos",
    "tan",
    "atan",
    "asin",
    "acos",
    "exp",
    "expm1",
    "tanh",
    "sinh",
    "log",
    "log2",
    "log1p",
  ] as const)("%s", (name) => {
    for (const x of special) expect(ulps(functions[name](x), Math[name](x)), `${name}(${x})`).toBeLessThanOrEqual(1);
    for (const x of [5e-324, 1e-310, 1e-20]) {
      expect(ulps(functions[name](x), Math[name](x))).toBeLessThanOrEqual(1);
      expect(ulps(functions[name](-x), Math[name](-x))).toBeLessThanOrEqual(1);
    }
  });

  it("functions that leave their domain or their range", () => {
    expect([asin(1.1), acos(-1.1), log(-1), log2(-1), log1p(-1.5)]).toEqual([NaN, NaN, NaN, NaN, NaN]);
    expect([exp(709.79), exp(-746), expm1(710), expm1(-100), sinh(-711), cosh(711)]).toEqual([
      Infinity,
      0,
      Infinity,
      -1,
      -Infinity,
      Infinity,
    ]);
    expect([tanh(1e300), tanh(-30)]).toEqual([1, -1]);
    expect([cosh(0), cosh(-Infinity), exp(0), cos(0), acos(1)]).toEqual([1, Infinity, 1, 1, 0]);
  });

  it("atan2 in every quadrant, on the axes and at infinity", () => {
    const values = [0, -0, 1, -1, 2.5, -2.5, Infinity, -Infinity, NaN, 5e-324, -1e308];
    for (const y of values) {
      for (const x of values) expect(ulps(atan2(y, x), Math.atan2(y, x)), `${y}, ${x}`).toBeLessThanOrEqual(1);
    }
  });

  it("pow of every kind of base and exponent", () => {
    const values = [
      0,
      -0,
      1,
      -1,
      2,
      -2,
      0.5,
      -0.5,
      3,
      -3,
      1e300,
      -1e300,
      5e-324,
      Infinity,
      -Infinity,
      NaN,
      1 / 3,
      2 ** 53,
    ];
    for (const x of values) {
      for (const y of values) expect(ulps(pow(x, y), x ** y), `pow(${x}, ${y})`).toBeLessThanOrEqual(1);
    }
  });

  it("hypot at infinity and at the ends of the range", () => {
    expect([hypot(-Infinity, NaN), hypot(NaN, Infinity), hypot(NaN, 1), hypot(0, -0)]).toEqual([
      Infinity,
      Infinity,
      NaN,
      0,
    ]);
    expect([hypot(3e300, -4e300), hypot(3e-320, 4e-320), hypot(1e308, 1e308)]).toEqual([
      5e300,
      5e-320,
      Math.SQRT2 * 1e308,
    ]);
  });
});

describe("identities that must hold to the bit", () => {
  it("sin, tan, atan, asin, sinh, tanh and expm1 near 0 are odd; cos and cosh are even", () => {
    for (const x of [...between(0, 1, 101), 1e5, 1e12]) {
      for (const f of [sin, tan, atan, sinh, tanh]) expect(f(-x)).toBe(-f(x));
      for (const f of [cos, cosh]) expect(f(-x)).toBe(f(x));
      if (x <= 1) expect(asin(-x)).toBe(-asin(x));
    }
  });

  it("pow gives integers exactly while they fit", () => {
    for (let base = -12; base <= 12; base++) {
      let power = 1;
      for (let n = 1; n <= 14; n++) {
        power *= base;
        if (Math.abs(power) < 2 ** 53) expect(pow(base, n) - power).toBe(0);
      }
    }
  });

  it("log2 and pow are inverse on the powers of two, subnormal ones included", () => {
    let power = 5e-324;
    for (let k = -1074; k < 1024; k++) {
      expect(log2(power)).toBe(k);
      expect(pow(2, k)).toBe(power);
      power *= 2;
    }
  });
});

describe("single precision", () => {
  it("is the double result, rounded", () => {
    expect([sinf(0.1), cosf(0.1), expf(0.1), logf(0.1), tanhf(0.1)]).toEqual(
      [sin(0.1), cos(0.1), exp(0.1), log(0.1), tanh(0.1)].map(Math.fround),
    );
  });
});
