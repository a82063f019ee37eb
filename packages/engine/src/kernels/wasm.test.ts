import { describe, expect, it } from "vitest";
import { Activation, Binary, type Kernels, Reduction, Unary } from "./kernels.js";
import { referenceKernels } from "./reference.js";
import { minimumPages, wasmKernels } from "./wasm.js";

const memory = new WebAssembly.Memory({ initial: minimumPages + 160 });
const { kernels: fast, heapBase } = wasmKernels(memory);
const oracle = referenceKernels(memory);

const sizes = [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 129];
const specials = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 1e-40, -1e-40, 1e-30, 3.4e38, -3.4e38, 0.5, 2];

/** A deterministic stream in (−1, 1) (a linear congruential generator modulo 2³²). */
function stream(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 32) * 2 - 1;
  };
}

/** Blocks of memory behind one another, with a guard value behind each that must survive. */
class Arena {
  private top = (heapBase + 15) & ~15;
  private readonly guards: number[] = [];
  readonly random = stream(this.top);

  floats(n: number, fill: (i: number) => number = this.random): number {
    const pointer = this.top;
    const view = new Float32Array(memory.buffer, pointer, n + 1);
    for (let i = 0; i < n; i++) view[i] = fill(i);
    view[n] = 12345;
    this.guards.push(pointer + n * 4);
    this.top = (pointer + (n + 1) * 4 + 15) & ~15;
    return pointer;
  }
  ints(n: number, fill: (i: number) => number): number {
    const pointer = this.floats(n, () => 0);
    const view = new Int32Array(memory.buffer, pointer, n);
    for (let i = 0; i < n; i++) view[i] = fill(i);
    return pointer;
  }
  checkGuards(): void {
    for (const guard of this.guards) expect(new Float32Array(memory.buffer, guard, 1)[0]).toBe(12345);
  }
}

const read = (pointer: number, n: number) => new Float32Array(memory.buffer, pointer, n).slice();

/**
 * |a − b| ≤ tolerance·(|b| + scale) in every place, non-finite values in the same places. Results below the normal range
 * of f32 are allowed one step of it.
 */
function expectClose(actual: Float32Array, expected: Float32Array, tolerance = 2e-6, scale = 1, what = ""): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i];
    const e = expected[i];
    if (Object.is(a, e)) continue;
    if (!(Math.abs(a - e) <= tolerance * (Math.abs(e) + scale) + 1.5e-45)) {
      expect.fail(`${what}[${i}]: got ${a}, expected ${e}`);
    }
  }
}

/** Runs `call` with both kernels on the same inputs; `outputs` are compared, and put back in between. */
function compare(
  arena: Arena,
  outputs: readonly (readonly [pointer: number, n: number])[],
  call: (kernels: Kernels) => unknown,
  { tolerance = 2e-6, scale = 1, what = "" } = {},
): void {
  const before = outputs.map(([pointer, n]) => read(pointer, n));
  call(oracle);
  const expected = outputs.map(([pointer, n]) => read(pointer, n));
  outputs.forEach(([pointer, n], i) => {
    new Float32Array(memory.buffer, pointer, n).set(before[i]);
  });
  call(fast);
  outputs.forEach(([pointer, n], i) => {
    expectClose(read(pointer, n), expected[i], tolerance, scale, what);
  });
  arena.checkGuards();
}

const withSpecials = (arena: Arena) => (i: number) =>
  i % 3 === 1 ? specials[((i / 3) % specials.length) | 0] : arena.random() * 4;

