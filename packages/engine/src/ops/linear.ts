import { Activation } from "../kernels/kernels.js";
import { kernels } from "../memory.js";
import { record, tracked } from "../tape.js";
import { allocate, pointerOf, sizeOf, type Tensor } from "../tensor.js";
import { reluGradient, sigmoidGradient, tanhGradient } from "./elementwise.js";
import { reshape, sameShape, sum } from "./shape.js";

/** Which of the factors of a product are taken transposed (in their last two axes). */
export interface Transposed {
  readonly a?: boolean;
  readonly b?: boolean;
}

/** A·B: [m, k]·[k, n] → [m, n]; with a leading batch axis on both, [b, m, k]·[b, k, n] → [b, m, n]. */
export function matmul(a: Tensor, b: Tensor, transposed: Transposed = {}): Tensor {
  const ta = transposed.a === true;
  const tb = transposed.b === true;
  const rank = a.shape.length;
  const batched = rank === 3;
  const batch = batched ? a.shape[0] : 1;
  const [m, k] = ta ? [a.shape[rank - 1], a.shape[rank - 2]] : [a.shape[rank - 2], a.shape[rank - 1]];
  const [inner, n] = tb ? [b.shape[rank - 1], b.shape[rank - 2]] : [b.shape[rank - 2], b.shape[rank - 1]];
  if (rank < 2 || rank > 3 || b.shape.length !== rank || inner !== k || (batched && b.shape[0] !== batch)) {
    throw new Error(
      `matmul() needs [m, k]·[k, n] (or both with the same batch axis), got [${a.shape.join(", ")}]${ta ? "ᵀ" : ""}·[${b.shape.join(", ")}]${tb ? "ᵀ" : ""}`,
    );
  }
  const y = allocate(batched ? [batch, m, n] : [m, n], batch * m * n);
  const [from, by] = [pointerOf(a), pointerOf(b)];
  for (let i = 0; i < batch; i++) {
    kernels.gemm(+ta, +tb, m, n, k, from + 4 * i * m * k, by + 4 * i * k * n, y.pointer + 4 * i * m * n, 0, 0, 0);
  }
  if (!tracked(a, b)) return y;
  return record(y, [a, b], (dy) => [
    a.node < 0 ? null : ta ? matmul(b, dy, { a: tb, b: true }) : matmul(dy, b, { b: !tb }),
    b.node < 0 ? null : tb ? matmul(dy, a, { a: true, b: ta }) : matmul(a, dy, { a: !ta }),
  ]);
}

/** Name of an activation that the matrix product applies itself. */
export type FusedActivation = keyof typeof Activation;

/** dy through the activation, from its output y. */
const throughActivation: Record<FusedActivation, (dy: Tensor, y: Tensor) => Tensor> = {
  none: (dy) => dy,
  relu: reluGradient,
  tanh: tanhGradient,
  sigmoid: sigmoidGradient,
};

/**
 * act(x·W + b) in one pass.
 *
 * @param x           […, in]
 * @param weight      [in, out]
 * @param bias        [out], or null
 * @param activation  applied to the result
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null, activation: FusedActivation = "none"): Tensor {
  const features = x.shape[x.shape.length - 1];
  const [inSize, outSize] = weight.shape;
  const activationCode = Activation[activation];
  if (typeof activationCode !== "number") {
    const known = Object.keys(Activation).join(", ");
    throw new RangeError(`linear() applies one of the activations ${known}, got ${JSON.stringify(activation)}`);
  }
  if (features !== inSize || weight.shape.length !== 2 || (bias !== null && !sameShape(bias.shape, [outSize]))) {
    throw new Error(
      `linear() needs x […, in], weight [in, out] and bias [out], got [${x.shape.join(", ")}], [${weight.shape.join(", ")}] and ${bias === null ? "none" : `[${bias.shape.join(", ")}]`}`,
    );
  }
  if (x.shape.length !== 2) {
    const rows = linear(reshape(x, [sizeOf(x.shape.slice(0, -1)), inSize]), weight, bias, activation);
    return reshape(rows, [...x.shape.slice(0, -1), outSize]);
  }
  const rows = x.shape[0];
  const y = allocate([rows, outSize], rows * outSize);
  const biasPointer = bias === null ? 0 : pointerOf(bias);
  kernels.gemm(0, 0, rows, outSize, inSize, pointerOf(x), pointerOf(weight), y.pointer, biasPointer, activationCode, 0);
  if (!tracked(x, weight) && !(bias !== null && tracked(bias))) return y;
  return record(y, bias === null ? [x, weight] : [x, weight, bias], (dy) => {
    const { dz, db } = throughLayer(dy, y, activation, bias !== null && bias.node >= 0);
    const dx = x.node < 0 ? null : matmul(dz, weight, { b: true });
    const dw = weight.node < 0 ? null : matmul(x, dz, { a: true });
    return bias === null ? [dx, dw] : [dx, dw, db];
  });
}

/** dy through the activation, and its column sums where the bias wants them: in one pass unless it is recorded itself. */
function throughLayer(dy: Tensor, y: Tensor, activation: FusedActivation, wantsBias: boolean) {
  if (wantsBias && activation !== "none" && !tracked(dy, y)) {
    const [rows, cols] = y.shape;
    const dz = allocate(y.shape, y.size);
    const db = allocate([cols], cols);
    const code = Activation[activation];
    kernels.activationGrad(code, rows, cols, pointerOf(dy), pointerOf(y), dz.pointer, db.pointer);
    return { dz, db };
  }
  const dz = throughActivation[activation](dy, y);
  return { dz, db: wantsBias ? sum(dz, 0) : null };
}
