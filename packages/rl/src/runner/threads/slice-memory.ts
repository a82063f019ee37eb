import type { ActionBatch } from "@advantage/envs";
import type { EnvSlice, SliceShape } from "../../core/threads.js";

/** What a thread is asked to do with its slice. */
export const Order = {
  /** What stands there before the first order. */
  none: 0,
  step: 1,
  /** The letter holds the stream that the episodes start from. */
  reset: 2,
  /** Write the slice's snapshot into the outgoing letter. */
  snapshot: 3,
  /** The letter holds a snapshot. */
  restore: 4,
  /** Read on in the letter that is too long for the letter box. */
  receiveMore: 5,
  /** Write on in the letter that is too long for it. */
  sendMore: 6,
  stop: 7,
} as const;

/** Words of the memory that all threads know, before each thread's own. */
const SIGNAL_WORDS = 6;
const OWN_WORDS = 5;
const LETTER_BYTES = 1 << 18;
const FAILURE_BYTES = 1 << 14;

/**
 * N environments in one shared memory: the arrays of a `VectorEnv`, the actions, and for each thread some words and a letter box.
 *
 * The one thread that gives orders raises `order` and wakes the others; each of them raises `finished` when it is done.
 */
export interface SliceMemory {
  readonly buffer: SharedArrayBuffer;
  /** [order, what, finished, failure: 0 none, 1 being written, 2 there; bytes of its message, whether someone watches over the threads] */
  readonly signals: Int32Array;
  /** What the first thread that failed has to say. */
  readonly failure: Uint8Array;
  readonly observation: Float32Array; // [N × size]
  readonly nextObservation: Float32Array; // [N × size]
  readonly reward: Float64Array; // [N]
  readonly terminated: Uint8Array; // [N]
  readonly truncated: Uint8Array; // [N]
  readonly actions: ActionBatch; // [N × action size]
  readonly own: readonly ThreadMemory[];
}

/** A thread's own part. */
export interface ThreadMemory {
  /**
   * [number + 1 of the environment that is being stepped, or 0; steps since the reset, bytes of the letter in all, bytes of it before this part,
   * whether a step is under way]
   */
  readonly words: Int32Array;
  readonly letter: Uint8Array;
}

export const Signal = { order: 0, what: 1, finished: 2, failure: 3, failureBytes: 4, watched: 5 } as const;
export const Own = { environment: 0, step: 1, letterBytes: 2, letterAt: 3, stepping: 4 } as const;

/** The memory's views over `buffer`, or over a new one. */
export function sliceMemory(
  { numEnvs, numThreads, observationSize: size, actionSize: perAction, realActions }: SliceShape,
  buffer?: SharedArrayBuffer,
): SliceMemory {
  let bytes = 0;
  const place = (length: number) => {
    const at = bytes;
    bytes += Math.ceil(length / 64) * 64; // a cache line: threads do not write into each other's
    return at;
  };
  const at = {
    signals: place(4 * SIGNAL_WORDS),
    failure: place(FAILURE_BYTES),
    observation: place(4 * numEnvs * size),
    nextObservation: place(4 * numEnvs * size),
    reward: place(8 * numEnvs),
    terminated: place(numEnvs),
    truncated: place(numEnvs),
    actions: place(4 * numEnvs * perAction),
    own: Array.from({ length: numThreads }, () => ({ words: place(4 * OWN_WORDS), letter: place(LETTER_BYTES) })),
  };
  const memory = buffer ?? new SharedArrayBuffer(bytes);
  const actions = [memory, at.actions, numEnvs * perAction] as const;
  return {
    buffer: memory,
    signals: new Int32Array(memory, at.signals, SIGNAL_WORDS),
    failure: new Uint8Array(memory, at.failure, FAILURE_BYTES),
    observation: new Float32Array(memory, at.observation, numEnvs * size),
    nextObservation: new Float32Array(memory, at.nextObservation, numEnvs * size),
    reward: new Float64Array(memory, at.reward, numEnvs),
    terminated: new Uint8Array(memory, at.terminated, numEnvs),
    truncated: new Uint8Array(memory, at.truncated, numEnvs),
    actions: realActions ? new Float32Array(...actions) : new Int32Array(...actions),
    own: at.own.map(({ words, letter }) => ({
      words: new Int32Array(memory, words, OWN_WORDS),
      letter: new Uint8Array(memory, letter, LETTER_BYTES),
    })),
  };
}

/** Writes the part of `bytes` that fits into the letter box; the rest follows with `sendMore` or `receiveMore`. */
export function writeLetter({ words, letter }: ThreadMemory, bytes: Uint8Array, from = 0): void {
  const part = bytes.subarray(from, from + letter.length);
  letter.set(part);
  words[Own.letterBytes] = bytes.length;
  words[Own.letterAt] = from;
}

/** The part that is in the letter box, appended to what was read of the letter before. */
export function readLetter({ words, letter }: ThreadMemory, before: Uint8Array): Uint8Array {
  const [length, from] = [words[Own.letterBytes], words[Own.letterAt]];
  const bytes = from === 0 ? new Uint8Array(length) : before;
  if (from < length) bytes.set(letter.subarray(0, Math.min(letter.length, length - from)), from);
  return bytes;
}

