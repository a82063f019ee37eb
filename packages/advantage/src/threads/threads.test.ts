import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { a2c, a3c, type Checkpoint, ppo, prepareRun, type RunResult, reinforce, run, train, vpg } from "@advantage/rl";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { importEnvironment, loadEnvironment } from "../environments/load-environment.js";
import { openRun } from "../run-directory/run-directory.js";
import { resumeRun, trainToDirectory } from "../run-directory/train-to-directory.js";
import { nodeThreads } from "./node-threads.js";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-threads-"));
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

/** The events without the clock's numbers. */
function numbers({ history }: Pick<RunResult, "history">) {
  return history.map(({ seconds, stepsPerSecond, ...event }) => event);
}

test.each([
  ["a2c", a2c, "CartPole-v1", { totalSteps: 2000, numEnvs: 7 }],
  [
    "ppo, discrete observations, stepped one by one",
    ppo,
    "FrozenLake-v1",
    { totalSteps: 2000, numEnvs: 5, numSteps: 64 },
  ],
  ["ppo, real actions", ppo, "Pendulum-v1", { totalSteps: 2000, numEnvs: 4, numSteps: 128, normaliseReward: true }],
  ["reinforce, whole episodes", reinforce, "CartPole-v1", { totalSteps: 2000, numEnvs: 5 }],
  ["vpg", vpg, "Acrobot-v1", { totalSteps: 2000, numEnvs: 4, numSteps: 200 }],
] as const)("%s: threads give the numbers of one", async (_, algorithm, env, settings) => {
  const of = (threads?: ReturnType<typeof nodeThreads>) =>
    // biome-ignore lint/suspicious/noExplicitAny: algorithms of different settings in one table
    run(algorithm as any, env, { ...settings, preset: "none", seed: 3, evaluationEpisodes: 0, threads } as object);
  const one = numbers(await of());
  expect(numbers(await of(nodeThreads(2, env)))).toEqual(one);
  if (algorithm === a2c) expect(numbers(await of(nodeThreads(3, env)))).toEqual(one);
});

/**
 * An environment of one's own, with a snapshot that does not fit into the letter box at once. In a thread of its own it does what `mischief` says at
 * its 400th step.
 */
function ownEnvironment(mischief = ""): string {
  const file = path.join(folder, "own.mjs");
  const envs = new URL("../../../envs/dist/index.js", import.meta.url).href;
  fs.writeFileSync(
    file,
    `import { isMainThread } from "node:worker_threads";
import { box, discrete } from ${JSON.stringify(envs)};
let steps = 0;
export default () => {
  let t = 0;
  let x = 0;
  let random;
  const ballast = new Float64Array(50_000).fill(0.1);
  return {
    id: "Own-v0",
    observationSpace: box({ low: -100, high: 100, shape: [2] }),
    actionSpace: discrete(2),
    reset(rng) {
      random = rng;
      t = 0;
      x = random.uniform();
      return Float32Array.of(x, 0);
    },
    step(action) {
      t += 1;
      steps += 1;
      x += (action - 0.5) * random.uniform();
      ballast[t] = x;
      if (!isMainThread && steps === 400) { ${mischief} }
      return { observation: Float32Array.of(x, t / 50), reward: -Math.abs(x), terminated: Math.abs(x) > 3, truncated: t >= 50 };
    },
    snapshot: () => ({ t, x, ballast: ballast.slice() }),
    restore(saved, rng) {
      t = saved.t;
      x = saved.x;
      ballast.set(saved.ballast);
      random = rng;
    },
  };
};
`,
  );
  return file;
}

/** The same, which cannot be made in a thread; here that takes longer than a thread needs to find out. */
function unmakeableEnvironment(): string {
  const file = ownEnvironment();
  const make = `const until = performance.now() + 300;
  while (isMainThread && performance.now() < until);
  if (!isMainThread) throw new Error("the port is in use");
  let t = 0;`;
  fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace("let t = 0;", make));
  return file;
}

async function trainOwn(directory: string, options: { workers?: number; mischief?: string; totalSteps?: number }) {
  const module = ownEnvironment(options.mischief);
  const { env } = await loadEnvironment(module);
  return trainToDirectory(a2c, env, {
    settings: { totalSteps: options.totalSteps ?? 4000, numEnvs: 4, numSteps: 25, logEvery: 400 },
    environmentModule: module,
    workers: options.workers,
    runDirectory: path.join(folder, directory),
    checkpointEverySeconds: options.mischief === undefined ? 30 : 0,
    evaluationEpisodes: 0,
  });
}

test("a run is saved with two threads and goes on with three, or with one, as if nothing had been", async () => {
  const whole = numbers(await trainOwn("one", {}));
  for (const workers of [3, 1]) {
    const name = `then-${workers}`;
    await trainOwn(name, { workers: 2, totalSteps: 2000 });
    const { env } = await loadEnvironment(ownEnvironment());
    const rest = await resumeRun(openRun(path.join(folder, name)), a2c, env, {
      totalSteps: 4000,
      workers,
      evaluationEpisodes: 0,
    });
    expect(numbers(rest)).toEqual(whole.slice(-rest.history.length));
  }
});

