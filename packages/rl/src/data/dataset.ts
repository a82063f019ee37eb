import type { Random } from "@advantage/engine";
import { actionSize, flatSize, type Space } from "@advantage/envs";
import type { Dataset, GatherOptions, Transitions } from "../core/dataset.js";
import { RunError } from "../core/errors.js";

/** Transitions as they are collected or read, one a row: B of them. */
export interface DatasetColumns {
  readonly id: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** s, flattened as vector environments do [B × observationSize] */
  readonly observations: Float32Array | Uint8Array;
  /** a as `VectorEnv.step` takes it: discrete actions are counted from 0 [B × actionSize] */
  readonly actions: Float32Array | Int32Array;
  /** r [B] */
  readonly rewards: ArrayLike<number>;
  /** s′, the true successor, also at the end of an episode [B × observationSize] */
  readonly nextObservations: Float32Array | Uint8Array;
  /** 1 where the task ended [B] */
  readonly terminated: ArrayLike<number>;
  /** 1 where the episode was cut [B] */
  readonly truncated: ArrayLike<number>;
}

/**
 * A dataset of the transitions in some columns. Its episodes are found: one ends where the task did, where it was cut, and where the next row does
 * not go on from it, which is a cut, too. So rows in any order are fine, though n-step returns then reach no further than one.
 *
 * @throws RunError if there are none, a column has another length, or a number is not finite
 */
export function datasetOf(columns: DatasetColumns): Dataset {
  const { id, observationSpace, actionSpace, observations, actions, nextObservations } = columns;
  const count = columns.rewards.length;
  const size = flatSize(observationSpace);
  const perAction = actionSize(actionSpace);
  if (count === 0) throw new RunError(`dataset ${id} must have a transition at least, got none`);
  const width = { observations: size, actions: perAction, rewards: 1, nextObservations: size };
  for (const [name, each] of Object.entries({ ...width, terminated: 1, truncated: 1 }))
    requireColumn(id, name, columns[name as keyof typeof width], count, each);

  const rewards = Float64Array.from(columns.rewards);
  const terminated = Uint8Array.from(columns.terminated, (flag) => (flag ? 1 : 0));
  const truncated = Uint8Array.from(columns.truncated, (flag) => (flag ? 1 : 0));
  const ends: number[] = [];
  for (let row = 0; row < count; row++) {
    const over = terminated[row] === 1 || truncated[row] === 1;
    if (!over && row + 1 < count && follows(observations, row + 1, nextObservations, row, size)) continue;
    if (!over) truncated[row] = 1;
    ends.push(row);
  }
  const lastObservations = new (nextObservations.constructor as Float32ArrayConstructor)(ends.length * size);
  ends.forEach((row, i) => {
    lastObservations.set(nextObservations.subarray(row * size, (row + 1) * size) as Float32Array, i * size);
  });
  return new ColumnDataset({
    id,
    observationSpace,
    actionSpace,
    starts: Int32Array.from([0, ...ends.map((row) => row + 1)]),
    observations,
    actions,
    rewards,
    terminated,
    truncated,
    lastObservations,
  });
}

/** Whether the observation of a row is the successor of another. */
function follows(
  observations: ArrayLike<number>,
  row: number,
  successors: ArrayLike<number>,
  before: number,
  size: number,
): boolean {
  for (let k = 0; k < size; k++) if (observations[row * size + k] !== successors[before * size + k]) return false;
  return true;
}

function requireColumn(id: string, name: string, values: ArrayLike<number>, count: number, width: number): void {
  if (values.length !== count * width) {
    const each = width === 1 ? "one" : `${width}`;
    throw new RunError(
      `dataset ${id}: ${name} must be ${count * width} numbers, ${each} for each of ${count} transitions, got ${values.length}`,
    );
  }
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(Number(values[i]))) continue;
    throw new RunError(
      `dataset ${id}: ${name} must be finite, got ${values[i]} in transition ${Math.floor(i / width)}`,
    );
  }
}

type Columns = Omit<Dataset, "count" | "allocate" | "draw" | "gather">;

class ColumnDataset implements Dataset {
  readonly id: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly count: number;
  readonly starts: Int32Array;
  readonly observations: Float32Array | Uint8Array;
  readonly actions: Float32Array | Int32Array;
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly lastObservations: Float32Array | Uint8Array;
  readonly #size: number;
  readonly #actionSize: number;
  /** Which of the last observations is a row's successor; −1 where the next row is [B] */
  readonly #lasts: Int32Array;

  constructor(columns: Columns) {
    this.id = columns.id;
    this.observationSpace = columns.observationSpace;
    this.actionSpace = columns.actionSpace;
    this.count = columns.rewards.length;
    this.starts = columns.starts;
    this.observations = columns.observations;
    this.actions = columns.actions;
    this.rewards = columns.rewards;
    this.terminated = columns.terminated;
    this.truncated = columns.truncated;
    this.lastObservations = columns.lastObservations;
    this.#size = columns.observations.length / this.count;
    this.#actionSize = columns.actions.length / this.count;
    this.#lasts = new Int32Array(this.count).fill(-1);
    for (let i = 0; i + 1 < this.starts.length; i++) this.#lasts[this.starts[i + 1] - 1] = i;
  }

  allocate(size: number): Transitions {
    const actions = size * this.#actionSize;
    return {
      size,
      observations: new Float32Array(size * this.#size),
      actions: this.actions instanceof Int32Array ? new Int32Array(actions) : new Float32Array(actions),
      rewards: new Float64Array(size),
      nextObservations: new Float32Array(size * this.#size),
      terminated: new Float32Array(size),
      discounts: new Float32Array(size),
    };
  }

  draw(random: Random, rows: Int32Array): Int32Array {
    for (let i = 0; i < rows.length; i++) rows[i] = random.int(this.count);
    return rows;
  }

  gather(rows: Int32Array, batch: Transitions, { steps = 1, discount = 1 }: GatherOptions = {}): Transitions {
    const size = this.#size;
    const width = this.#actionSize;
    for (let b = 0; b < rows.length; b++) {
      let row = rows[b];
      for (let k = 0; k < size; k++) batch.observations[b * size + k] = this.observations[row * size + k];
      for (let k = 0; k < width; k++) batch.actions[b * width + k] = this.actions[row * width + k];
      let reward = this.rewards[row];
      let weight = discount;
      for (let k = 1; k < steps && this.#lasts[row] < 0; k++) {
        row += 1;
        reward += weight * this.rewards[row];
        weight *= discount;
      }
      const last = this.#lasts[row];
      const successors = last < 0 ? this.observations : this.lastObservations;
      const at = (last < 0 ? row + 1 : last) * size;
      for (let k = 0; k < size; k++) batch.nextObservations[b * size + k] = successors[at + k];
      batch.rewards[b] = reward;
      batch.discounts[b] = weight;
      batch.terminated[b] = this.terminated[row];
    }
    return batch;
  }
}
