import { Reduction } from "../kernels/kernels.js";
import { kernels } from "../memory.js";
import { constant, record, tracked } from "../tape.js";
import { allocate, pointerOf, type Tensor, zeros } from "../tensor.js";
import { abs, add, div, equal, exp, less, log, mul, square, sub, where } from "./elementwise.js";
import { aroundAxis, normaliseAxis, reshape, sum } from "./shape.js";

/** The average over one axis, or over all. Of nothing: NaN. */
export function mean(x: Tensor, axis?: number, keepAxis = false): Tensor {
  const count = axis === undefined ? x.size : x.shape[normaliseAxis(axis, x.shape.length)];
  return div(sum(x, axis, keepAxis), count);
}

/** E[(x − E x)²], the population variance, over one axis or over all. */
export function variance(x: Tensor, axis?: number, keepAxis = false): Tensor {
  const centred = sub(x, axis === undefined ? mean(x) : mean(x, axis, true));
  return mean(square(centred), axis, keepAxis);
}

/** The largest value along an axis, or of all; the gradient is shared among equals. */
export function max(x: Tensor, axis?: number, keepAxis = false): Tensor {
  return extreme(Reduction.max, x, axis, keepAxis);
}

/** The smallest value along an axis, or of all; the gradient is shared among equals. */
export function min(x: Tensor, axis?: number, keepAxis = false): Tensor {
  return extreme(Reduction.min, x, axis, keepAxis);
}

function extreme(op: number, x: Tensor, axis: number | undefined, keepAxis: boolean): Tensor {
  if (axis === undefined) return reshape(extreme(op, reshape(x, [x.size]), 0, false), []);
  const along = normaliseAxis(axis, x.shape.length);
  const [outer, length, inner] = aroundAxis(x.shape, along);
  const kept = x.shape.with(along, 1);
  const y = allocate(keepAxis ? kept : x.shape.toSpliced(along, 1), outer * inner);
  for (let block = 0; block < (inner === 1 ? 1 : outer); block++) {
    const from = pointerOf(x) + 4 * block * length * inner;
    if (inner === 1) kernels.reduceRows(op, outer, length, from, y.pointer);
    else kernels.reduceColumns(op, length, inner, from, y.pointer + 4 * block * inner);
  }
  if (!tracked(x)) return y;
  return record(y, [x], (dy) => {
    const chosen = equal(x, reshape(y, kept));
    return [mul(div(chosen, sum(chosen, along, true)), reshape(dy, kept))];
  });
}

/** Whether no element is NaN or infinite. */
export function allFinite(x: Tensor): boolean {
  return kernels.allFinite(x.size, pointerOf(x)) === 1;
}

/** The position of the first maximum along the last axis, as an index tensor. */
export function argmax(x: Tensor): Tensor {
  const cols = x.shape[x.shape.length - 1];
  if (!(cols > 0)) throw new Error(`argmax() needs a last axis with elements, got shape [${x.shape.join(", ")}]`);
  const y = allocate(x.shape.slice(0, -1), x.size / cols, "i32");
  kernels.argmaxRows(y.size, cols, pointerOf(x), y.pointer);
  return y;
}

/** The extent of a row-wise kernel over the last axis. */
function rowsOf(x: Tensor): [rows: number, cols: number] {
  if (x.shape.length === 0)
    throw new Error("softmax(), logSoftmax() and logSumExp() need at least one axis, got a scalar");
  const cols = x.shape[x.shape.length - 1];
  return [cols === 0 ? 0 : x.size / cols, cols];
}

/** e^x / Σ e^x along the last axis. */
export function softmax(x: Tensor): Tensor {
  const y = allocate(x.shape, x.size);
  kernels.softmax(...rowsOf(x), pointerOf(x), y.pointer);
  return tracked(x) ? record(y, [x], (dy) => [softmaxGradient(dy, y)]) : y;
}

function softmaxGradient(dy: Tensor, y: Tensor): Tensor {
  if (tracked(dy, y)) return mul(y, sub(dy, sum(mul(dy, y), -1, true)));
  const dx = allocate(y.shape, y.size);
  kernels.softmaxGrad(...rowsOf(y), pointerOf(y), pointerOf(dy), dx.pointer);
  return dx;
}

/** x − ln Σ e^x along the last axis. */
export function logSoftmax(x: Tensor): Tensor {
  const y = allocate(x.shape, x.size);
  kernels.logSoftmax(...rowsOf(x), pointerOf(x), y.pointer);
  return tracked(x) ? record(y, [x], (dy) => [logSoftmaxGradient(dy, y)]) : y;
}

function logSoftmaxGradient(dy: Tensor, y: Tensor): Tensor {
  if (tracked(dy, y)) return sub(dy, mul(exp(y), sum(dy, -1, true)));
  const dx = allocate(y.shape, y.size);
  kernels.logSoftmaxGrad(...rowsOf(y), pointerOf(y), pointerOf(dy), dx.pointer);
  return dx;
}

/** ln Σ e^x along the last axis, without overflow. */
export function logSumExp(x: Tensor, keepAxis = false): Tensor {
  rowsOf(x);
  const kept = [...x.shape.slice(0, -1), 1];
  const total = constant(() => {
    const largest = max(x, -1, true);
    // Where the maximum is infinite, taking it out would give ∞ − ∞.
    const finite = less(abs(largest), Number.POSITIVE_INFINITY);
    const offset = where(finite, largest, zeros(kept));
    return add(log(sum(exp(sub(x, offset)), -1, true)), offset);
  });
  const y = keepAxis ? total : reshape(total, x.shape.slice(0, -1));
  return tracked(x) ? record(y, [x], (dy) => [mul(reshape(dy, kept), softmax(x))]) : y;
}
