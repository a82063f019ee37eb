import { Random } from "@advantage/engine";
import { expect, expectTypeOf, test } from "vitest";
import { type Box, box } from "./box.js";
import { dict } from "./dict.js";
import { type Discrete, discrete } from "./discrete.js";
import { multiBinary } from "./multi-binary.js";
import { multiDiscrete } from "./multi-discrete.js";
import { type AnySpace, describeSpace, type Space, sameSpace, spaceFromJson } from "./space.js";

const spaces: AnySpace[] = [
  discrete(3),
  discrete(2, -5),
  multiDiscrete([2, 5, 3]),
  multiBinary(4),
  box({ low: -1, high: 1, shape: [2, 3] }),
  box({ low: [-Infinity, 0, -Infinity, -2], high: [Infinity, Infinity, 3, 2] }),
  dict({ b: discrete(2), a: box({ low: 0, high: 1 }) }),
];

test.each(spaces.map((space) => [describeSpace(space), space] as const))("%s: samples, JSON", (_, space) => {
  const rng = Random.fromSeed(1);
  for (let k = 0; k < 200; k++) expect(space.contains(space.sample(rng))).toBe(true);
  expect(space.sample(Random.fromSeed(2))).toEqual(space.sample(Random.fromSeed(2)));

  const back = spaceFromJson(JSON.parse(JSON.stringify(space)));
  expect(back.toJSON()).toEqual(space.toJSON());
  expect(sameSpace(back, space)).toBe(true);
  expect(back.sample(Random.fromSeed(3))).toEqual(space.sample(Random.fromSeed(3)));
  for (const nothing of [undefined, null, "x", [], {}, NaN, 0.5, [9, 9, 9, 9, 9, 9, 9]]) {
    expect(space.contains(nothing)).toBe(false);
  }
});

test("discrete: start … start + n − 1, all of them", () => {
  const rng = Random.fromSeed(1);
  const seen = new Set(Array.from({ length: 100 }, () => discrete(3, -1).sample(rng)));
  expect([...seen].sort((a, b) => a - b)).toEqual([-1, 0, 1]);
  expect(discrete(3, -1).contains(2)).toBe(false);
  expect(discrete(3, -1).contains(-2)).toBe(false);
});

test("multiDiscrete and multiBinary take plain and typed arrays", () => {
  expect(multiDiscrete([2, 5]).contains([1, 4])).toBe(true);
  expect(multiDiscrete([2, 5]).contains(Int32Array.of(1, 5))).toBe(false);
  expect(multiDiscrete([2, 5]).sample(Random.fromSeed(0))).toBeInstanceOf(Int32Array);
  expect(multiBinary(2).contains([0, 1])).toBe(true);
  expect(multiBinary(2).contains([0, 2])).toBe(false);
  expect(multiBinary(2).sample(Random.fromSeed(0))).toBeInstanceOf(Uint8Array);
});

test("box: bounds are float32 and both included", () => {
  const unit = box({ low: 0, high: 0.7 });
  expect(unit.shape).toEqual([1]);
  expect(unit.contains([0.7])).toBe(true); // although float32(0.7) < 0.7
  expect(unit.contains([0])).toBe(true);
  expect(unit.contains([0.7000001])).toBe(false);
  expect(unit.contains([NaN])).toBe(false);
  expect(box({ low: -1, high: 1, shape: [2, 3] }).size).toBe(6);
  expect(box({ low: [0, 0], high: 1 }).high).toEqual(Float32Array.of(1, 1));
});

test("box: uniform between bounds, exponential from one, normal with none", () => {
  const space = box({ low: [2, 1, -Infinity, -Infinity], high: [4, Infinity, -1, Infinity] });
  const rng = Random.fromSeed(5);
  const n = 20_000;
  const mean = [0, 0, 0, 0];
  const square = [0, 0, 0, 0];
  for (let k = 0; k < n; k++) {
    space.sample(rng).forEach((x, i) => {
      mean[i] += x / n;
      square[i] += (x * x) / n;
    });
  }
  const variance = mean.map((m, i) => square[i] - m * m);
  // U(2, 4): mean 3, variance 1/3. 1 + Exp(1): 2, 1. −1 − Exp(1): −2, 1. N(0, 1): 0, 1. Standard errors below 0.01.
  [3, 2, -2, 0].forEach((wanted, i) => {
    expect(Math.abs(mean[i] - wanted)).toBeLessThan(0.04);
  });
  [1 / 3, 1, 1, 1].forEach((wanted, i) => {
    expect(Math.abs(variance[i] - wanted)).toBeLessThan(0.08);
  });
});

test("infinite bounds survive JSON", () => {
  const space = box({ low: [-Infinity, 0], high: Infinity });
  expect(space.toJSON()).toEqual({ kind: "box", shape: [2], low: ["-Infinity", 0], high: "Infinity" });
  const back = spaceFromJson(JSON.parse(JSON.stringify(space))) as Box;
  expect(back.low).toEqual(Float32Array.of(-Infinity, 0));
  expect(back.high).toEqual(Float32Array.of(Infinity, Infinity));
});

