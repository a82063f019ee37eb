import { indices, ops, scope, type Tensor, tensor } from "@advantage/engine";
import type { Sequences } from "../networks/cell.js";
import { continuing } from "./recall.js";
import type { Rollout } from "./rollout.js";

/*
 * A rollout's rows in parts: as many as are evaluated at a time, or sequences of recurrent cells, whose rows stay together.
 */

/** A rollout [T·N] as sequences of L steps: row l of sequence k·N + i is row (k·L + l)·N + i of the rollout. */
export interface RolloutSequences {
  readonly numEnvs: number;
  readonly length: number;
  /** What was remembered before each sequence, when it was collected [T·N/L × stateSize]. */
  readonly states: Tensor;
  readonly continues: Uint8Array;
}

/** Rows evaluated at a time: enough for the matrix products, few enough that the activations of a large rollout stay small. */
const chunkRows = 4096;

/** Some of a rollout's rows. */
export interface Chunk {
  readonly sequences?: Sequences;
  /** Its rows of all rows. */
  part(whole: Tensor): Tensor;
  /** Writes numbers of its rows [count × columns] to where they belong among all rows. */
  put(into: Float32Array, numbers: Float32Array, columns?: number): void;
}

/** Runs `body` over the rows of a rollout in chunks, the temporaries of each dropped with it. A row's numbers do not depend on its chunk. */
export function inChunks(rows: number, recall: RolloutSequences | undefined, body: (chunk: Chunk) => void): void {
  if (recall !== undefined) {
    const count = rows / recall.length;
    const atOnce = Math.max(1, Math.floor(chunkRows / recall.length));
    for (let start = 0; start < count; start += atOnce) {
      const chosen = Int32Array.from({ length: Math.min(atOnce, count - start) }, (_, i) => start + i);
      scope(() => body(sequenceChunk(recall, chosen)));
    }
    return;
  }
  for (let start = 0; start < rows; start += chunkRows) {
    const end = Math.min(start + chunkRows, rows);
    scope(() =>
      body({
        part: (whole) => (rows <= chunkRows ? whole : ops.slice(whole, 0, start, end)),
        put: (into, numbers, columns = 1) => into.set(numbers, start * columns),
      }),
    );
  }
}

/** The rows of some sequences, step by step. */
export function sequenceChunk(
  { numEnvs, length, states, continues }: RolloutSequences,
  chosen: Int32Array,
): Required<Chunk> {
  const count = chosen.length;
  const rows = new Int32Array(length * count);
  for (let i = 0; i < count; i++) {
    const first = Math.floor(chosen[i] / numEnvs) * length * numEnvs + (chosen[i] % numEnvs);
    for (let l = 0; l < length; l++) rows[l * count + i] = first + l * numEnvs;
  }
  const index = indices(rows);
  return {
    part: (whole) => ops.gatherRows(whole, index),
    put(into, numbers, columns = 1) {
      for (let i = 0; i < rows.length; i++)
        into.set(numbers.subarray(i * columns, (i + 1) * columns), rows[i] * columns);
    },
    sequences: {
      length,
      count,
      states: ops.gatherRows(states, indices(chosen)),
      continues: Uint8Array.from(rows, (row) => continues[row]),
    },
  };
}

/** The sequences that a rollout was collected in; `undefined` of networks without a recurrent cell. */
export function sequencesOf(rollout: Rollout): RolloutSequences | undefined {
  if (rollout.recall === undefined) return undefined;
  const { sequenceLength: length, stateSize, states } = rollout.recall;
  return {
    numEnvs: rollout.numEnvs,
    length,
    states: tensor(states, [states.length / stateSize, stateSize]),
    continues: continuing(rollout),
  };
}
