import { tensor } from "@advantage/engine";
import type { Sequences } from "../networks/cell.js";
import type { EpisodeMemory } from "../networks/memory.js";
import type { Rollout } from "./rollout.js";
import type { TrainingEnv } from "./training-env.js";

/** What recurrent cells remembered during a rollout, cut into sequences of L steps: sequence k·N + i is steps kL … (k + 1)L − 1 of environment i. */
export interface Recall {
  readonly sequenceLength: number;
  /** Numbers remembered of an episode. */
  readonly stateSize: number;
  /** Before the first step of each sequence [T·N/L × stateSize]. */
  readonly states: Float32Array;
  /** After the last step [N × stateSize]; zeros where an episode ended with it. */
  readonly lastStates: Float32Array;
  /** After the steps that are the rollout's `cutRows` [cutRows.length × stateSize]. */
  cutStates: number[];
}

/** Sizes of a recall: numbers remembered of an episode, and steps of a sequence, which must divide those of the rollout. */
export type Cells = Pick<Recall, "stateSize" | "sequenceLength">;

/** Room for what recurrent cells remember over a rollout: a state [stateSize] for each sequence of `rows` steps in `numEnvs` environments. */
export function allocateRecall({ stateSize, sequenceLength }: Cells, rows: number, numEnvs: number): Recall {
  return {
    stateSize,
    sequenceLength,
    states: new Float32Array((rows / sequenceLength) * stateSize),
    lastStates: new Float32Array(numEnvs * stateSize),
    cutStates: [],
  };
}

/** What is done around the steps of a rollout for what recurrent cells remember; nothing where there are none. */
export interface Recaller {
  /** Before step t: the memory at the start of a sequence is kept. */
  before(t: number): void;
  /** After each step: the memory of a cut episode is kept, and that of every one that ended is emptied. */
  after(env: TrainingEnv): void;
  /** After the last step: what is remembered goes on in the next rollout. */
  end(): void;
}

/** @param memory  moved on by who chooses the actions */
export function recaller({ recall, numEnvs }: Rollout, memory: EpisodeMemory | undefined): Recaller {
  if (recall === undefined || memory === undefined) return { before() {}, after() {}, end() {} };
  const { sequenceLength, stateSize, states, lastStates } = recall;
  recall.cutStates = [];
  return {
    before(t) {
      if (t % sequenceLength === 0) states.set(memory.state, ((t * numEnvs) / sequenceLength) * stateSize);
    },
    after({ terminated, truncated }) {
      for (let i = 0; i < numEnvs; i++) {
        if (terminated[i] === 0 && truncated[i] === 1)
          for (let k = i * stateSize; k < (i + 1) * stateSize; k++) recall.cutStates.push(memory.state[k]);
        if (terminated[i] === 1 || truncated[i] === 1) memory.reset(i);
      }
    },
    end: () => lastStates.set(memory.state),
  };
}

/** The sequences of a rollout that is not cut into several of them [T steps of N]; `undefined` of networks without a recurrent cell. */
export function wholeSequences(rollout: Rollout): Sequences | undefined {
  const { recall, numEnvs, numSteps } = rollout;
  if (recall === undefined) return undefined;
  const states = tensor(recall.states, [numEnvs, recall.stateSize]);
  return { length: numSteps, count: numEnvs, states, continues: continuing(rollout) };
}

/** 1 where a row goes on with the episode of the step before it in its environment, as far as the rollout tells [T·N]. */
export function continuing({ numEnvs, terminated, truncated }: Rollout): Uint8Array {
  return terminated.map((_, row) => {
    const before = row - numEnvs;
    return before >= 0 && (terminated[before] === 1 || truncated[before] === 1) ? 0 : 1;
  });
}
