import { Binary, Unary } from "../kernels/kernels.js";
import { kernels } from "../memory.js";
import { record, tracked } from "../tape.js";
import { addressOf, allocate, notATensor, pointerOf, type Shape, sizeOf, type Tensor, view, zeros } from "../tensor.js";
import { broadcastTo, sameShape, sumTo } from "./shape.js";

/** Element-wise ops with NumPy's broadcasting. A plain number stands for a constant of any shape. */
export type Operand = Tensor | number;

/** The op code with its arguments exchanged: a ∘ b = b ∘′ a. */
const exchanged: Readonly<Record<number, number>> = {
  [Binary.add]: Binary.add,
  [Binary.sub]: Binary.rsub,
  [Binary.rsub]: Binary.sub,
  [Binary.mul]: Binary.mul,
  [Binary.div]: Binary.rdiv,
  [Binary.rdiv]: Binary.div,
  [Binary.min]: Binary.min,
  [Binary.max]: Binary.max,
  [Binary.gt]: Binary.lt,
  [Binary.ge]: Binary.le,
  [Binary.lt]: Binary.gt,
  [Binary.le]: Binary.ge,
  [Binary.eq]: Binary.eq,
};

/** The shape that a and b broadcast to. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let axis = 1; axis <= rank; axis++) {
    const m = a[a.length - axis] ?? 1;
    const n = b[b.length - axis] ?? 1;
    if (m !== n && m !== 1 && n !== 1) {
      throw new Error(
        `shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast: axis −${axis} has ${m} and ${n}`,
      );
    }
    shape[rank - axis] = m === 1 ? n : m;
  }
  return shape;
}

function scalarForward(op: number, a: Tensor, value: number): Tensor {
  if (a?.shape === undefined) throw notATensor(a);
  const y = allocate(a.shape, a.size);
  kernels.binaryScalar(op, a.size, pointerOf(a), value, y.pointer);
  return y;
}

function binaryForward(op: number, a: Tensor, b: Tensor): Tensor {
  if (a?.shape === undefined) throw notATensor(a);
  if (b?.shape === undefined) throw notATensor(b);
  if (sameShape(a.shape, b.shape)) {
    const y = allocate(a.shape, a.size);
    kernels.binary(op, a.size, pointerOf(a), pointerOf(b), y.pointer);
    return y;
  }
  const shape = broadcastShape(a.shape, b.shape);
  if (sizeOf(shape) === 0) return allocate(shape, 0);
  if (sameShape(shape, a.shape)) return broadcastRight(op, a, b);
  if (sameShape(shape, b.shape)) return broadcastRight(exchanged[op], b, a);
  return binaryForward(op, broadcastTo(a, shape), broadcastTo(b, shape));
}

/** a ∘ b where only b is broadcast: as a row, a column or a scalar if it is one. */
function broadcastRight(op: number, a: Tensor, b: Tensor): Tensor {
  if (b.size === 1) return scalarForward(op, a, b.item());
  const rowAxes = trailingMatch(a.shape, b.shape);
  if (sizeOf(b.shape.slice(b.shape.length - rowAxes)) === b.size) {
    const y = allocate(a.shape, a.size);
    kernels.binaryRow(op, a.size / b.size, b.size, pointerOf(a), pointerOf(b), y.pointer);
    return y;
  }
  const last = a.shape.length - 1;
  if (
    b.shape.length === a.shape.length &&
    b.shape[last] === 1 &&
    sameShape(a.shape.slice(0, last), b.shape.slice(0, last))
  ) {
    const y = allocate(a.shape, a.size);
    kernels.binaryColumn(op, b.size, a.shape[last], pointerOf(a), pointerOf(b), y.pointer);
    return y;
  }
  return binaryForward(op, a, broadcastTo(b, a.shape));
}

/** How many trailing axes are equal. */
function trailingMatch(a: Shape, b: Shape): number {
  let count = 0;
  while (count < b.length && b[b.length - 1 - count] === a[a.length - 1 - count]) count++;
  return count;
}

/** A constant function of both arguments: comparisons. */
function comparison(op: number) {
  return (a: Tensor, b: Operand): Tensor => (typeof b === "number" ? scalarForward(op, a, b) : binaryForward(op, a, b));
}

/** a + b */
export function add(a: Tensor, b: Operand): Tensor {
  if (typeof b === "number") {
    const y = scalarForward(Binary.add, a, b);
    return tracked(a) ? record(y, [a], (dy) => [dy]) : y;
  }
  const y = binaryForward(Binary.add, a, b);
  if (!tracked(a, b)) return y;
  return record(y, [a, b], (dy) => [a.node < 0 ? null : sumTo(dy, a.shape), b.node < 0 ? null : sumTo(dy, b.shape)]);
}

