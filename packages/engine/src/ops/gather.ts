import { i32, kernels } from "../memory.js";
import { record, tracked } from "../tape.js";
import { allocate, pointerOf, type Tensor, zeros } from "../tensor.js";

/** Refuses an index that is out of range before a kernel reads with it. */
function checkIndices(index: Tensor, limit: number, op: string): void {
  if (index.dtype !== "i32") throw new Error(`${op}() needs an index tensor (see indices()), got f32`);
  const from = pointerOf(index) >>> 2;
  for (let i = from; i < from + index.size; i++) {
    if (i32[i] < 0 || i32[i] >= limit)
      throw new RangeError(`${op}() index must be in [0, ${limit - 1}], got ${i32[i]}`);
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

/** y[i, :] = table[index[i], :]: rows by index (embedding). table [n, cols], index of any shape → [...index.shape, cols]. */
export function gatherRows(table: Tensor, index: Tensor): Tensor {
  const [rows, cols] = table.shape;
  if (table.shape.length !== 2)
    throw new Error(`gatherRows() needs a table [rows, cols], got [${table.shape.join(", ")}]`);
  checkIndices(index, rows, "gatherRows");
  const y = allocate([...index.shape, cols], index.size * cols);
  kernels.gatherRows(index.size, cols, pointerOf(table), index.pointer, y.pointer);
  return tracked(table) ? record(y, [table], (dy) => [scatterRows(dy, index, rows)]) : y;
}

/** The adjoint of `gatherRows`: a [rows, cols] table of zeros with dy's rows added at their indices. */
export function scatterRows(dy: Tensor, index: Tensor, rows: number): Tensor {
  const cols = dy.shape[dy.shape.length - 1];
  const table = zeros([rows, cols]);
  kernels.scatterAddRows(index.size, cols, pointerOf(dy), index.pointer, table.pointer);
  return tracked(dy) ? record(table, [dy], (g) => [gatherRows(g, index)]) : table;
}