test("dict: keys in order, whatever the order they were given in", () => {
  const a = dict({ b: discrete(2), a: discrete(3) });
  const b = dict({ a: discrete(3), b: discrete(2) });
  expect(a.keys).toEqual(["a", "b"]);
  expect(a.sample(Random.fromSeed(4))).toEqual(b.sample(Random.fromSeed(4)));
  expect(a.contains({ a: 2, b: 1 })).toBe(true);
  expect(a.contains({ a: 2 })).toBe(false);
  expect(a.contains({ a: 2, b: 1, c: 0 })).toBe(false);
});

test("describeSpace: bounds where they are finite and the same for all, rounded", () => {
  expect(describeSpace(box({ low: -0.7, high: 28.274333953857422, shape: [2, 3] }))).toBe(
    "Box [2, 3] in [-0.7, 28.274]",
  );
  expect(describeSpace(box({ low: -1, high: Infinity, shape: [4] }))).toBe("Box [4]");
  expect(describeSpace(box({ low: [-1, -2], high: 3 }))).toBe("Box [2]");
});

test("messages name the rule and the value", () => {
  expect(() => discrete(0)).toThrow("n of a discrete space must be an integer >= 1, got 0");
  expect(discrete(2 ** 32).sample(Random.fromSeed(0))).toBeLessThan(2 ** 32);
  expect(() => discrete(2 ** 40)).toThrow(
    "n of a discrete space must be at most 2^32, got 1099511627776: split it into a multiDiscrete space",
  );
  expect(() => discrete(2, 0.5)).toThrow("start of a discrete space must be an integer, got 0.5");
  expect(() => multiDiscrete([2, 0])).toThrow("must hold integers >= 1, got 0 at index 1");
  expect(() => multiBinary(-1)).toThrow("must be an integer >= 1, got -1");
  expect(() => box({ low: 1, high: 0 })).toThrow("a box needs low <= high");
  expect(() => box({ low: [0, 0], high: [1, 1, 1] })).toThrow("high of a box of shape [2] must have 2 elements, got 3");
  expect(() => box({ low: 0, high: 1, shape: [0] })).toThrow("shape of a box must hold integers >= 1, got [0]");
  expect(() => dict({})).toThrow("at least 1 entry");
  expect(() => spaceFromJson({ kind: "sphere" })).toThrow('got "sphere"');
  expect(() => spaceFromJson([])).toThrow("a space must be an object with a kind");
  expect(() => spaceFromJson({ kind: "discrete", n: 2, m: 1 })).toThrow("has the fields n, start, got m");
  expect(() => spaceFromJson({ kind: "discrete" })).toThrow("got undefined");
  expect(() => spaceFromJson({ kind: "box", shape: [1], low: "a", high: 1 })).toThrow('got "a"');
});

test("spaces are typed by their elements", () => {
  expectTypeOf<Discrete>().toExtend<Space<number>>();
  expectTypeOf<Box>().toExtend<Space<Float32Array>>();
  expectTypeOf<Box>().toExtend<Space<ArrayLike<number>>>();
  expectTypeOf<Box>().not.toExtend<Space<number>>();
  expectTypeOf<AnySpace>().toExtend<Space>();
  const space = dict({ position: box({ low: 0, high: 1 }), key: discrete(2) });
  expectTypeOf(space.sample(Random.fromSeed(0))).toEqualTypeOf<{ position: Float32Array; key: number }>();
  expectTypeOf(space).toExtend<Space<{ position: Float32Array; key: number }>>();
});

test.each([
  [{ kind: "box", shape: [3e8], low: 0, high: 1 }],
  [{ kind: "box", shape: [2e9], low: 0, high: 1 }],
  [{ kind: "box", shape: [1e5, 1e5, 1e300, 1e300], low: 0, high: 1 }],
  [
    {
      kind: "dict",
      spaces: Object.fromEntries(
        Array.from({ length: 1000 }, (_, i) => [`part${i}`, { kind: "box", shape: [1e7], low: 0, high: 1 }]),
      ),
    },
  ],
])("a JSON form of a few bytes takes no gigabytes: %#", (json) => {
  const start = performance.now();
  expect(() => spaceFromJson(json)).toThrow("the boxes of a space must hold at most 2^24 numbers, got the shape [");
  expect(performance.now() - start).toBeLessThan(1000);
});

test("a JSON form may be nested as deep as it likes and have names that objects have: it is refused in a sentence", () => {
  let deep: unknown = { kind: "discrete", n: 2 };
  for (let i = 0; i < 100_000; i++) deep = { kind: "dict", spaces: { inner: deep } };
  expect(() => spaceFromJson(deep)).toThrow("nested more than 50 deep");
  for (const name of ["constructor", "prototype", "toString"]) {
    const named = spaceFromJson({ kind: "dict", spaces: { [name]: { kind: "discrete", n: 2 } } });
    expect(named.contains({ [name]: 1 })).toBe(true);
    expect(named.contains({})).toBe(false);
    expect(() => spaceFromJson({ kind: "discrete", n: 2, [name]: 1 })).toThrow(`got ${name}`);
    expect(() => spaceFromJson({ kind: name })).toThrow("kind must be");
  }
  expect(() => spaceFromJson({ kind: "x".repeat(10_000) })).toThrow(/^.{0,200}$/);
});
