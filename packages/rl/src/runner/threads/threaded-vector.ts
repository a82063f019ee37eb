import { largest } from "@advantage/engine";
import {
  actionSize,
  flatSize,
  joinVectorSnapshots,
  requireActions,
  sliceVectorSnapshot,
  type VectorEnv,
} from "@advantage/envs";
import type { EnvSource } from "../../core/task.js";
import type { SliceShape, Threads } from "../../core/threads.js";
import { sharer, steppedBy } from "./serve-slice.js";
import {
  awaitChange,
  awaitWatch,
  giveOrder,
  letterRead,
  Order,
  Own,
  readLetter,
  requireNoFailure,
  Signal,
  sliceMemory,
  writeLetter,
} from "./slice-memory.js";
import { fromBytes, toBytes } from "./snapshot-bytes.js";

/**
 * N environments stepped together by several threads, each with a slice of them; this thread takes the first slice itself. The numbers, the
 * snapshots too, are those of one thread.
 */
export function threadedVector(source: EnvSource, numEnvs: number, threads: Threads): VectorEnv {
  const { id, observationSpace, actionSpace } = source;
  const numThreads = threads.count;
  const observationSize = flatSize(observationSpace);
  const shape: SliceShape = {
    id,
    numEnvs,
    numThreads,
    observationSize,
    actionSize: actionSize(actionSpace),
    realActions: actionSpace.kind === "box",
  };
  const memory = sliceMemory(shape);
  const { signals, buffer } = memory;
  const start = (thread: number) => Math.floor((thread * numEnvs) / numThreads);
  const slices = Array.from({ length: numThreads }, (_, thread) => ({
    shape,
    memory: buffer,
    thread,
    from: start(thread),
    to: start(thread + 1),
  }));
  const others = slices.slice(1);
  threads.startSlices(others);
  const own = steppedBy(source.make, 0, slices[0].to, memory.own[0]);
  awaitWatch(signals);
  const ownActions = memory.actions.subarray(0, slices[0].to * shape.actionSize);
  const share = sharer(own, memory, 0);

  const { words } = memory.own[0];
  const ownStep = () => {
    words[Own.step] += 1;
    words[Own.stepping] = 1;
    own.step(ownActions);
    words[Own.stepping] = 0;
    share();
  };

  /** Waits until the others have done what they were told. */
  function finished(): void {
    for (let done = 0; ; done = awaitChange(signals, Signal.finished, done)) {
      requireNoFailure(memory);
      if (done >= others.length) return;
    }
  }

  /** Has everyone do something: the others what is ordered, this thread meanwhile its own part. */
  function all<Result>(what: number, part: () => Result): Result {
    requireNoFailure(memory);
    giveOrder(signals, what);
    const result = part();
    finished();
    return result;
  }

  /** Sends a letter to each of the others, and has them act on it with this thread's own part. */
  function send(letters: readonly Uint8Array[], what: number, part: () => void): void {
    let at = 0;
    const write = () => {
      for (const [i, { thread }] of others.entries()) writeLetter(memory.own[thread], letters[i], at);
    };
    const longest = largest(letters.map(({ length }) => length));
    const { length: box } = memory.own[0].letter;
    for (write(); at + box < longest; write()) {
      all(Order.receiveMore, () => {});
      at += box;
    }
    all(what, part);
  }

  const vector: VectorEnv = {
    id,
    numEnvs,
    observationSpace,
    actionSpace,
    observationSize,
    observation: memory.observation,
    nextObservation: memory.nextObservation,
    reward: memory.reward,
    terminated: memory.terminated,
    truncated: memory.truncated,
    restorable: own.restorable,
    reset(rng) {
      const letter = toBytes(rng.snapshot());
      send(
        others.map(() => letter),
        Order.reset,
        () => {
          words[Own.step] = 0;
          own.reset(rng);
          share();
        },
      );
    },
    step(actions) {
      requireActions(id, actionSpace, numEnvs, actions);
      memory.actions.set(actions);
      all(Order.step, ownStep);
    },
    snapshot() {
      const first = all(Order.snapshot, () => own.snapshot());
      const letters: Uint8Array[] = others.map(() => new Uint8Array(0));
      const read = () => {
        for (const [i, { thread }] of others.entries()) letters[i] = readLetter(memory.own[thread], letters[i]);
      };
      const whole = ({ thread }: { thread: number }) =>
        letterRead(memory.own[thread]) === memory.own[thread].words[Own.letterBytes];
      for (read(); !others.every(whole); read()) all(Order.sendMore, () => {});
      return joinVectorSnapshots([first, ...letters.map(fromBytes)]);
    },
    restore(snapshot) {
      const part = ({ from, to }: { from: number; to: number }) => sliceVectorSnapshot(snapshot, from, to, numEnvs);
      send(
        others.map((slice) => toBytes(part(slice))),
        Order.restore,
        () => {
          own.restore(part(slices[0]));
          share();
        },
      );
    },
  };
  return vector;
}