describe("the WebAssembly kernels", () => {
  it("are the ones that run: native functions, none of them the oracle's", () => {
    for (const name of Object.keys(oracle) as (keyof Kernels)[]) {
      expect(fast[name]).not.toBe(oracle[name]);
      expect(Function.prototype.toString.call(fast[name])).toContain("[native code]");
    }
  });

  it("refuse a memory that is too small", () => {
    expect(() => wasmKernels(new WebAssembly.Memory({ initial: 1 }))).toThrow(`at least ${minimumPages} pages, got 1`);
  });

  it("survive a memory that grows", () => {
    const growing = new WebAssembly.Memory({ initial: minimumPages });
    const { kernels } = wasmKernels(growing);
    growing.grow(1);
    const pointer = minimumPages * 65536;
    kernels.fill(5, 2.5, pointer);
    expect([...new Float32Array(growing.buffer, pointer, 6)]).toEqual([2.5, 2.5, 2.5, 2.5, 2.5, 0]);
  });

  it("read nothing behind the end of memory", () => {
    const small = new WebAssembly.Memory({ initial: minimumPages });
    const { kernels } = wasmKernels(small);
    const end = minimumPages * 65536;
    const last = (n: number) => end - 4 * n; // an array that ends with the memory
    for (const n of [1, 2, 3]) {
      const at = last(n) & ~15;
      for (const op of Object.values(Unary)) kernels.unary(op, (end - at) / 4 - 1, at, at);
      kernels.gemm(1, 0, 5, 3, 7, last(35), last(21), end - 4096, 0, 0, 0);
      kernels.gemm(0, 1, 5, 3, 7, last(35), last(21), end - 4096, 0, 0, 0);
      kernels.gemm(1, 1, 5, 9, 7, last(35), last(63), end - 4096, 0, 0, 0);
      kernels.gemm(0, 0, 5, 9, 7, last(35), last(63), end - 4096, last(9), 0, 0);
      kernels.gemm(1, 0, 70, 130, 70, last(4900), last(9100), end - 1e5 + (1e5 % 16), last(130), 0, 0);
      kernels.binaryRow(0, 3, n, last(3 * n), last(n), end - 4096);
      kernels.reduceColumns(0, 3, n, last(3 * n), end - 4096);
      kernels.reduceRows(0, 3, n, last(3 * n), end - 4096);
      kernels.logSoftmax(3, n, last(3 * n), end - 4096);
    }
  });
});

describe("gemm", () => {
  const shapes = [
    [1, 1, 1],
    [1, 64, 4],
    [1, 64, 64],
    [1, 2, 64],
    [1, 1, 64],
    [2, 33, 5],
    [3, 7, 9],
    [4, 8, 4],
    [5, 9, 3],
    [6, 4, 17],
    [8, 64, 64],
    [17, 23, 31],
    [64, 2, 64],
    [64, 1, 64],
    [64, 64, 4],
    [4, 64, 64],
    [33, 65, 63],
    [63, 100, 129],
    [23, 3, 1],
    [7, 5, 300],
    [35, 64, 300],
    [40, 130, 70],
    [3, 2, 301],
    [9, 520, 17],
    [20, 530, 260],
    [0, 4, 4],
    [4, 0, 4],
    [5, 9, 0],
    [3, 2, 0],
    [1, 7, 0],
    [20, 3, 0],
  ];
  for (const [m, n, k] of shapes) {
    it(`${m} × ${n} × ${k}: every layout, bias, activation, accumulation`, () => {
      for (const transA of [0, 1]) {
        for (const transB of [0, 1]) {
          const arena = new Arena();
          const a = arena.floats(m * k);
          const b = arena.floats(k * n);
          const bias = arena.floats(n);
          const c = arena.floats(m * n);
          const options = { tolerance: 3e-6, scale: Math.sqrt(k) + 1, what: `trans ${transA}${transB} ` };
          for (const activation of Object.values(Activation)) {
            for (const withBias of [0, bias]) {
              compare(
                arena,
                [[c, m * n]],
                (kernels) => kernels.gemm(transA, transB, m, n, k, a, b, c, withBias, activation, 0),
                options,
              );
            }
          }
          compare(arena, [[c, m * n]], (kernels) => kernels.gemm(transA, transB, m, n, k, a, b, c, 0, 0, 1), options);
        }
      }
    });
  }

  it("gives a row the same bits alone and in a batch", () => {
    for (const [m, n, k] of [
      [64, 64, 64],
      [37, 2, 64],
      [37, 1, 64],
      [40, 200, 300],
      [33, 23, 17],
      [64, 64, 4],
      [19, 6, 33],
    ]) {
      for (const transB of [0, 1]) {
        const arena = new Arena();
        const a = arena.floats(m * k);
        const b = arena.floats(k * n);
        const bias = arena.floats(n);
        const c = arena.floats(m * n);
        const row = arena.floats(n);
        fast.gemm(0, transB, m, n, k, a, b, c, bias, Activation.tanh, 0);
        for (let i = 0; i < m; i++) {
          fast.gemm(0, transB, 1, n, k, a + i * k * 4, b, row, bias, Activation.tanh, 0);
          expect(read(row, n)).toEqual(read(c + i * n * 4, n));
        }
      }
    }
  });

  it("lets NaN and infinities through", () => {
    for (const bad of [Number.NaN, Infinity]) {
      for (const [m, n, k] of [
        [5, 9, 7],
        [5, 2, 7],
        [64, 64, 64],
        [1, 40, 8],
      ]) {
        const arena = new Arena();
        const a = arena.floats(m * k, (i) => (i === k - 1 ? bad : 1));
        const b = arena.floats(k * n, () => 1);
        const c = arena.floats(m * n);
        fast.gemm(0, 0, m, n, k, a, b, c, 0, 0, 0);
        expect(read(c, n)).toEqual(new Float32Array(n).fill(bad));
        expect(read(c + n * 4, (m - 1) * n)).toEqual(new Float32Array((m - 1) * n).fill(k));
      }
    }
  });
});

