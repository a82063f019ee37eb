import { describe, expect, it } from "vitest";
import { hash128, Random } from "./random.js";

const draws = (random: Random, n = 4): number[] => Array.from({ length: n }, () => random.uint32());

/** χ² = Σ (observed − expected)² / expected for equally likely cells. */
function chiSquare(counts: ArrayLike<number>, total: number): number {
  const expected = total / counts.length;
  return Array.from(counts).reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe("the published algorithms", () => {
  it("gives the reference sequence of xoshiro128++ from the state 1, 2, 3, 4", () => {
    const random = Random.fromSnapshot({ key: [0, 0, 0, 0], state: [1, 2, 3, 4] });
    expect(draws(random, 10)).toEqual([
      641, 1573767, 3222811527, 3517856514, 836907274, 4247214768, 3867114732, 1355841295, 495546011, 621204420,
    ]);
  });

  it("gives the verification value that SMHasher publishes for MurmurHash3_x86_128", () => {
    const digests = new Uint8Array(16 * 256);
    for (let i = 0; i < 256; i++) {
      const seed = 256 - i;
      const bytes = Uint8Array.from({ length: i }, (_, j) => j);
      digests.set(new Uint8Array(hash128(bytes, [seed, seed, seed, seed]).buffer), 16 * i);
    }
    expect(hash128(digests, [0, 0, 0, 0])[0]).toBe(0xb3ece62a);
  });
});

describe("seeds and forks", () => {
  it("agrees with an independent computation of hash and generator", () => {
    expect(draws(Random.fromSeed(1))).toEqual([2128461997, 3250252490, 1444693541, 1592729709]);
    expect(draws(Random.fromSeed(1).fork("env"))).toEqual([2404971681, 121804432, 4203668792, 3972576755]);
    expect(draws(Random.fromSeed(Number.MAX_SAFE_INTEGER), 2)).toEqual([3995654161, 4191087334]);
  });

  it("forks by name, whatever has been drawn from the parent", () => {
    const parent = Random.fromSeed(7);
    const before = draws(parent.fork("policy"));
    parent.normal();
    draws(parent, 100);
    expect(draws(parent.fork("policy"))).toEqual(before);
    parent.fork("env");
    expect(draws(parent.fork("policy"))).toEqual(before);
  });

  it("does not advance the parent by forking", () => {
    const [a, b] = [Random.fromSeed(7), Random.fromSeed(7)];
    a.fork("x");
    expect(draws(a)).toEqual(draws(b));
  });

  it("keeps seeds, names and paths apart", () => {
    const root = Random.fromSeed(3);
    const streams = [
      root,
      root.fork(""),
      root.fork("a"),
      root.fork("b"),
      root.fork("ab"),
      root.fork("a").fork("b"),
      root.fork("b").fork("a"),
      root.fork("a").fork("a"),
      root.fork("a\0"),
      root.fork("a/b"),
      root.fork("é"),
    ];
    for (let i = 0; i < 200; i++) streams.push(root.fork(`${i}`), Random.fromSeed(1000 + i));
    for (let bit = 31; bit < 53; bit++) streams.push(Random.fromSeed(2 ** bit), Random.fromSeed(2 ** bit - 1));
    const first = streams.map((stream) => draws(stream).join());
    expect(new Set(first).size).toBe(streams.length);
  });

  it("decorrelates neighbouring seeds", () => {
    // The mean of n uniforms has deviation 1/√(12n).
    const n = 10_000;
    let sum = 0;
    let product = 0;
    for (let seed = 0; seed < n; seed++) {
      const [a, b] = [Random.fromSeed(seed).uniform(), Random.fromSeed(seed + 1).uniform()];
      sum += a;
      product += (a - 0.5) * (b - 0.5);
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
    expect(Math.abs(product / n)).toBeLessThan(4 / (12 * Math.sqrt(n)));
  });

  it("refuses what is not a seed", () => {
    for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
      expect(() => Random.fromSeed(seed)).toThrow(`seed must be an integer in [0, 2^53), got ${seed}`);
    }
  });
});

describe("uniform", () => {
  it("is uniform: chi-square over 256 cells, mean and variance", () => {
    const random = Random.fromSeed(0);
    const n = 256_000;
    const counts = new Int32Array(256);
    let [sum, squares] = [0, 0];
    for (let i = 0; i < n; i++) {
      const x = random.uniform();
      counts[Math.floor(x * 256)]++;
      sum += x;
      squares += x * x;
    }
    // 255 degrees of freedom: the 0.01 % and 99.99 % points are 177 and 347.
    const statistic = chiSquare(counts, n);
    expect(statistic).toBeGreaterThan(177);
    expect(statistic).toBeLessThan(347);
    expect(sum / n).toBeCloseTo(1 / 2, 2);
    expect(squares / n).toBeCloseTo(1 / 3, 2);
  });

  it("spreads its low bits as well", () => {
    const random = Random.fromSeed(5);
    const counts = new Int32Array(256);
    for (let i = 0; i < 256_000; i++) counts[(random.uniform() * 2 ** 53) % 256]++;
    expect(chiSquare(counts, 256_000)).toBeLessThan(347);
  });

  it("stays within [low, high), even where rounding would reach high", () => {
    const random = Random.fromSeed(1);
    const high = 1 + 2 ** -52;
    for (let i = 0; i < 1000; i++) {
      expect(random.uniform(1, high)).toBe(1);
      const x = random.uniform(-3, -2);
      expect(x >= -3 && x < -2).toBe(true);
    }
    expect(random.uniform(2, 2)).toBe(2);
    const singles = new Float32Array(100_000);
    random.fillUniform(singles, 0, 1);
    expect(singles.every((x) => x >= 0 && x < 1)).toBe(true);
    random.fillUniform(singles, 1, 1 + 2 ** -23);
    expect(singles.every((x) => x === 1)).toBe(true);
  });

  it("fills a Float64Array with the values of single calls", () => {
    const out = new Float64Array(9);
    Random.fromSeed(2).fillUniform(out, -1, 1);
    const random = Random.fromSeed(2);
    expect(Array.from(out)).toEqual(Array.from({ length: 9 }, () => random.uniform(-1, 1)));
  });

  it("refuses an interval that is none", () => {
    const message = "uniform needs low <= high with a finite difference, got low 1, high 0";
    expect(() => Random.fromSeed(0).uniform(1, 0)).toThrow(message);
    expect(() => Random.fromSeed(0).fillUniform(new Float32Array(1), 1, 0)).toThrow(message);
    expect(() => Random.fromSeed(0).uniform(0, Infinity)).toThrow("high Infinity");
    expect(() => Random.fromSeed(0).uniform(NaN, 1)).toThrow("low NaN");
  });
});

describe("int", () => {
  it.each([1, 2, 3, 6, 10, 100])("is uniform over 0 … %d − 1", (n) => {
    const random = Random.fromSeed(n);
    const counts = new Int32Array(n);
    for (let i = 0; i < 1000 * n; i++) counts[random.int(n)]++;
    // χ² with k degrees of freedom has mean k and deviation √(2k).
    expect(chiSquare(counts, 1000 * n)).toBeLessThanOrEqual(n - 1 + 4.5 * Math.sqrt(2 * (n - 1)));
  });

  it("has no bias where a plain remainder would have a gross one", () => {
    // n = 3·2³⁰: x mod n would fall into the lowest third half of the time.
    const n = 3 * 2 ** 30;
    const random = Random.fromSeed(4);
    const thirds = new Int32Array(3);
    for (let i = 0; i < 30_000; i++) thirds[Math.floor(random.int(n) / 2 ** 30)]++;
    expect(chiSquare(thirds, 30_000)).toBeLessThan(20);
  });

  it("is the high word of x·n, exactly, for large n", () => {
    for (const n of [2 ** 32, 2 ** 32 - 1, 2 ** 31 + 1, 4294967291, 2 ** 21 + 1]) {
      const [a, b] = [Random.fromSeed(n), Random.fromSeed(n)];
      for (let i = 0; i < 2000; i++) {
        let product: bigint;
        do product = BigInt(b.uint32()) * BigInt(n);
        while (product % 2n ** 32n < 2n ** 32n % BigInt(n));
        expect(a.int(n)).toBe(Number(product >> 32n));
      }
    }
  });

  it("refuses what is not a count", () => {
    for (const n of [0, -1, 1.5, NaN, 2 ** 32 + 1]) {
      expect(() => Random.fromSeed(0).int(n)).toThrow(`n must be an integer in [1, 2^32], got ${n}`);
    }
  });
});

describe("normal", () => {
  it("has the moments of N(0, 1)", () => {
    const n = 400_000;
    const out = new Float64Array(n);
    Random.fromSeed(11).fillNormal(out);
    const moment = (p: number) => out.reduce((sum, x) => sum + x ** p, 0) / n;
    // Deviations of the sample moments: √(1/n), √(2/n), √(15/n), √(96/n).
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
    const neighbours = out.reduce((sum, x, i) => sum + (i > 0 ? x * out[i - 1] : 0), 0) / n;
    expect(Math.abs(neighbours)).toBeLessThan(4 * Math.sqrt(1 / n));
  });

  it("falls into the deciles of N(0, 1) equally often", () => {
    const deciles = [-1.2815515655, -0.8416212336, -0.5244005127, -0.2533471031, 0];
    const edges = [...deciles, ...deciles.slice(0, 4).map((z) => -z)].sort((a, b) => a - b);
    const random = Random.fromSeed(12);
    const counts = new Int32Array(10);
    for (let i = 0; i < 100_000; i++) {
      const x = random.normal();
      counts[edges.filter((edge) => x >= edge).length]++;
    }
    expect(chiSquare(counts, 100_000)).toBeLessThan(34); // 9 degrees of freedom: 99.99 % point 33.7
  });

  it("has the tails of N(0, 1), where the ziggurat ends at 3.654 included", () => {
    const n = 2_000_000;
    const out = new Float32Array(n);
    Random.fromSeed(13).fillNormal(out);
    // P(|x| > t) = erfc(t/√2)
    const tails = [
      [1, 0.3173105078629141],
      [2, 0.0455002638963584],
      [3, 0.0026997960632602],
      [3.654152885361009, 0.0002580324876539],
      [4, 0.0000633424836662],
    ];
    for (const [t, probability] of tails) {
      for (const sign of [1, -1]) {
        const count = out.reduce((sum, x) => sum + (sign * x > t ? 1 : 0), 0);
        const expected = (n * probability) / 2;
        expect(Math.abs(count - expected)).toBeLessThan(4 * Math.sqrt(expected));
      }
    }
  });

  it("fills with the values of single calls, rounded to the array's precision", () => {
    const random = Random.fromSeed(3);
    const expected = Array.from({ length: 7 }, () => random.normal());
    const [doubles, singles] = [new Float64Array(7), new Float32Array(7)];
    Random.fromSeed(3).fillNormal(doubles);
    Random.fromSeed(3).fillNormal(singles);
    expect(Array.from(doubles)).toEqual(expected);
    expect(Array.from(singles)).toEqual(expected.map(Math.fround));
  });
});

describe("orders and choices", () => {
  it("gives every order of three equally often", () => {
    const random = Random.fromSeed(21);
    const counts = new Map<string, number>();
    for (let i = 0; i < 60_000; i++) {
      const order = random.permutation(3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    expect(chiSquare([...counts.values()], 60_000)).toBeLessThan(26); // 5 degrees of freedom: 99.99 % point 25.7
  });

  it("shuffles arrays of every kind alike and loses nothing", () => {
    const plain = ["a", "b", "c", "d", "e"];
    const ints = new Int32Array([0, 1, 2, 3, 4]);
    const out = new Int32Array(5);
    Random.fromSeed(8).shuffle(plain);
    Random.fromSeed(8).shuffle(ints);
    expect(plain).toEqual(Array.from(ints, (i) => "abcde"[i]));
    expect(Random.fromSeed(8).permutation(5, out)).toBe(out);
    expect(out).toEqual(ints);
    expect(Array.from(ints).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(() => Random.fromSeed(8).permutation(4, out)).toThrow("out must hold n = 4 elements, got 5");
  });

  it("chooses with the given probabilities", () => {
    const random = Random.fromSeed(31);
    const probabilities = [0, 0.5, 0.25, 0, 0.25, 0];
    const counts = new Int32Array(6);
    for (let i = 0; i < 40_000; i++) counts[random.categorical(probabilities)]++;
    expect([counts[0], counts[3], counts[5]]).toEqual([0, 0, 0]);
    expect(Math.abs(counts[1] - 20_000)).toBeLessThan(400); // deviation 100
    expect(Math.abs(counts[2] - 10_000)).toBeLessThan(350); // deviation 87
    expect(random.categorical(new Float32Array([0, 0, 1]))).toBe(2);
  });

  it("refuses what is not a distribution", () => {
    const random = Random.fromSeed(0);
    expect(() => random.categorical([0.5, -0.5, 1])).toThrow("probabilities must be >= 0, got -0.5 at index 1");
    expect(() => random.categorical([NaN, 1])).toThrow("got NaN at index 0");
    expect(() => random.categorical([0.5, 0.25])).toThrow("probabilities must sum to 1, got a sum of 0.75");
    expect(() => random.categorical([])).toThrow("probabilities must sum to 1, got a sum of 0");
  });
});

describe("snapshot and restore", () => {
  it("continues bit for bit through JSON, between normals too", () => {
    const random = Random.fromSeed(99).fork("policy");
    for (const normals of [0, 1, 2]) {
      for (let i = 0; i < normals; i++) random.normal();
      const snapshot = JSON.parse(JSON.stringify(random.snapshot()));
      const copy = Random.fromSnapshot(snapshot);
      const next = (stream: Random) => [stream.normal(), stream.uniform(), stream.normal(), stream.int(1000)];
      const expected = next(random);
      expect(next(copy)).toEqual(expected);
      const other = Random.fromSeed(0);
      other.normal();
      other.restore(snapshot);
      expect(next(other)).toEqual(expected);
      expect(draws(copy.fork("child"))).toEqual(draws(random.fork("child")));
    }
  });

  it("does not share memory with the stream", () => {
    const random = Random.fromSeed(1);
    const snapshot = random.snapshot();
    const before = JSON.stringify(snapshot);
    random.normal();
    expect(JSON.stringify(snapshot)).toBe(before);
  });

  it("refuses a damaged state", () => {
    const good = Random.fromSeed(1).snapshot();
    expect(() => Random.fromSnapshot({ ...good, state: [0, 0, 0, 0] })).toThrow("must not be all zero");
    expect(() => Random.fromSnapshot({ ...good, state: [1, 2, 3] })).toThrow(
      "random state: state must be four integers in [0, 2^32), got [1,2,3]",
    );
    expect(() => Random.fromSnapshot({ ...good, key: [1, 2, 3, -4] })).toThrow("key must be four integers");
  });
});
