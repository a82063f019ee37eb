import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { grad } from "../autodiff.js";
import { useBackend } from "../memory.js";
import { indices, scope, tensor, zeros } from "../tensor.js";
import { checkGradient, checkSecondGradient, samples } from "../testing/finite-differences.js";
import { square } from "./elementwise.js";
import { gatherRows, pick, scatterRows } from "./gather.js";
import { logSoftmax } from "./reduce.js";
import { sum } from "./shape.js";

describe.each(["wasm", "reference"] as const)("ops by index, %s kernels", (backend) => {
  beforeAll(() => useBackend(backend));
  afterAll(() => useBackend("wasm"));

  describe("pick", () => {
    it.each([
      [1, 1],
      [5, 3],
      [17, 7],
      [0, 3],
    ])("takes one element of each row of [%i, %i]", (rows, cols) => {
      const [x] = samples([[rows, cols]]);
      const chosen = Array.from({ length: rows }, (_, r) => (3 * r + 1) % cols);
      scope(() => {
        const y = pick(x, indices(chosen));
        expect(y.shape).toEqual([rows]);
        expect([...y.data]).toEqual(chosen.map((c, r) => x.data[r * cols + c]));
      });
    });

    it("has the right gradients", () => {
      const index = indices([2, 0, 2]);
      const [x] = samples([[3, 4]]);
      checkGradient((p) => square(pick(p, index)), [x]);
      checkGradient((p) => pick(logSoftmax(p), index), [x]);
      checkSecondGradient((p) => square(pick(p, index)), [x]);
      checkSecondGradient((p) => pick(logSoftmax(p), index), [x]);
    });

    it("refuses wrong shapes, types and indices", () => {
      scope(() => {
        expect(() => pick(zeros([2, 3]), indices([0, 3]))).toThrow(
          "pick() index must be in [0, 2], got 3 at position 1",
        );
        expect(() => pick(zeros([2, 3]), indices([-1, 0]))).toThrow("got -1 at position 0");
        expect(() => pick(zeros([2, 3]), indices([0]))).toThrow(
          "pick() needs x [rows, cols] and index [rows], got [2, 3] and [1]",
        );
        expect(() => pick(zeros([3]), indices([0, 1, 2]))).toThrow("pick() needs x [rows, cols]");
        expect(() => pick(zeros([1, 3]), tensor([0]))).toThrow("pick() needs an index tensor (see indices()), got f32");
      });
    });
  });

  describe("gatherRows and scatterRows", () => {
    it("take rows, for an index of any shape", () => {
      scope(() => {
        const table = tensor([
          [1, 2, 3],
          [4, 5, 6],
        ]);
        const y = gatherRows(table, indices([1, 0, 1, 1], [2, 2]));
        expect(y.shape).toEqual([2, 2, 3]);
        expect([...y.data]).toEqual([4, 5, 6, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
        expect(gatherRows(table, indices([1], [])).shape).toEqual([3]);
        expect(gatherRows(table, indices([])).shape).toEqual([0, 3]);
      });
    });

    it("take entries of vectors, of higher ranks and of index tensors", () => {
      scope(() => {
        const vector = gatherRows(tensor([5, 6, 7]), indices([2, 0]));
        expect(vector.shape).toEqual([2]);
        expect([...vector.data]).toEqual([7, 5]);
        const [table] = samples([[3, 2, 2]]);
        const y = gatherRows(table, indices([2, 1]));
        expect(y.shape).toEqual([2, 2, 2]);
        expect([...y.data]).toEqual([...table.data.subarray(8, 12), ...table.data.subarray(4, 8)]);
        const actions = gatherRows(indices([-1, 8, 2147483647]), indices([2, 0]));
        expect([...actions.indexData]).toEqual([2147483647, -1]);
      });
      const [table] = samples([[3, 2, 2]]);
      const index = indices([2, 2, 0]);
      checkGradient((t) => square(gatherRows(t, index)), [table]);
      checkGradient((t) => square(gatherRows(t, index)), samples([[3]]));
    });

    it("add rows up at their indices", () => {
      scope(() => {
        const y = scatterRows(
          tensor([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
          indices([2, 0, 2]),
          [4, 2],
        );
        expect(y.shape).toEqual([4, 2]);
        expect([...y.data]).toEqual([3, 4, 0, 0, 6, 8, 0, 0]);
      });
    });

    it("have the right gradients, with repeated rows", () => {
      const index = indices([1, 0, 1, 3], [2, 2]);
      const [table, rows] = samples([
        [4, 3],
        [2, 2, 3],
      ]);
      checkGradient((t) => square(gatherRows(t, index)), [table]);
      checkSecondGradient((t) => square(gatherRows(t, index)), [table]);
      checkGradient((r) => square(scatterRows(r, index, [4, 3])), [rows], { tolerance: 1e-3 });
      checkSecondGradient((r) => square(scatterRows(r, index, [4, 3])), [rows], { tolerance: 1e-3 });
      const unused = scope(() => grad((t) => sum(gatherRows(t, index)))(table)[0].values());
      expect([...unused.slice(6, 9)]).toEqual([0, 0, 0]);
    });

    it("refuse wrong shapes and indices", () => {
      scope(() => {
        expect(() => gatherRows(zeros([2, 3]), indices([2]))).toThrow(
          "gatherRows() index must be in [0, 1], got 2 at position 0",
        );
        expect(() => gatherRows(zeros([]), indices([0]))).toThrow("gatherRows() needs a table [rows, …], got a scalar");
        expect(() => gatherRows(zeros([2, 3]), tensor([0]))).toThrow("gatherRows() needs an index tensor");
        expect(() => scatterRows(zeros([1, 3]), indices([2]), [2, 3])).toThrow("scatterRows() index must be in [0, 1]");
        expect(() => scatterRows(zeros([2, 3]), indices([1]), [2, 3])).toThrow(
          "scatterRows() needs 3 numbers for each index, got [2, 3] and [1]",
        );
      });
    });
  });
});