describe("element-wise kernels", () => {
  for (const [name, op] of Object.entries(Unary)) {
    it(`unary ${name}`, () => {
      for (const n of sizes) {
        const arena = new Arena();
        const draw = withSpecials(arena);
        // The residue of an argument like 3.4e38 needs more digits than sin and cos reduce with.
        const periodic = op === Unary.sin || op === Unary.cos;
        const x = arena.floats(n, (i) => {
          const value = draw(i);
          return periodic && Number.isFinite(value) ? value % 100 : value;
        });
        const y = arena.floats(n);
        compare(arena, [[y, n]], (kernels) => kernels.unary(op, n, x, y), { tolerance: 4e-7, scale: 0, what: name });
        fast.unary(op, n, x, x); // in place
        expect(read(x, n)).toEqual(read(y, n));
      }
    });

    it(`unary ${name}: the last elements have the bits of the first`, () => {
      const arena = new Arena();
      for (const value of [...specials, 0.1, -0.7, 3.3, 40]) {
        const x = arena.floats(11, () => value);
        fast.unary(op, 11, x, x);
        expect(new Set(read(x, 11)).size).toBe(1);
      }
    });
  }

  for (const [name, op] of Object.entries(Binary)) {
    it(`binary ${name}`, () => {
      // The oracle rounds the gradient forms once, the kernels in every step: 1 − y² loses digits near |y| = 1.
      const options = { tolerance: op >= Binary.tanhGrad ? 1e-4 : 3e-7, scale: 0, what: name };
      for (const n of [...sizes, specials.length ** 2]) {
        const arena = new Arena();
        const squared = n === specials.length ** 2; // every special value against every other
        const a = arena.floats(n, squared ? (i) => specials[(i / specials.length) | 0] : withSpecials(arena));
        const b = arena.floats(n, squared ? (i) => specials[i % specials.length] : arena.random);
        const y = arena.floats(n);
        // The oracle rounds once, the gradient forms in f32 twice: overflow in between may differ.
        if (squared && op >= Binary.tanhGrad) continue;
        compare(arena, [[y, n]], (kernels) => kernels.binary(op, n, a, b, y), options);
        compare(arena, [[y, n]], (kernels) => kernels.binaryScalar(op, n, a, 0.3, y), options);
        for (const rows of [0, 1, 2, 5]) {
          const table = arena.floats(rows * n);
          const column = arena.floats(rows);
          const out = arena.floats(rows * n);
          compare(arena, [[out, rows * n]], (kernels) => kernels.binaryRow(op, rows, n, table, b, out), options);
          compare(
            arena,
            [[out, rows * n]],
            (kernels) => kernels.binaryColumn(op, rows, n, table, column, out),
            options,
          );
        }
      }
    });
  }

  it("select", () => {
    for (const n of sizes) {
      const arena = new Arena();
      const mask = arena.floats(n, (i) => [0, -0, 1, Number.NaN, -3][i % 5]);
      const a = arena.floats(n);
      const b = arena.floats(n);
      const y = arena.floats(n);
      compare(arena, [[y, n]], (kernels) => kernels.select(n, mask, a, b, y), { tolerance: 0 });
    }
  });
});

