import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { EnvironmentOptions } from "@advantage/envs";
import {
  type ActorTask,
  type ActorThread,
  ConfigError,
  type EnvSlice,
  stopSlices,
  type Threads,
  type WatchedPlace,
  watchedPlace,
  watchedPlaceOf,
  whereabouts,
} from "@advantage/rl";
import type { ActorReply, ThreadTask } from "./thread-task.js";

/** How long a thread may take to come to its end, in milliseconds, before it is ended. */
const PATIENCE = 1000;

/**
 * Threads for a run in Node, to be given to it:
 *
 *     await run(a2c, "CartPole-v1", { numEnvs: 16, threads: nodeThreads(2, "CartPole-v1") });
 *
 * @param count        threads that work side by side, this one included
 * @param environment  the environment's id, or the path of a module that exports it by default: each thread loads it for itself
 * @param options      what it is made with
 * @param watch        is shown where each thread steps its environments: someone watches who tells of what ends the process, too
 */
export function nodeThreads(
  count: number,
  environment: string,
  options?: EnvironmentOptions,
  watch?: (place: WatchedPlace) => void,
): Threads {
  if (!Number.isSafeInteger(count) || count < 2)
    throw new ConfigError([`workers must be a whole number of at least 2 to make threads, got ${count}`]);
  const watchers: Worker[] = [];
  const actors: Worker[] = [];
  const memories = new Set<SharedArrayBuffer>();
  let own: EnvSlice | undefined;
  /** Where an environment of the first slice ends the process, no other thread can tell of it. */
  const tellOfExit = (code: number) => {
    const interrupted = code === 130; // a second Ctrl-C
    if (own !== undefined && !interrupted) process.stderr.write(`${whereabouts(own)}: the process ended\n`);
  };

  function start(task: ThreadTask): Worker {
    const thread = new Worker(entry(), { workerData: task, execArgv: [], env: process.env });
    thread.unref(); // a run that fails before it begins leaves none that would keep the process alive
    return thread;
  }

  return {
    count,
    startSlices(slices: readonly EnvSlice[]) {
      for (const { memory } of slices) memories.add(memory);
      own = { ...slices[0], thread: 0, from: 0, to: slices[0].from };
      if (watch === undefined) process.once("exit", tellOfExit);
      else for (const slice of [own, ...slices]) watch(watchedPlaceOf(slice));
      watchers.push(start({ kind: "watch-slices", environment, options, slices }));
    },
    startActors({ shared, ...task }: ActorTask) {
      const threads = shared.map((own, i) => {
        const place = watchedPlace(`${task.environmentId}: actor ${i}`, 0, 1);
        watch?.(place);
        return start({ kind: "actor", environment, options, ...task, shared: own, place });
      });
      for (const thread of threads) actors.push(thread);
      return threads.map((thread, i) => actorThread(thread, `${task.environmentId}: actor ${i}`));
    },
    async close() {
      process.off("exit", tellOfExit);
      for (const memory of memories) stopSlices(memory);
      await Promise.all([...watchers.splice(0).map(ended), ...actors.splice(0).map((thread) => thread.terminate())]);
    },
  };
}

/** The built file: Node runs no TypeScript. */
function entry(): URL {
  const beside = new URL("./thread.js", import.meta.url);
  return existsSync(fileURLToPath(beside)) ? beside : new URL("../../dist/threads/thread.js", import.meta.url);
}

/** Waits for a thread's end, and brings it about where that takes too long. */
async function ended(thread: Worker): Promise<void> {
  if (thread.threadId < 0) return; // it has ended
  const patience = setTimeout(() => void thread.terminate(), PATIENCE);
  await new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  clearTimeout(patience);
}

function actorThread(thread: Worker, name: string): ActorThread {
  let death: Error | undefined;
  let settle: ((reply: ActorReply) => void) | undefined;
  const die = (reason: string) => {
    death ??= new Error(`${name}: its thread ended: ${reason}`);
    settle?.({ error: death.message });
  };
  thread.on("message", (reply: ActorReply) => settle?.(reply));
  thread.on("error", (error) => die(error instanceof Error ? error.message : String(error)));
  thread.on("exit", (code) => die(`exit code ${code}`));
  return {
    async runTo(line) {
      if (death !== undefined) throw death;
      const reply = await new Promise<ActorReply>((resolve) => {
        settle = resolve;
        thread.ref();
        thread.postMessage(line);
      });
      thread.unref();
      if ("error" in reply) throw new Error(reply.error);
      return reply.report;
    },
  };
}