/** a − b */
export function sub(a: Operand, b: Operand): Tensor {
  if (typeof b === "number") return add(asTensor(a, "sub"), -b);
  if (typeof a === "number") {
    const y = scalarForward(Binary.rsub, b, a);
    return tracked(b) ? record(y, [b], (dy) => [neg(dy)]) : y;
  }
  const y = binaryForward(Binary.sub, a, b);
  if (!tracked(a, b)) return y;
  return record(y, [a, b], (dy) => [
    a.node < 0 ? null : sumTo(dy, a.shape),
    b.node < 0 ? null : sumTo(neg(dy), b.shape),
  ]);
}

/** a · b, element by element */
export function mul(a: Tensor, b: Operand): Tensor {
  if (typeof b === "number") {
    const y = scalarForward(Binary.mul, a, b);
    return tracked(a) ? record(y, [a], (dy) => [mul(dy, b)]) : y;
  }
  const y = binaryForward(Binary.mul, a, b);
  if (!tracked(a, b)) return y;
  return record(y, [a, b], (dy) => [
    a.node < 0 ? null : sumTo(mul(dy, b), a.shape),
    b.node < 0 ? null : sumTo(mul(dy, a), b.shape),
  ]);
}

/** a / b */
export function div(a: Operand, b: Operand): Tensor {
  if (typeof b === "number") {
    const x = asTensor(a, "div");
    const y = scalarForward(Binary.div, x, b);
    return tracked(x) ? record(y, [x], (dy) => [div(dy, b)]) : y;
  }
  if (typeof a === "number") {
    const y = scalarForward(Binary.rdiv, b, a);
    return tracked(b) ? record(y, [b], (dy) => [neg(div(mul(dy, y), b))]) : y;
  }
  const y = binaryForward(Binary.div, a, b);
  if (!tracked(a, b)) return y;
  return record(y, [a, b], (dy) => {
    const da = div(dy, b);
    return [a.node < 0 ? null : sumTo(da, a.shape), b.node < 0 ? null : sumTo(neg(mul(da, y)), b.shape)];
  });
}

function asTensor(a: Operand, op: string): Tensor {
  if (typeof a === "number") throw new Error(`${op}() needs a tensor on one side, got two numbers`);
  return a;
}

/** 1 where a > b, else 0. Not differentiated. */
export const greater = comparison(Binary.gt);
/** 1 where a ≥ b, else 0. Not differentiated. */
export const greaterEqual = comparison(Binary.ge);
/** 1 where a < b, else 0. Not differentiated. */
export const less = comparison(Binary.lt);
/** 1 where a ≤ b, else 0. Not differentiated. */
export const lessEqual = comparison(Binary.le);
/** 1 where a = b, else 0. Not differentiated. */
export const equal = comparison(Binary.eq);

/** min(a, b); NaN wins. At a tie two tensors get half of the gradient each; beside a number, a gets all of it. */
export function minimum(a: Tensor, b: Operand): Tensor {
  return extremum(Binary.min, Binary.lt, Binary.le, a, b);
}

/** max(a, b); NaN wins. At a tie two tensors get half of the gradient each; beside a number, a gets all of it. */
export function maximum(a: Tensor, b: Operand): Tensor {
  return extremum(Binary.max, Binary.gt, Binary.ge, a, b);
}

function extremum(op: number, strictly: number, weakly: number, a: Tensor, b: Operand): Tensor {
  if (typeof b === "number") {
    const y = scalarForward(op, a, b);
    return tracked(a) ? record(y, [a], (dy) => [mul(dy, scalarForward(weakly, a, b))]) : y;
  }
  const y = binaryForward(op, a, b);
  if (!tracked(a, b)) return y;
  return record(y, [a, b], (dy) => {
    // 1, ½ or 0: the tie is the common case of PPO's min(ρÂ, clip(ρ)Â), where both sides depend on ρ.
    const share = scalarForward(Binary.mul, add(binaryForward(strictly, a, b), binaryForward(weakly, a, b)), 0.5);
    return [
      a.node < 0 ? null : sumTo(mul(dy, share), a.shape),
      b.node < 0 ? null : sumTo(mul(dy, sub(1, share)), b.shape),
    ];
  });
}

/** a limited to [low, high]; the gradient passes inside and at the limits. */
export function clip(a: Tensor, low: number, high: number): Tensor {
  const y = scalarForward(Binary.min, scalarForward(Binary.max, a, low), high);
  if (!tracked(a)) return y;
  return record(y, [a], (dy) => [mul(dy, binaryForward(Binary.eq, a, y))]);
}

/** condition ≠ 0 ? a : b; all of one shape after broadcasting. The condition is not differentiated. */
export function where(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
  const mask = broadcastTo(condition, shape);
  const [left, right] = [broadcastTo(a, shape), broadcastTo(b, shape)];
  const y = allocate(shape, sizeOf(shape));
  kernels.select(y.size, pointerOf(mask), pointerOf(left), pointerOf(right), y.pointer);
  if (!tracked(left, right)) return y;
  return record(y, [left, right], (dy) => {
    // Not 0·dy, which is NaN where dy is infinite.
    const zero = zeros(shape);
    return [where(mask, dy, zero), where(mask, zero, dy)];
  });
}