/** Units in the last place of f32 between a and the exact (f64) value e. */
function ulps(a: number, e: number): number {
  if (Object.is(a, Math.fround(e))) return 0;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(e))), -126);
  return Math.abs(a - e) / 2 ** (exponent - 23);
}

describe("accuracy, in units in the last place", () => {
  const cases: [keyof typeof Unary, (x: number) => number, number, number, number][] = [
    ["exp", Math.exp, -104, 89, 1],
    ["exp", Math.exp, -1, 1, 1],
    ["tanh", Math.tanh, -10, 10, 2.5],
    ["tanh", Math.tanh, -0.01, 0.01, 2.5],
    ["log", Math.log, 1e-38, 4, 1],
    ["log", Math.log, 0.9, 1.1, 1],
    ["log", Math.log, 1, 1e30, 1],
    ["log1p", Math.log1p, -0.99, 2, 2],
    ["log1p", Math.log1p, -1e-3, 1e-3, 2],
    ["sigmoid", (x) => 1 / (1 + Math.exp(-x)), -85, 85, 2.5],
    ["softplus", (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), -85, 85, 3],
    ["sin", Math.sin, -1e4, 1e4, 0.51],
    ["cos", Math.cos, -1e4, 1e4, 0.51],
    ["sin", Math.sin, -7, 7, 0.51],
    ["sqrt", Math.sqrt, 0, 1e6, 0.51],
  ];
  for (const [name, exact, low, high, limit] of cases) {
    it(`${name} on [${low}, ${high}] is within ${limit}`, () => {
      const n = 100_000;
      const arena = new Arena();
      const x = arena.floats(n, (i) => low + ((high - low) * (i + 0.37)) / n);
      const y = arena.floats(n);
      fast.unary(Unary[name], n, x, y);
      const inputs = read(x, n);
      const outputs = read(y, n);
      let worst = 0;
      for (let i = 0; i < n; i++) worst = Math.max(worst, ulps(outputs[i], exact(inputs[i])));
      expect(worst).toBeLessThanOrEqual(limit);
    });
  }

  it("erf is within 2 of the oracle", () => {
    const n = 20_000;
    const arena = new Arena();
    const x = arena.floats(n, (i) => -5 + (10 * (i + 0.37)) / n);
    const y = arena.floats(n);
    compare(arena, [[y, n]], (kernels) => kernels.unary(Unary.erf, n, x, y), { tolerance: 2.4e-7, scale: 0 });
  });

  it("sin and cos of huge arguments stay in [−1, 1]", () => {
    const arena = new Arena();
    const x = arena.floats(64, (i) => 10 ** (i % 38) * 1.37);
    const y = arena.floats(64);
    for (const op of [Unary.sin, Unary.cos]) {
      fast.unary(op, 64, x, y);
      for (const value of read(y, 64)) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    }
  });
});

