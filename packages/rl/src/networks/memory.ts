import { type ActionBatch, actionOf, flatSize, flattenInto, type Space } from "@advantage/envs";
import type { Memory } from "../core/policy.js";
import type { Cell, CellKind } from "./cell.js";

/** How a policy remembers what it saw before: by the last observations themselves, or by the state of a recurrent cell. */
export type MemorySpec =
  | {
      readonly kind: "history";
      readonly length: number;
      /** Numbers of the action before, which stands beside each observation, flattened; absent: observations alone. */
      readonly actionSize?: number;
    }
  | { readonly kind: CellKind; readonly size: number };

/** Numbers for each of several episodes under way, and which of these have just begun. */
export class EpisodeMemory implements Memory {
  /** [count × size]; zeros where nothing was seen yet. */
  readonly state: Float32Array;
  /** 1 where nothing was seen yet [count]. */
  readonly fresh: Uint8Array;

  constructor(
    readonly count: number,
    /** Numbers per episode. */
    readonly size: number,
  ) {
    if (!Number.isSafeInteger(count) || count < 1)
      throw new RangeError(`a memory's count must be a whole number of at least 1, got ${count}`);
    this.state = new Float32Array(count * size);
    this.fresh = new Uint8Array(count).fill(1);
  }

  reset(row?: number): void {
    if (row === undefined) {
      this.state.fill(0);
      this.fresh.fill(1);
      return;
    }
    if (!(row in this.fresh)) throw new RangeError(`an episode of the memory is in [0, ${this.count - 1}], got ${row}`);
    this.state.fill(0, row * this.size, (row + 1) * this.size);
    this.fresh[row] = 1;
  }

  copy(): EpisodeMemory {
    const copy = new EpisodeMemory(this.count, this.size);
    copy.restore(this.snapshot());
    return copy;
  }

  snapshot() {
    return { state: this.state.slice(), fresh: this.fresh.slice() };
  }

  restore(saved: unknown): void {
    const { state, fresh } = saved as ReturnType<EpisodeMemory["snapshot"]>;
    if (state?.length !== this.state.length || fresh?.length !== this.count)
      throw new RangeError(`the memory must hold ${this.count} × ${this.size} numbers, got ${state?.length}`);
    this.state.set(state);
    this.fresh.set(fresh);
  }
}

/**
 * Adds an observation to the end of an episode's row, which holds the last ones, oldest first. Of an episode that has just begun all are
 * its first observation, as with the environments' `frameStack`. With actions each observation is followed by the one that led to it, zeros where
 * there was none, and the row ends with the action that was taken since (`rememberAction`).
 *
 * @param observations  one of each episode, flattened and one behind the other
 * @param actionSize    numbers of an action; 0 for a history without
 */
export function addToHistory(memory: EpisodeMemory, row: number, observations: Float32Array, actionSize = 0): void {
  const { count, state, size, fresh } = memory;
  const length = observations.length / count;
  const both = length + actionSize;
  const start = row * size;
  const end = start + size - actionSize;
  const observation = observations.subarray(row * length, (row + 1) * length);
  const put = (at: number) => {
    state.set(observation, at);
    state.copyWithin(at + length, end, end + actionSize);
  };
  if (fresh[row] === 1) for (let at = start; at < end; at += both) put(at);
  else {
    state.copyWithin(start, start + both, end);
    put(end - both);
  }
  fresh[row] = 0;
}

/** Keeps the action that was taken in an episode, to stand beside its next observation. */
export function rememberAction(memory: EpisodeMemory, row: number, space: Space, actions: ActionBatch): void {
  flattenInto(space, actionOf(space, actions, row), memory.state, (row + 1) * memory.size - flatSize(space));
}

/** The histories as a network reads them, without the actions that nothing was seen after yet  [count × size]. */
export function copyHistories({ count, state, size }: EpisodeMemory, actionSize: number, out: Float32Array): void {
  if (actionSize === 0) {
    out.set(state);
    return;
  }
  const read = size - actionSize;
  for (let row = 0; row < count; row++) out.set(state.subarray(row * size, row * size + read), row * read);
}

/** Numbers that the network is given of each step: an observation, or as many as the history is long. */
export function inputSizeOf(observationSize: number, memory: MemorySpec | undefined): number {
  return memory?.kind === "history" ? memory.length * (observationSize + (memory.actionSize ?? 0)) : observationSize;
}

/** Numbers that the policy itself remembers of an episode: the observations, or the state of its cell; 0 if it has no memory. */
export function memorySizeOf(
  observationSize: number,
  memory: MemorySpec | undefined,
  { cell }: { readonly cell?: Cell },
): number {
  if (cell !== undefined) return cell.stateSize;
  return memory?.kind === "history" ? inputSizeOf(observationSize, memory) + (memory.actionSize ?? 0) : 0;
}
