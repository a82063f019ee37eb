import { i32, kernels } from "../memory.js";
import { record, tracked } from "../tape.js";
import { addressOf, allocate, pointerOf, type Shape, sizeOf, type Tensor, zeros } from "../tensor.js";

/** Refuses an index that is out of range before a kernel reads with it. */
function checkIndices(index: Tensor, limit: number, op: string): void {
  if (index.dtype !== "i32") throw new Error(`${op}() needs an index tensor (see indices()), got f32`);
  const from = addressOf(index) >>> 2;
  for (let i = from; i < from + index.size; i++) {
    if (i32[i] < 0 || i32[i] >= limit)
      throw new RangeError(`${op}() index must be in [0, ${limit - 1}], got ${i32[i]} at position ${i - from}`);
  }
}

/** y[r] = x[r, index[r]]: one element of each row. x [rows, cols], index [rows]. */
export function pick(x: Tensor, index: Tensor): Tensor {
  const [rows, cols] = x.shape;
  if (x.shape.length !== 2 || index.size !== rows) {
    throw new Error(
      `pick() needs x [rows, cols] and index [rows], got [${x.shape.join(", ")}] and [${index.shape.join(", ")}]`,
    );
  }
  checkIndices(index, cols, "pick");
  const y = allocate([rows], rows);
  kernels.pick(rows, cols, pointerOf(x), index.pointer, y.pointer);
  return tracked(x) ? record(y, [x], (dy) => [pickAdjoint(dy, index, cols)]) : y;
}

function pickAdjoint(dy: Tensor, index: Tensor, cols: number): Tensor {
  const dx = allocate([dy.size, cols], dy.size * cols);
  kernels.pickGrad(dy.size, cols, pointerOf(dy), index.pointer, dx.pointer);
  return tracked(dy) ? record(dx, [dy], (g) => [pick(g, index)]) : dx;
}

/**
 * y[i] = table[index[i]]: entries of the first axis by index (embedding, minibatches). table [rows, …rest] of numbers or indices,
 * index of any shape → [...index.shape, …rest].
 */
export function gatherRows(table: Tensor, index: Tensor): Tensor {
  const [rows, ...rest] = table.shape;
  if (rows === undefined) throw new Error("gatherRows() needs a table [rows, …], got a scalar");
  checkIndices(index, rows, "gatherRows");
  const cols = sizeOf(rest);
  const y = allocate([...index.shape, ...rest], index.size * cols, table.dtype);
  kernels.gatherRows(index.size, cols, addressOf(table), index.pointer, y.pointer);
  return tracked(table) ? record(y, [table], (dy) => [scatterRows(dy, index, table.shape)]) : y;
}

/** The adjoint of `gatherRows`: zeros of `shape` with dy's entries added at their indices of the first axis. */
export function scatterRows(dy: Tensor, index: Tensor, shape: Shape): Tensor {
  const cols = sizeOf(shape.slice(1));
  if (dy.size !== index.size * cols) {
    throw new Error(
      `scatterRows() needs ${cols} numbers for each index, got [${dy.shape.join(", ")}] and [${index.shape.join(", ")}]`,
    );
  }
  checkIndices(index, shape[0], "scatterRows");
  const table = zeros(shape);
  kernels.scatterAddRows(index.size, cols, pointerOf(dy), index.pointer, table.pointer);
  return tracked(dy) ? record(table, [dy], (g) => [gatherRows(g, index)]) : table;
}