describe("moving data", () => {
  it("fill", () => {
    for (const n of sizes) {
      const arena = new Arena();
      const y = arena.floats(n);
      compare(arena, [[y, n]], (kernels) => kernels.fill(n, 1.5, y), { tolerance: 0 });
    }
  });

  it("copyStrided: transposes, broadcasts, slices, with and without accumulation", () => {
    const cases = [
      // d, xs, ys
      [
        [1, 1, 5, 7],
        [0, 0, 7, 1],
        [0, 0, 7, 1],
      ], // plain
      [
        [1, 1, 5, 7],
        [0, 0, 1, 5],
        [0, 0, 7, 1],
      ], // transpose
      [
        [1, 1, 64, 65],
        [0, 0, 1, 64],
        [0, 0, 65, 1],
      ],
      [
        [1, 1, 8, 8],
        [0, 0, 1, 8],
        [0, 0, 8, 1],
      ],
      [
        [2, 3, 4, 5],
        [60, 20, 5, 1],
        [1, 2, 6, 24],
      ], // all axes reversed
      [
        [2, 3, 4, 5],
        [0, 0, 0, 1],
        [60, 20, 5, 1],
      ], // broadcast of a row
      [
        [2, 3, 4, 5],
        [3, 1, 0, 0],
        [60, 20, 5, 1],
      ], // broadcast of columns
      [
        [1, 2, 3, 4],
        [0, 40, 10, 2],
        [0, 12, 4, 1],
      ], // slice with a step
      [
        [1, 1, 0, 4],
        [0, 0, 4, 1],
        [0, 0, 4, 1],
      ],
    ];
    for (const [[d0, d1, d2, d3], [x0, x1, x2, x3], [y0, y1, y2, y3]] of cases) {
      for (const accumulate of [0, 1]) {
        const arena = new Arena();
        const x = arena.floats(5000);
        const y = arena.floats(5000);
        compare(
          arena,
          [[y, 5000]],
          (kernels) => kernels.copyStrided(d0, d1, d2, d3, x0, x1, x2, x3, y0, y1, y2, y3, x, y, accumulate),
          { tolerance: 1e-7 },
        );
      }
    }
    // Back to front: a negative stride.
    const arena = new Arena();
    const x = arena.floats(6, (i) => i);
    const y = arena.floats(6);
    fast.copyStrided(1, 1, 1, 6, 0, 0, 0, -1, 0, 0, 0, 1, x + 20, y, 0);
    expect([...read(y, 6)]).toEqual([5, 4, 3, 2, 1, 0]);
  });

  it("copyStrided: the gradient of a broadcast sums into one element", () => {
    const arena = new Arena();
    const x = arena.floats(24, () => 1);
    const y = arena.floats(6, () => 0);
    fast.copyStrided(1, 1, 4, 6, 0, 0, 6, 1, 0, 0, 0, 1, x, y, 1);
    expect([...read(y, 6)]).toEqual([4, 4, 4, 4, 4, 4]);
  });

  it("pick, pickGrad, gatherRows, scatterAddRows", () => {
    for (const rows of sizes) {
      for (const cols of [1, 2, 3, 4, 7, 64]) {
        const arena = new Arena();
        const index = arena.ints(rows, (i) => (i * 7 + 3) % cols);
        const x = arena.floats(rows * cols);
        const y = arena.floats(rows);
        const dx = arena.floats(rows * cols);
        compare(arena, [[y, rows]], (kernels) => kernels.pick(rows, cols, x, index, y), { tolerance: 0 });
        compare(arena, [[dx, rows * cols]], (kernels) => kernels.pickGrad(rows, cols, y, index, dx), { tolerance: 0 });
        const lookUp = arena.ints(rows, (i) => (i * i) % 5);
        const table = arena.floats(5 * cols);
        compare(arena, [[dx, rows * cols]], (kernels) => kernels.gatherRows(rows, cols, table, lookUp, dx), {
          tolerance: 0,
        });
        compare(arena, [[table, 5 * cols]], (kernels) => kernels.scatterAddRows(rows, cols, dx, lookUp, table), {
          tolerance: 0,
        });
      }
    }
  });
});

