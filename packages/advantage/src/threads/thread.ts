/** Where a thread begins: what `nodeThreads` starts. */
import { parentPort, Worker, workerData } from "node:worker_threads";
import { Random } from "@advantage/engine";
import {
  algorithms,
  type BaseConfig,
  type Context,
  enterDeath,
  enterWatch,
  envSource,
  type Need,
  serveSlice,
  watchedSource,
} from "@advantage/rl";
import { importEnvironment } from "../environments/load-environment.js";
import type { ActorReply, ThreadTask } from "./thread-task.js";

await work(workerData as ThreadTask);

async function work(task: ThreadTask): Promise<void> {
  switch (task.kind) {
    case "watch-slices":
      return watchSlices(task);
    case "slice":
      return serveSlice((await sourceOf(task, task.slice.shape.id)).make, task.slice);
    case "actor":
      return serveActor(task);
  }
}

/** @throws Error if the threads were made for another environment than the run's */
async function sourceOf({ environment, options }: ThreadTask, wanted: string) {
  const source = envSource((await importEnvironment(environment)).env, options);
  if (source.id === wanted) return source;
  throw new Error(
    `the threads were made for ${source.id}, the run is of ${wanted}: nodeThreads(count, environment) must name the run's`,
  );
}

/**
 * Starts the threads of the slices and waits for their ends. The thread that trains cannot do that: it waits for them without turning to its
 * event loop, and would wait for ever for one that has died.
 */
function watchSlices({ slices, environment, options }: ThreadTask & { kind: "watch-slices" }): void {
  for (const slice of slices) {
    const task: ThreadTask = { kind: "slice", environment, options, slice };
    const thread = new Worker(new URL(import.meta.url), { workerData: task, execArgv: [], env: process.env });
    thread.on("error", (error) => enterDeath(slice, error instanceof Error ? error.message : String(error)));
    thread.on("exit", (code) => enterDeath(slice, `exit code ${code}`));
  }
  enterWatch(slices[0].memory);
}

async function serveActor(task: ThreadTask & { kind: "actor" }): Promise<void> {
  const algorithm = algorithms.find(({ id }) => id === task.algorithm);
  if (algorithm?.actor === undefined) throw new Error(`${task.algorithm} has no actor`);
  const config = algorithm.config.parse(task.config as Record<string, unknown>);
  const env = watchedSource(await sourceOf(task, task.environmentId), task.place);
  const { id, observationSpace, actionSpace } = env;
  // Asynchronous algorithms step environments: this is all they need.
  const context = { id, observationSpace, actionSpace, env, config, random: Random.fromSeed(config.seed) } as Context<
    BaseConfig,
    Need
  >;
  const runTo = algorithm.actor(context, task.shared);
  parentPort?.on("message", (line: number) => parentPort?.postMessage(reply(() => runTo(line))));
}

function reply(work: () => unknown): ActorReply {
  try {
    return { report: work() };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