/** The values as a constant: no gradient passes. */
export function stopGradient(a: Tensor): Tensor {
  return view(a, addressOf(a), a.shape, a.size);
}

/** An op of one argument whose gradient is a function of dy, x and y. */
function unary(op: number, gradient: (dy: Tensor, x: Tensor, y: Tensor) => Tensor | null) {
  return (x: Tensor): Tensor => {
    if (x?.shape === undefined) throw notATensor(x);
    const y = allocate(x.shape, x.size);
    kernels.unary(op, x.size, pointerOf(x), y.pointer);
    return tracked(x) ? record(y, [x], (dy) => [gradient(dy, x, y)]) : y;
  };
}

/** Gradients of the saturating activations, in one pass, as functions of dy and y. Differentiable themselves. */
function activationGradient(op: number, second: (g: Tensor, dy: Tensor, y: Tensor) => Tensor | null) {
  const apply = (dy: Tensor, y: Tensor): Tensor => {
    const dx = binaryForward(op, dy, y);
    if (!tracked(dy, y)) return dx;
    return record(dx, [dy, y], (g) => [dy.node < 0 ? null : apply(g, y), y.node < 0 ? null : second(g, dy, y)]);
  };
  return apply;
}

/** dy·(1 − y²), y = tanh x */
export const tanhGradient = activationGradient(Binary.tanhGrad, (g, dy, y) => mul(mul(mul(g, dy), y), -2));
/** dy·y·(1 − y), y = σ(x) */
export const sigmoidGradient = activationGradient(Binary.sigmoidGrad, (g, dy, y) => mul(mul(g, dy), sub(1, mul(y, 2))));
/** y > 0 ? dy : 0, y = relu x */
export const reluGradient = activationGradient(Binary.reluGrad, () => null);

/** −x */
export const neg: (x: Tensor) => Tensor = unary(Unary.neg, (dy) => neg(dy));
/** |x|, with gradient 0 at 0 */
export const abs = unary(Unary.abs, (dy, x) => mul(dy, sign(x)));
/** −1, 0 or 1. The gradient is 0. */
export const sign = unary(Unary.sign, () => null);
/** ⌊x⌋. The gradient is 0. */
export const floor = unary(Unary.floor, () => null);
/** eˣ */
export const exp = unary(Unary.exp, (dy, _, y) => mul(dy, y));
/** ln x */
export const log = unary(Unary.log, (dy, x) => div(dy, x));
/** ln(1 + x) */
export const log1p = unary(Unary.log1p, (dy, x) => div(dy, add(x, 1)));
/** √x */
export const sqrt = unary(Unary.sqrt, (dy, _, y) => div(mul(dy, 0.5), y));
/** x² */
export const square = unary(Unary.square, (dy, x) => mul(mul(dy, 2), x));
/** 1/x */
export const reciprocal = unary(Unary.reciprocal, (dy, _, y) => neg(mul(dy, square(y))));

/** tanh x */
export const tanh = unary(Unary.tanh, (dy, _, y) => tanhGradient(dy, y));
/** 1/(1 + e⁻ˣ) */
export const sigmoid = unary(Unary.sigmoid, (dy, _, y) => sigmoidGradient(dy, y));
/** max(x, 0), with gradient 0 at 0 */
export const relu = unary(Unary.relu, (dy, _, y) => reluGradient(dy, y));
/** ln(1 + eˣ) */
export const softplus = unary(Unary.softplus, (dy, x) => mul(dy, sigmoid(x)));

/** sin x */
export const sin: (x: Tensor) => Tensor = unary(Unary.sin, (dy, x) => mul(dy, cos(x)));

/** cos x */
export const cos: (x: Tensor) => Tensor = unary(Unary.cos, (dy, x) => neg(mul(dy, sin(x))));
/** The error function; its derivative is 2/√π·e^(−x²). */
export const erf = unary(Unary.erf, (dy, x) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))));

/** x·Φ(x), the exact form. Hendrycks & Gimpel 2016 (arXiv:1606.08415). */
export function gelu(x: Tensor): Tensor {
  return mul(mul(x, add(erf(mul(x, Math.SQRT1_2)), 1)), 0.5);
}

/** x·σ(x), also called swish. Elfwing et al. 2017 (arXiv:1702.03118). */
export function silu(x: Tensor): Tensor {
  return mul(x, sigmoid(x));
}

/** x > 0 ? x : eˣ − 1. Clevert et al. 2015 (arXiv:1511.07289). */
export function elu(x: Tensor): Tensor {
  // relu, not maximum: at 0 one of the two terms must have no gradient.
  return add(relu(x), add(exp(minimum(x, 0)), -1));
}