describe("reductions", () => {
  it("reduceRows and reduceColumns", () => {
    for (const op of Object.values(Reduction)) {
      for (const rows of [0, 1, 3, 5, 64, 300]) {
        for (const cols of sizes) {
          const arena = new Arena();
          const x = arena.floats(rows * cols);
          const y = arena.floats(rows);
          const z = arena.floats(cols);
          const options = { scale: 4, what: `op ${op}, ${rows} × ${cols}` };
          compare(arena, [[y, rows]], (kernels) => kernels.reduceRows(op, rows, cols, x, y), options);
          compare(arena, [[z, cols]], (kernels) => kernels.reduceColumns(op, rows, cols, x, z), options);
        }
      }
    }
  });

  it("activationGrad: the gradient op and its column sums, to the bit", () => {
    const gradients = { 1: Binary.reluGrad, 2: Binary.tanhGrad, 3: Binary.sigmoidGrad };
    for (const [activation, op] of Object.entries(gradients)) {
      for (const rows of [0, 1, 3, 64, 300]) {
        for (const cols of sizes) {
          const arena = new Arena();
          const [dy, y, dz, wantedDz] = [0, 1, 2, 3].map(() => arena.floats(rows * cols));
          const [db, wantedDb] = [arena.floats(cols), arena.floats(cols)];
          fast.activationGrad(Number(activation), rows, cols, dy, y, dz, db);
          fast.binary(op, rows * cols, dy, y, wantedDz);
          fast.reduceColumns(Reduction.sum, rows, cols, wantedDz, wantedDb);
          expect(read(dz, rows * cols)).toEqual(read(wantedDz, rows * cols));
          if (cols > 1) expect(read(db, cols)).toEqual(read(wantedDb, cols));
          const run = (kernels: Kernels) => kernels.activationGrad(Number(activation), rows, cols, dy, y, dz, db);
          compare(
            arena,
            [
              [dz, rows * cols],
              [db, cols],
            ],
            run,
            { scale: 4, what: `activation ${activation}, ${rows} × ${cols}` },
          );
        }
      }
    }
  });

  it("propagate NaN from every place", () => {
    for (const op of Object.values(Reduction)) {
      for (let at = 0; at < 23; at++) {
        const arena = new Arena();
        const x = arena.floats(23, (i) => (i === at ? Number.NaN : i));
        const y = arena.floats(23);
        fast.reduceRows(op, 1, 23, x, y);
        expect(read(y, 1)[0]).toBeNaN();
        fast.reduceColumns(op, 23, 1, x, y);
        expect(read(y, 1)[0]).toBeNaN();
      }
    }
  });

  it("a long sum of equal terms does not drift", () => {
    const n = 1_000_000;
    const arena = new Arena();
    const x = arena.floats(n, () => 0.1);
    const y = arena.floats(1);
    fast.reduceRows(Reduction.sum, 1, n, x, y);
    expect(Math.abs(read(y, 1)[0] / (n * Math.fround(0.1)) - 1)).toBeLessThan(1e-6);
    fast.reduceColumns(Reduction.sum, n / 4, 4, x, y);
    expect(Math.abs(read(y, 1)[0] / ((n / 4) * Math.fround(0.1)) - 1)).toBeLessThan(2e-5);
  });

  it("argmaxRows: the first maximum; NaN is the maximum", () => {
    const rows = [
      [1, 3, 3, 2],
      [5, 1, 5, 5],
      [-Infinity, -Infinity, -Infinity, -Infinity],
      [1, Number.NaN, 9, Number.NaN],
      [Number.NaN, 1, 2, 3],
      [0, -0, 0, 0],
      [-5, -4, -3, -2],
    ];
    const arena = new Arena();
    const x = arena.floats(rows.length * 4, (i) => rows[i >> 2][i & 3]);
    const y = arena.ints(rows.length, () => -1);
    for (const kernels of [fast, oracle]) {
      kernels.argmaxRows(rows.length, 4, x, y);
      expect([...new Int32Array(memory.buffer, y, rows.length)]).toEqual([1, 0, 0, 1, 0, 0, 3]);
    }
    for (const cols of sizes) {
      const values = arena.floats(5 * cols);
      compare(arena, [[y, 5]], (kernels) => kernels.argmaxRows(5, cols, values, y), { tolerance: 0 });
    }
  });

  it("dot, sumSquares, allFinite", () => {
    for (const n of sizes) {
      const arena = new Arena();
      const a = arena.floats(n);
      const b = arena.floats(n);
      expect(fast.dot(n, a, b)).toBeCloseTo(oracle.dot(n, a, b), 12);
      expect(fast.sumSquares(n, a)).toBeCloseTo(oracle.sumSquares(n, a), 12);
      expect(fast.allFinite(n, a)).toBe(1);
      for (let at = 0; at < n; at++) {
        for (const bad of [Number.NaN, Infinity, -Infinity]) {
          const view = new Float32Array(memory.buffer, a, n);
          const kept = view[at];
          view[at] = bad;
          expect(fast.allFinite(n, a)).toBe(0);
          view[at] = kept;
        }
      }
    }
    const arena = new Arena();
    expect(
      fast.allFinite(
        20,
        arena.floats(20, () => 3.4e38),
      ),
    ).toBe(1);
  });
});