test.each([
  ["throws", `throw new Error("ran out of cheese");`, /^Own-v0: environment 3, step 200: ran out of cheese$/],
  ["ends its thread", "process.exit(3);", /^Own-v0: environment 3, step 200: its thread ended: exit code 3$/],
])("an environment that %s is named with its step, and the last checkpoint stays", async (_, mischief, message) => {
  await expect(trainOwn("run", { workers: 2, mischief })).rejects.toThrow(message);
  const run = openRun(path.join(folder, "run"));
  const step = run.checkpoint()?.header.step;
  expect(step).toBe(700); // the update before that of step 800
  const { env } = await loadEnvironment(ownEnvironment());
  const rest = await resumeRun(run, a2c, env, { evaluationEpisodes: 0 });
  expect(numbers(rest)).toEqual(numbers(await trainOwn("whole", {})).slice(1));
});

test("a worker that fails before it is asked for anything is heard of", async () => {
  const module = unmakeableEnvironment();
  const { env } = await importEnvironment(module);
  const training = run(a2c, env, { totalSteps: 1000, numEnvs: 4, threads: nodeThreads(2, module) });
  await expect(training).rejects.toThrow(/^Own-v0: environments 2 to 3, step 0: its thread ended: the port is in use$/);
});

test("threads are ended where a run cannot be opened", async () => {
  const { directory } = await trainToDirectory(a2c, "CartPole-v1", {
    settings: { totalSteps: 100, numEnvs: 4 },
    runDirectory: path.join(folder, "run"),
    evaluationEpisodes: 0,
  });
  const { header } = directory.checkpoint() as Checkpoint;
  const threads = nodeThreads(2, "CartPole-v1");
  const close = vi.fn(threads.close);
  const damaged = prepareRun(
    a2c,
    "CartPole-v1",
    {},
    { resume: { header, tensors: {} }, threads: { ...threads, close } },
  );
  await expect(train(damaged)).rejects.toThrow("checkpoint is damaged");
  expect(close).toHaveBeenCalledOnce();
});

test("a3c: threads update shared parameters, all steps are counted, and the run goes on from its checkpoint", async () => {
  const runDirectory = path.join(folder, "a3c");
  const options = { workers: 2, evaluationEpisodes: 0 };
  const settings = { totalSteps: 6000, numEnvs: 3, numSteps: 10 };
  const { history, directory } = await trainToDirectory(a3c, "CartPole-v1", {
    ...options,
    runDirectory,
    preset: "none",
    settings,
  });
  const last = history[history.length - 1];
  expect(last.step).toBeGreaterThanOrEqual(6000);
  expect(last.step).toBeLessThan(6000 + 20 * 10);
  expect(last.episodes).toBeGreaterThan(20);
  const before = directory.checkpoint()?.tensors["state.shared.theta"] as Float32Array;
  const { history: rest } = await resumeRun(directory, a3c, "CartPole-v1", { ...options, totalSteps: 8000 });
  expect(rest[rest.length - 1].step).toBeGreaterThanOrEqual(8000);
  const after = openRun(runDirectory).checkpoint()?.tensors["state.shared.theta"] as Float32Array;
  expect(after.some((value, i) => value !== before[i])).toBe(true);
  expect(after.every((value) => Number.isFinite(value))).toBe(true);
});

test("a3c: an actor whose environment fails ends the run, with its last checkpoint", async () => {
  const module = ownEnvironment(`throw new Error("ran out of cheese");`);
  const { env } = await loadEnvironment(module);
  const training = trainToDirectory(a3c, env, {
    settings: { totalSteps: 20_000, numEnvs: 2, logEvery: 100 },
    environmentModule: module,
    workers: 2,
    runDirectory: path.join(folder, "run"),
    checkpointEverySeconds: 0,
    evaluationEpisodes: 0,
  });
  await expect(training).rejects.toThrow(/^Own-v0: environment [01], step \d+: ran out of cheese$/);
  expect(openRun(path.join(folder, "run")).checkpoint()?.header.step).toBeGreaterThan(0);
});

test("threads that could not help are refused", async () => {
  const options = { evaluationEpisodes: 0, settings: { totalSteps: 100, numEnvs: 2 } };
  await expect(trainToDirectory(a2c, "CartPole-v1", { ...options, workers: 3 })).rejects.toThrow(
    "numEnvs must be at least the number of workers that share the environments, 3, got 2",
  );
  const { env } = await loadEnvironment(ownEnvironment());
  await expect(trainToDirectory(a2c, env, { ...options, workers: 2 })).rejects.toThrow(
    "workers must be 1 for an environment that is given as a function, got 2",
  );
  const other = run(a2c, "CartPole-v0", { totalSteps: 100, numEnvs: 2, threads: nodeThreads(2, "CartPole-v1") });
  await expect(other).rejects.toThrow("the threads were made for CartPole-v1, the run is of CartPole-v0");
  expect(() => nodeThreads(1, "CartPole-v1")).toThrow("workers must be a whole number of at least 2");
});