/** How much of the letter has been through the box with its present part. */
export function letterRead({ words, letter }: ThreadMemory): number {
  return Math.min(words[Own.letterAt] + letter.length, words[Own.letterBytes]);
}

/** Enters a thread's failure, for the one that gives the orders to find, and wakes it. */
export function enterFailure({ signals, failure }: SliceMemory, message: string): void {
  if (Atomics.compareExchange(signals, Signal.failure, 0, 1) !== 0) return; // the first one tells
  const bytes = new TextEncoder().encode(message).subarray(0, failure.length);
  failure.set(bytes);
  Atomics.store(signals, Signal.failureBytes, bytes.length);
  Atomics.store(signals, Signal.failure, 2);
  finish(signals);
}

/** @throws Error with what a thread that failed had to say, if one has: it will never finish anything again */
export function requireNoFailure({ signals, failure }: SliceMemory): void {
  if (Atomics.load(signals, Signal.failure) !== 2) return;
  throw new Error(new TextDecoder().decode(failure.slice(0, Atomics.load(signals, Signal.failureBytes))));
}

/** Enters the end of a thread, which could not say anything itself any more. */
export function enterDeath(slice: EnvSlice, reason: string): void {
  const memory = sliceMemory(slice.shape, slice.memory);
  if (memory.signals[Signal.what] === Order.stop) return;
  enterFailure(memory, `${whereabouts(slice)}: its thread ended: ${reason}`);
}

/** The environment that a slice is stepping, and its step, for a sentence about its end. */
export function whereabouts(slice: EnvSlice): string {
  return placeText(watchedPlaceOf(slice));
}

/** A slice's place, for a thread that watches. */
export function watchedPlaceOf({ shape, memory, thread, from, to }: EnvSlice): WatchedPlace {
  return { id: shape.id, words: sliceMemory(shape, memory).own[thread].words, from, to };
}

/** Where a thread steps environments, in shared memory that another one may look at while a step does not return. */
export interface WatchedPlace {
  /** The environment's id. */
  readonly id: string;
  /** As in `ThreadMemory`. */
  readonly words: Int32Array;
  /** The environments that are stepped there: `from` … `to` − 1. */
  readonly from: number;
  readonly to: number;
}

/** A place to be watched that belongs to no slice. */
export function watchedPlace(id: string, from: number, to: number): WatchedPlace {
  return { id, words: new Int32Array(new SharedArrayBuffer(4 * OWN_WORDS)), from, to };
}

/** "Own-v0: environment 3, step 200" */
export function placeText({ id, words, from, to }: WatchedPlace): string {
  return `${id}: ${environmentsAt(words, from, to)}, step ${words[Own.step]}`;
}

/** The step that is under way at a place; `undefined` between two. */
export function stepUnderWay({ words }: WatchedPlace): number | undefined {
  return Atomics.load(words, Own.stepping) === 1 ? Atomics.load(words, Own.step) : undefined;
}

/** The environment that a thread is stepping, or all that it has where that is not known. */
export function placeOf({ own }: SliceMemory, { thread, from, to }: EnvSlice): string {
  return environmentsAt(own[thread].words, from, to);
}

function environmentsAt(words: Int32Array, from: number, to: number): string {
  const number = words[Own.environment] - 1;
  if (number >= 0) return `environment ${number}`;
  return to - from === 1 ? `environment ${from}` : `environments ${from} to ${to - 1}`;
}

/** Raises `finished`; the one that waits for it is woken. */
export function finish(signals: Int32Array): void {
  Atomics.add(signals, Signal.finished, 1);
  Atomics.notify(signals, Signal.finished);
}

/** How long threads may take to start, in milliseconds. */
const START = 30_000;

/** Says that the threads of a memory have been started and are watched over. */
export function enterWatch(memory: SharedArrayBuffer): void {
  const signals = new Int32Array(memory, 0, SIGNAL_WORDS);
  Atomics.store(signals, Signal.watched, 1);
  Atomics.notify(signals, Signal.watched);
}

/** @throws Error if nobody watches over the threads: one would wait for them for ever */
export function awaitWatch(signals: Int32Array): void {
  if (Atomics.wait(signals, Signal.watched, 0, START) === "timed-out")
    throw new Error(`the threads of the workers did not start within ${START / 1000} seconds; leave --workers out`);
}

/** Tells all threads of a memory to end. */
export function stopSlices(memory: SharedArrayBuffer): void {
  const signals = new Int32Array(memory, 0, SIGNAL_WORDS);
  giveOrder(signals, Order.stop);
}

/** Has the other threads do something. */
export function giveOrder(signals: Int32Array, what: number): void {
  Atomics.store(signals, Signal.finished, 0);
  Atomics.store(signals, Signal.what, what);
  Atomics.add(signals, Signal.order, 1);
  Atomics.notify(signals, Signal.order);
}

/** Checks for so long whether a word has changed before the thread is put to sleep: waking it takes far longer than an environment's step. */
const SPINS = 200_000;

/** Waits until a word of the memory is no longer `value`; gives its new value. */
export function awaitChange(words: Int32Array, index: number, value: number): number {
  for (let spin = 0; spin < SPINS; spin++) {
    const now = Atomics.load(words, index);
    if (now !== value) return now;
  }
  while (Atomics.load(words, index) === value) Atomics.wait(words, index, value);
  return Atomics.load(words, index);
}