describe("softmax", () => {
  it("softmax, logSoftmax and their gradients", () => {
    for (const rows of [0, 1, 2, 5, 64]) {
      for (const cols of [...sizes, 5000]) {
        const arena = new Arena();
        const n = rows * cols;
        const x = arena.floats(n, () => arena.random() * 10);
        const dy = arena.floats(n);
        const y = arena.floats(n);
        const dx = arena.floats(n);
        const what = `${rows} × ${cols}`;
        compare(arena, [[y, n]], (kernels) => kernels.softmax(rows, cols, x, y), { tolerance: 3e-6, scale: 0, what });
        compare(arena, [[dx, n]], (kernels) => kernels.softmaxGrad(rows, cols, y, dy, dx), { scale: 0.1, what });
        compare(arena, [[y, n]], (kernels) => kernels.logSoftmax(rows, cols, x, y), { tolerance: 1e-6, what });
        compare(arena, [[dx, n]], (kernels) => kernels.logSoftmaxGrad(rows, cols, y, dy, dx), { scale: 1, what });
      }
    }
  });

  it("is stable for large entries, and gives masked entries probability 0", () => {
    const rows = [
      [1000, 1000, -1000],
      [3e38, -3e38, 0],
      [-Infinity, 2, 2],
      [-Infinity, 7, -Infinity],
    ];
    const arena = new Arena();
    const x = arena.floats(12, (i) => rows[(i / 3) | 0][i % 3]);
    const y = arena.floats(12);
    fast.softmax(4, 3, x, y);
    expect([...read(y, 12)]).toEqual([0.5, 0.5, 0, 1, 0, 0, 0, 0.5, 0.5, 0, 1, 0]);
    fast.logSoftmax(4, 3, x, y);
    const half = Math.fround(-Math.LN2);
    const expected = [
      half,
      half,
      -2000 - Math.LN2,
      0,
      -Infinity,
      -3e38,
      -Infinity,
      half,
      half,
      -Infinity,
      0,
      -Infinity,
    ];
    expectClose(read(y, 12), new Float32Array(expected), 1e-6);
  });
});

describe("layerNorm", () => {
  it("and its gradient, with and without gamma and beta", () => {
    for (const rows of [0, 1, 3, 33]) {
      for (const cols of [1, 2, 3, 4, 5, 17, 64, 65]) {
        for (const affine of [false, true]) {
          const arena = new Arena();
          const n = rows * cols;
          const x = arena.floats(n, () => 3 + arena.random());
          const gamma = affine ? arena.floats(cols) : 0;
          const beta = affine ? arena.floats(cols) : 0;
          const y = arena.floats(n);
          const mean = arena.floats(rows);
          const rstd = arena.floats(rows);
          const eps = 1e-3;
          const options = { tolerance: 2e-4, what: `${rows} × ${cols}` };
          compare(
            arena,
            [
              [y, n],
              [mean, rows],
              [rstd, rows],
            ],
            (kernels) => kernels.layerNorm(rows, cols, x, gamma, beta, eps, y, mean, rstd),
            options,
          );
          const dy = arena.floats(n);
          const dx = arena.floats(n);
          const dgamma = affine ? arena.floats(cols) : 0;
          const dbeta = affine ? arena.floats(cols) : 0;
          compare(
            arena,
            [
              [dx, n],
              [dgamma, affine ? cols : 0],
              [dbeta, affine ? cols : 0],
            ],
            (kernels) => kernels.layerNormGrad(rows, cols, x, gamma, mean, rstd, dy, dx, dgamma, dbeta),
            options,
          );
        }
      }
    }
  });
});

