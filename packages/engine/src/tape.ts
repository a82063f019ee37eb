import type { Tensor } from "./tensor.js";

/** The vector-Jacobian product of one op: the gradient of its output to the gradients of its inputs (null: not wanted). */
export type Vjp = (gradient: Tensor) => (Tensor | null)[];

interface Node {
  readonly output: Tensor;
  readonly inputs: readonly Tensor[];
  /** null for a leaf. */
  readonly vjp: Vjp | null;
}

/**
 * The one tape. Ops append to it while recording; nested derivatives share it: an inner `grad` walks back over the part that it
 * recorded, and records its own backward pass where an outer one wants derivatives of it.
 */
const nodes: Node[] = [];
let recording = false;

/** True where an op on `a` (and `b`) has to be recorded. */
export function tracked(a: Tensor, b?: Tensor): boolean {
  return recording && (a.node >= 0 || (b !== undefined && b.node >= 0));
}

export function isRecording(): boolean {
  return recording;
}

export function record(output: Tensor, inputs: readonly Tensor[], vjp: Vjp | null): Tensor {
  output.node = nodes.length;
  nodes.push({ output, inputs, vjp });
  return output;
}

/** Runs `body` without recording: what it computes is a constant to autodiff. */
export function constant<Result>(body: () => Result): Result {
  const before = recording;
  recording = false;
  try {
    return body();
  } finally {
    recording = before;
  }
}

/**
 * Records `body` as a function of `leaves` and hands its result to `use`, with a function that gives the gradients of a
 * scalar with respect to the leaves (null where it does not depend on one). The tape is cut back at the end.
 */
export function differentiate<Result, Output>(
  leaves: readonly Tensor[],
  body: () => Result,
  add: (a: Tensor, b: Tensor) => Tensor,
  use: (result: Result, gradients: (output: Tensor, seed: Tensor) => (Tensor | null)[]) => Output,
): Output {
  const nested = recording;
  const start = nodes.length;
  for (const leaf of leaves) if (leaf.node < 0) record(leaf, [], null);
  recording = true;
  try {
    const result = body();
    // Only a derivative inside another recording has to record its own backward pass.
    recording = nested;
    return use(result, (output, seed) => backward(start, leaves, output, seed, add));
  } finally {
    recording = nested;
    if (!nested) {
      for (let index = start; index < nodes.length; index++) nodes[index].output.node = -1;
      nodes.length = start;
    }
  }
}

function backward(
  start: number,
  leaves: readonly Tensor[],
  output: Tensor,
  seed: Tensor,
  add: (a: Tensor, b: Tensor) => Tensor,
): (Tensor | null)[] {
  // Gradients by node: those of this recording, and of the leaves that an outer recording already tracked.
  const gradients: (Tensor | null)[] = new Array(Math.max(output.node + 1, start)).fill(null);
  if (output.node >= 0) gradients[output.node] = seed;
  for (let index = output.node; index >= start; index--) {
    const gradient = gradients[index];
    const { inputs, vjp } = nodes[index];
    if (gradient === null || vjp === null) continue;
    const contributions = vjp(gradient);
    gradients[index] = null;
    for (let i = 0; i < inputs.length; i++) {
      const contribution = contributions[i];
      const at = inputs[i].node;
      if (contribution === null || at < 0) continue;
      const sum = gradients[at];
      gradients[at] = sum === null ? contribution : add(sum, contribution);
    }
  }
  return leaves.map((leaf) => gradients[leaf.node] ?? null);
}
