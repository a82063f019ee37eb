import { Reduction } from "../kernels/kernels.js";
import { kernels } from "../memory.js";
import { record, tracked } from "../tape.js";
import {
  addressOf,
  allocate,
  pointerOf,
  requireLengths,
  type Shape,
  sizeOf,
  type Tensor,
  view,
  zeros,
} from "../tensor.js";

/** Whether two shapes have the same axes. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** The axis counted from the front; negative ones count from the end. */
export function normaliseAxis(axis: number, rank: number): number {
  const found = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(axis) && found >= 0 && found < rank)) {
    throw new RangeError(
      rank === 0
        ? `a scalar has no axes, got axis ${axis}`
        : `axis must be an integer in [${-rank}, ${rank - 1}], got ${axis}`,
    );
  }
  return found;
}

/** A tensor's values in row-major order under another shape; one length may be −1. No copy. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  const target = [...shape];
  if (open >= 0) target[open] = x.size / -sizeOf(shape);
  if (sizeOf(target) !== x.size || !target.every((length) => Number.isInteger(length) && length >= 0)) {
    throw new Error(`shape [${x.shape.join(", ")}] cannot be read as [${shape.join(", ")}]`);
  }
  const y = view(x, addressOf(x), target, x.size);
  return tracked(x) ? record(y, [x], (dy) => [reshape(dy, x.shape)]) : y;
}

/** A shape as four lengths with its strides, leading ones added: what `copyStrided` takes. */
function fourAxes(lengths: Shape, strides: Shape, op: string): { lengths: number[]; strides: number[] } {
  if (lengths.length > 4) return foldAxes(lengths, strides, op);
  const missing = 4 - lengths.length;
  return {
    lengths: [...new Array(missing).fill(1), ...lengths],
    strides: [...new Array(missing).fill(0), ...strides],
  };
}

/** Drops axes of length 1 and merges neighbours that are contiguous with each other, so that more than four can still be copied. */
function foldAxes(lengths: Shape, strides: Shape, op: string) {
  const foldedLengths: number[] = [];
  const foldedStrides: number[] = [];
  for (let axis = 0; axis < lengths.length; axis++) {
    if (lengths[axis] === 1) continue;
    const last = foldedLengths.length - 1;
    if (last >= 0 && foldedStrides[last] === strides[axis] * lengths[axis]) {
      foldedLengths[last] *= lengths[axis];
      foldedStrides[last] = strides[axis];
    } else {
      foldedLengths.push(lengths[axis]);
      foldedStrides.push(strides[axis]);
    }
  }
  if (foldedLengths.length > 4) throw new Error(`${op}() handles four axes, got shape [${lengths.join(", ")}]`);
  return fourAxes(foldedLengths, foldedStrides, op);
}

function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** A dense copy of `x` read with other strides. */
function readStrided(x: Tensor, shape: Shape, strides: Shape, offset: number, op: string): Tensor {
  const y = allocate(shape, sizeOf(shape), x.dtype);
  const { lengths: d, strides: s } = fourAxes(shape, strides, op);
  const t = stridesOf(d);
  const from = addressOf(x) + 4 * offset;
  kernels.copyStrided(d[0], d[1], d[2], d[3], s[0], s[1], s[2], s[3], t[0], t[1], t[2], t[3], from, y.pointer, 0);
  return y;
}

/** Writes dense `x` into `y` with y's strides. */
function writeStrided(x: Tensor, y: Tensor, strides: Shape, offset: number, op: string): void {
  const { lengths: d, strides: s } = fourAxes(x.shape, strides, op);
  const t = stridesOf(d);
  const to = y.pointer + 4 * offset;
  kernels.copyStrided(d[0], d[1], d[2], d[3], t[0], t[1], t[2], t[3], s[0], s[1], s[2], s[3], addressOf(x), to, 0);
}

/** `x` repeated along missing axes and axes of length 1. */
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  requireLengths(shape);
  const offset = shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  if (offset < 0) throw new Error(`shape [${x.shape.join(", ")}] does not broadcast to [${shape.join(", ")}]`);
  const strides = shape.map((length, axis) => {
    const from = x.shape[axis - offset] ?? 1;
    if (from !== 1 && from !== length) {
      throw new Error(`shape [${x.shape.join(", ")}] does not broadcast to [${shape.join(", ")}]`);
    }
    return from === 1 ? 0 : own[axis - offset];
  });
  const y = readStrided(x, shape, strides, 0, "broadcastTo");
  return tracked(x) ? record(y, [x], (dy) => [sumTo(dy, x.shape)]) : y;
}

