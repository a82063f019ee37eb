import type { ActionBatch } from "./env.js";
import { describeSpace, type Space } from "./spaces/space.js";

/** How many numbers one action takes in an `ActionBatch`: 1 for Discrete, else the number of elements. */
export function actionSize(space: Space): number {
  switch (space.kind) {
    case "discrete":
      return 1;
    case "multiDiscrete":
      return space.nvec.length;
    case "multiBinary":
      return space.n;
    case "box":
      return space.size;
    case "dict":
      throw new TypeError(
        `actions of ${describeSpace(space)} cannot be put into one array: use a discrete, multiDiscrete, multiBinary or box space`,
      );
  }
}

/** An array of zeros for the actions of `numEnvs` environments: Float32Array for Box, else Int32Array. */
export function allocateActions(space: Space, numEnvs: number): ActionBatch {
  const length = numEnvs * actionSize(space);
  return space.kind === "box" ? new Float32Array(length) : new Int32Array(length);
}

/** Throws unless `actions` is the right kind of array, of the right length, for `numEnvs` environments. */
export function requireActions(id: string, space: Space, numEnvs: number, actions: ActionBatch): void {
  const right = space.kind === "box" ? actions instanceof Float32Array : actions instanceof Int32Array;
  const length = numEnvs * actionSize(space);
  if (!right || actions.length !== length) {
    const kind = space.kind === "box" ? "Float32Array" : "Int32Array";
    const got = `${(actions as object)?.constructor?.name ?? actions} of ${(actions as ArrayLike<number>)?.length}`;
    throw new TypeError(
      `${id}: actions of ${describeSpace(space)} for ${numEnvs} environments must be ${kind} of ${length}, got ${got}`,
    );
  }
}

/** The action of environment `index` as `Env.step` takes it: a number, or a new typed array. */
export function actionOf(space: Space, actions: ActionBatch, index: number): unknown {
  if (space.kind === "discrete") return space.start + actions[index];
  const size = actionSize(space);
  const own = actions.subarray(index * size, (index + 1) * size);
  if (space.kind === "multiBinary") return Uint8Array.from(own);
  return own.slice();
}

/** Writes an action as `Env.step` takes it into the place of environment `index`. The inverse of `actionOf`. */
export function writeAction(space: Space, action: unknown, actions: ActionBatch, index: number): void {
  if (space.kind === "discrete") actions[index] = (action as number) - space.start;
  else actions.set(action as ArrayLike<number>, index * actionSize(space));
}

/** The network's actions as the environment takes them: reals limited to the box. */
export function toEnvironment(space: Space, raw: ActionBatch, actions: ActionBatch): void {
  if (space.kind !== "box") {
    actions.set(raw);
    return;
  }
  const { low, high, size } = space;
  for (let start = 0; start < raw.length; start += size) {
    for (let i = 0; i < size; i++) actions[start + i] = Math.min(Math.max(raw[start + i], low[i]), high[i]);
  }
}
