import { Random, type RandomState } from "@advantage/engine";
import type { Env, MakeEnv, VectorEnv } from "@advantage/envs";
import type { EnvSource } from "../../core/task.js";
import type { EnvSlice } from "../../core/threads.js";
import { breather } from "../breathe.js";
import { checkedVector } from "../env-source.js";
import {
  awaitChange,
  enterFailure,
  finish,
  letterRead,
  Order,
  Own,
  placeOf,
  readLetter,
  Signal,
  type SliceMemory,
  sliceMemory,
  type ThreadMemory,
  type WatchedPlace,
  writeLetter,
} from "./slice-memory.js";
import { fromBytes, toBytes } from "./snapshot-bytes.js";

/**
 * Steps a slice of the environments as another thread orders, until that says stop. The thread turns to its event loop now and then: an error that
 * an environment throws in a timer or leaves in a promise ends it.
 */
export async function serveSlice(make: MakeEnv, slice: EnvSlice): Promise<void> {
  const memory = sliceMemory(slice.shape, slice.memory);
  const { signals } = memory;
  const breathe = breather();
  let order = 0;
  try {
    const run = sliceRunner(make, slice, memory);
    for (;;) {
      order = awaitChange(signals, Signal.order, order);
      const what = Atomics.load(signals, Signal.what);
      if (what === Order.stop) return;
      run(what);
      finish(signals);
      await breathe();
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const { id } = slice.shape;
    enterFailure(memory, message.startsWith(`${id}: `) ? message : `${id}: ${placeOf(memory, slice)}: ${message}`);
  }
}

/** What an order does to a slice. */
function sliceRunner(make: MakeEnv, { from, to, thread }: EnvSlice, memory: SliceMemory): (what: number) => void {
  const own = memory.own[thread];
  const vector = steppedBy(make, from, to, own);
  const share = sharer(vector, memory, from);
  const perEnv = memory.actions.length / memory.reward.length;
  const actions = memory.actions.subarray(from * perEnv, to * perEnv);
  let letter: Uint8Array = new Uint8Array(0);
  return (what) => {
    switch (what) {
      case Order.step:
        own.words[Own.step] += 1;
        own.words[Own.stepping] = 1;
        vector.step(actions);
        own.words[Own.stepping] = 0;
        share();
        break;
      case Order.reset:
        own.words[Own.step] = 0;
        vector.reset(Random.fromSnapshot(fromBytes(readLetter(own, letter)) as RandomState));
        share();
        break;
      case Order.snapshot:
        letter = toBytes(vector.snapshot());
        writeLetter(own, letter);
        break;
      case Order.sendMore:
        writeLetter(own, letter, letterRead(own));
        break;
      case Order.receiveMore:
        letter = readLetter(own, letter);
        break;
      case Order.restore:
        letter = readLetter(own, letter);
        vector.restore(fromBytes(letter));
        share();
        break;
    }
  };
}

/** Environments whose steps a thread that watches can follow at `place`. */
export function watchedSource(source: EnvSource, { words }: WatchedPlace): EnvSource {
  const begin = () => {
    words[Own.step] += 1;
    words[Own.stepping] = 1;
  };
  const end = () => {
    words[Own.stepping] = 0;
  };
  return {
    ...source,
    make: () => stepsBetween(source.make(), begin, end),
    vector(numEnvs, first = 0) {
      const vector = steppedBy(source.make, first, first + numEnvs, { words });
      return {
        ...vector,
        step(actions) {
          begin();
          vector.step(actions);
          end();
        },
        snapshot: () => vector.snapshot(),
        restore: (snapshot) => vector.restore(snapshot),
        reset: (rng) => vector.reset(rng),
      };
    },
  };
}

function stepsBetween(env: Env, begin: () => void, end: () => void): Env {
  const { step } = env;
  if (Object.isExtensible(env)) {
    env.step = (action) => {
      begin();
      const result = step.call(env, action);
      end();
      return result;
    };
  }
  return env;
}

/** The environments of a slice; the number of the one that is being stepped is entered in the thread's memory. */
export function steppedBy(make: MakeEnv, from: number, to: number, { words }: Pick<ThreadMemory, "words">): VectorEnv {
  let next = from;
  return checkedVector(() => watched(make(), words, next++), to - from, from);
}

function watched(env: Env, words: Int32Array, number: number): Env {
  const { step } = env;
  // In place: a copy would lose the private members of a class.
  if (env.vector === undefined && Object.isExtensible(env)) {
    env.step = (action) => {
      words[Own.environment] = number + 1;
      return step.call(env, action);
    };
  }
  return env;
}

/** Copies what the slice's step has written into the memory of all. */
export function sharer(vector: VectorEnv, memory: SliceMemory, from: number): () => void {
  const { observation, nextObservation, reward, terminated, truncated, observationSize } = vector;
  return () => {
    memory.observation.set(observation, from * observationSize);
    memory.nextObservation.set(nextObservation, from * observationSize);
    memory.reward.set(reward, from);
    memory.terminated.set(terminated, from);
    memory.truncated.set(truncated, from);
  };
}