describe("convolution", () => {
  it("im2col and col2im", () => {
    const cases = [
      // batch, height, width, channels, kernel h w, stride h w, pad h w
      [1, 5, 5, 1, 3, 3, 1, 1, 0, 0],
      [2, 5, 7, 3, 3, 2, 2, 1, 1, 1],
      [2, 8, 8, 4, 4, 4, 2, 2, 0, 0],
      [1, 3, 3, 5, 3, 3, 1, 1, 2, 2],
      [3, 1, 6, 2, 1, 3, 1, 2, 0, 1],
      [1, 2, 2, 1, 5, 5, 1, 1, 3, 3],
      [1, 2, 2, 3, 1, 1, 1, 1, 2, 2],
      [0, 4, 4, 1, 2, 2, 1, 1, 0, 0],
    ];
    for (const [batch, height, width, channels, kh, kw, sh, sw, ph, pw] of cases) {
      const outH = Math.floor((height + 2 * ph - kh) / sh) + 1;
      const outW = Math.floor((width + 2 * pw - kw) / sw) + 1;
      const arena = new Arena();
      const nx = batch * height * width * channels;
      const ny = batch * outH * outW * kh * kw * channels;
      const x = arena.floats(nx);
      const y = arena.floats(ny);
      const shape = [batch, height, width, channels, kh, kw, sh, sw, ph, pw, outH, outW] as const;
      compare(arena, [[y, ny]], (kernels) => kernels.im2col(...shape, x, y), { tolerance: 0 });
      compare(arena, [[x, nx]], (kernels) => kernels.col2im(...shape, x, y));
    }
  });
});

describe("optimisers", () => {
  const n = 67;
  for (const count of [0, 1, 2, 3, 4, 5, 64, n]) {
    it(`follow the oracle on ${count} parameters, and leave those behind alone`, () => {
      const arena = new Arena();
      const positive = () => Math.abs(arena.random()) + 0.1;
      const p = arena.floats(n);
      const g = arena.floats(n);
      const m = arena.floats(n);
      const v = arena.floats(n, positive);
      const top = arena.floats(n, positive);
      const state: [number, number][] = [
        [p, n],
        [m, n],
        [v, n],
        [top, n],
      ];
      for (const vMax of [0, top]) {
        for (const [decay, decoupled] of [
          [0, 0],
          [0.01, 0],
          [0, 0.1],
        ]) {
          compare(arena, state, (kernels) =>
            kernels.adam(count, p, g, m, v, vMax, 1e-3, 0.9, 0.999, 1e-8, decay, decoupled, 0.1, 0.001, 0.5),
          );
        }
      }
      for (const buffer of [0, m]) {
        for (const nesterov of [0, 1]) {
          for (const first of [0, 1]) {
            compare(arena, state, (kernels) =>
              kernels.sgd(count, p, g, buffer, 0.1, 0.9, 0.2, nesterov, 0.01, first, 0.5),
            );
          }
        }
      }
      for (const buffer of [0, m]) {
        for (const mean of [0, top]) {
          for (const inside of [0, 1]) {
            // Centred: s stays above mean² with these values.
            const s = arena.floats(n, () => 4);
            compare(arena, [...state, [s, n]], (kernels) =>
              kernels.rmsprop(count, p, g, s, mean, buffer, 1e-3, 0.99, 1e-5, 0.9, 0.01, inside, 2),
            );
          }
        }
      }
      compare(arena, state, (kernels) => kernels.adagrad(count, p, g, v, 0.01, 1e-10, 0.01, 0.5));
    });
  }
});