/** The adjoint of `broadcastTo`: sums over the axes that were repeated. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  if (sizeOf(shape) === 1) return reshape(sum(x), shape);
  const offset = x.shape.length - shape.length;
  let y = x;
  if (offset > 0) y = sumLeading(x, offset);
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1 && y.shape[axis] !== 1) y = sum(y, axis, true);
  }
  return y;
}

function sumLeading(x: Tensor, count: number): Tensor {
  const tail = x.shape.slice(count);
  const flat = reshape(x, [sizeOf(x.shape.slice(0, count)), ...tail]);
  return sum(flat, 0);
}

/** x with its axes in another order; by default reversed. */
export function transpose(
  x: Tensor,
  order: readonly number[] = x.shape.map((_, axis) => x.shape.length - 1 - axis),
): Tensor {
  if (order.length !== x.shape.length || !x.shape.every((_, axis) => order.includes(axis))) {
    throw new Error(`the order of ${x.shape.length} axes must name each once, got [${order.join(", ")}]`);
  }
  const own = stridesOf(x.shape);
  const shape = order.map((axis) => x.shape[axis]);
  const y = readStrided(
    x,
    shape,
    order.map((axis) => own[axis]),
    0,
    "transpose",
  );
  return tracked(x)
    ? record(y, [x], (dy) => [
        transpose(
          dy,
          order.map((_, axis) => order.indexOf(axis)),
        ),
      ])
    : y;
}

/** x[…, start:end, …] along one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const along = normaliseAxis(axis, x.shape.length);
  const length = x.shape[along];
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length)) {
    throw new RangeError(`slice() needs integers 0 ≤ start ≤ end ≤ ${length}, got ${start} and ${end}`);
  }
  const own = stridesOf(x.shape);
  const shape = x.shape.with(along, end - start);
  const y = readStrided(x, shape, own, start * own[along], "slice");
  return tracked(x) ? record(y, [x], (dy) => [padded(dy, x.shape, along, start)]) : y;
}

/** The adjoint of `slice`: zeros of `shape` with x placed at `start` along the axis. */
function padded(x: Tensor, shape: Shape, axis: number, start: number): Tensor {
  const y = zeros(shape);
  const strides = stridesOf(shape);
  writeStrided(x, y, strides, start * strides[axis], "slice");
  return tracked(x) ? record(y, [x], (dy) => [slice(dy, axis, start, start + x.shape[axis])]) : y;
}

/** Tensors of equal shape but for `axis`, one behind the other along it. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  if (parts.length === 0) throw new Error("concat() and stack() need at least one tensor, got none");
  const along = normaliseAxis(axis, parts[0].shape.length);
  for (const part of parts) {
    if (
      part.dtype !== parts[0].dtype ||
      part.shape.length !== parts[0].shape.length ||
      !sameShape(part.shape.with(along, 0), parts[0].shape.with(along, 0))
    ) {
      throw new Error(
        `concat() needs equal types and equal shapes but for axis ${along}, got ${parts.map((p) => `${p.dtype} [${p.shape.join(", ")}]`).join(" and ")}`,
      );
    }
  }
  const shape = parts[0].shape.with(
    along,
    parts.reduce((total, part) => total + part.shape[along], 0),
  );
  const y = allocate(shape, sizeOf(shape), parts[0].dtype);
  const strides = stridesOf(shape);
  let start = 0;
  const starts = parts.map((part) => {
    const from = start;
    writeStrided(part, y, strides, from * strides[along], "concat");
    start += part.shape[along];
    return from;
  });
  if (!parts.some((part) => tracked(part))) return y;
  return record(y, parts, (dy) =>
    parts.map((part, i) => (part.node < 0 ? null : slice(dy, along, starts[i], starts[i] + part.shape[along]))),
  );
}

/** Tensors of one shape under a new leading axis. */
export function stack(parts: readonly Tensor[]): Tensor {
  return concat(
    parts.map((part) => reshape(part, [1, ...part.shape])),
    0,
  );
}

/** Lengths before, at and after an axis. */
export function aroundAxis(shape: Shape, axis: number): [outer: number, length: number, inner: number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
}

/** Σ over one axis, or over all. */
export function sum(x: Tensor, axis?: number, keepAxis = false): Tensor {
  if (axis === undefined) {
    const y = allocate([], 1);
    kernels.reduceRows(Reduction.sum, 1, x.size, pointerOf(x), y.pointer);
    return tracked(x) ? record(y, [x], (dy) => [broadcastTo(dy, x.shape)]) : y;
  }
  const along = normaliseAxis(axis, x.shape.length);
  const [outer, length, inner] = aroundAxis(x.shape, along);
  const kept = x.shape.with(along, 1);
  const y = allocate(keepAxis ? kept : x.shape.toSpliced(along, 1), outer * inner);
  if (inner === 1) kernels.reduceRows(Reduction.sum, outer, length, pointerOf(x), y.pointer);
  else {
    for (let block = 0; block < outer; block++) {
      const from = pointerOf(x) + 4 * block * length * inner;
      kernels.reduceColumns(Reduction.sum, length, inner, from, y.pointer + 4 * block * inner);
    }
  }
  return tracked(x) ? record(y, [x], (dy) => [broadcastTo(reshape(dy, kept), x.shape)]) : y;
}
