import { Random, type RandomState } from "@advantage/engine";
import { actionSize, allocateActions, writeAction } from "./action.js";
import type { Env, MakeEnv, Step } from "./env.js";
import { display, flatSize, flattenInto } from "./flatten.js";
import { sceneProblems } from "./scene.js";
import { isNumberArray } from "./spaces/element.js";
import { type AnySpace, describeSpace, type Space, sameSpace, spaceFromJson } from "./spaces/space.js";

export interface CheckEnvOptions {
  /** How many steps each trial takes, over as many episodes as that gives, an integer ≥ 1. Default: 200. */
  readonly steps?: number;
  /** Seed of the trials. Default: 0. */
  readonly seed?: number;
}

/**
 * Tries an environment out and says, in a sentence each, what is wrong with it; an empty list if nothing is. Of faults that differ
 * in their numbers alone, only the first is told.
 *
 * Checked: the spaces; that observations, rewards and flags are what `Env` says; that the same seed gives the same episodes, in a
 * fresh environment and in a used one; that two environments do not disturb each other; that observations once returned stay as
 * they were; and where they are there, `snapshot` and `restore`, `render`, `fresh` and `vector`.
 *
 * @param make a function that makes a new environment
 */
export function checkEnv(make: MakeEnv, { steps = 200, seed = 0 }: CheckEnvOptions = {}): string[] {
  if (!Number.isSafeInteger(steps) || steps < 1) throw new RangeError(`steps must be an integer >= 1, got ${steps}`);
  const problems = new Map<string, string>();
  const report = (problem: string) => {
    const kind = kindOf(problem);
    if (!problems.has(kind)) problems.set(kind, problem);
  };
  if (typeof make !== "function") {
    return [`checkEnv takes a function that makes the environment, () => myEnv(), got ${display(make)}`];
  }
  const env = attempt("making the environment", make, report);
  if (env === undefined) return [...problems.values()];
  if (!checkMembers(env, report)) return [...problems.values()];
  if (make() === env) {
    report("the function returned the same object twice: it must make a new environment each time");
    return [...problems.values()];
  }

  // One environment alone, watched closely. If that fails there is no point in comparing trajectories.
  const alone = play(env, { seed, steps, watch: report });
  if (alone === undefined || problems.size > 0) return [...problems.values()];

  checkSameSeed(make, env, alone, { seed, steps }, report);
  if (problems.size === 0) checkIndependence(make, alone, { seed, steps }, report);
  if (problems.size === 0) checkSnapshot(make, { seed, steps }, report);
  checkRender(env, report);
  checkFresh(env, report);
  if (problems.size === 0) checkVector(make, { seed, steps: Math.min(steps, 100) }, report);
  return [...problems.values()];
}

/** A problem without its numbers: one fault shows at every step, with another number each time. */
function kindOf(problem: string): string {
  return problem.replace(/-?(?:\d[\d.e+-]*|Infinity|NaN)/g, "#");
}

/** Throws one error with all of `checkEnv`'s problems, if there are any. */
export function assertEnv(make: MakeEnv, options?: CheckEnvOptions): void {
  const problems = checkEnv(make, options);
  if (problems.length > 0) {
    throw new Error(`the environment breaks its contract:\n${problems.map((problem) => `- ${problem}`).join("\n")}`);
  }
}

type Report = (problem: string) => void;

interface Trial {
  readonly seed: number;
  readonly steps: number;
}

/** One step of a trajectory as text, so that any two kinds of observation can be compared. */
type Trajectory = readonly string[];

function attempt<T>(what: string, run: () => T, report: Report): T | undefined {
  try {
    return run();
  } catch (error) {
    report(`${what} threw: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

function checkMembers(env: Env, report: Report): boolean {
  if (typeof env !== "object" || env === null) {
    report(`the function must return an environment, got ${display(env)}`);
    return false;
  }
  if (typeof (env as { then?: unknown }).then === "function") {
    report(
      "the function returned a Promise: it must return the environment at once, so await what it needs before, at the top of the module",
    );
    return false;
  }
  if (typeof env.id !== "string" || env.id === "") report(`id must be a non-empty string, got ${display(env.id)}`);
  for (const method of ["reset", "step"] as const) {
    if (typeof env[method] !== "function") report(`${method} must be a function, got ${display(env[method])}`);
  }
  for (const method of ["snapshot", "restore", "render", "fresh", "vector"] as const) {
    if (env[method] !== undefined && typeof env[method] !== "function") {
      report(`${method} must be a function or left out, got ${display(env[method])}`);
    }
  }
  if ((env.snapshot === undefined) !== (env.restore === undefined)) {
    report("snapshot and restore go together: one of them is missing");
  }
  const spaces =
    checkSpace("observationSpace", env.observationSpace, report) && checkSpace("actionSpace", env.actionSpace, report);
  if (spaces) attempt("actionSpace", () => actionSize(env.actionSpace), report);
  return spaces && typeof env.reset === "function" && typeof env.step === "function";
}

function checkSpace(name: string, space: AnySpace | undefined, report: Report): boolean {
  if (
    typeof space?.sample !== "function" ||
    typeof space.contains !== "function" ||
    typeof space.toJSON !== "function"
  ) {
    report(`${name} must be made with discrete, multiDiscrete, multiBinary, box or dict, got ${display(space)}`);
    return false;
  }
  return (
    attempt(
      name,
      () => {
        if (!sameSpace(spaceFromJson(space.toJSON()), space)) report(`${name} does not survive its own JSON form`);
        const sample = space.sample(Random.fromSeed(0));
        if (!space.contains(sample)) report(`${name} does not contain its own sample ${display(sample)}`);
        return true;
      },
      report,
    ) ?? false
  );
}

/** Why a value is not an element of a space, as the end of a sentence. */
export function mismatch(space: Space, value: unknown): string | undefined {
  if (space.contains(value)) return undefined;
  if (space.kind === "box" && isNumberArray(value) && value.length === space.size) {
    for (let i = 0; i < space.size; i++) {
      const real = Math.fround(value[i]);
      if (typeof value[i] !== "number" || Number.isNaN(real)) return `element ${i} is ${display(value[i])}`;
      if (real < space.low[i]) return `element ${i} is ${value[i]}, below its bound ${space.low[i]}`;
      if (real > space.high[i]) return `element ${i} is ${value[i]}, above its bound ${space.high[i]}`;
    }
  }
  if (space.kind === "box" && isNumberArray(value)) return `it has ${value.length} elements instead of ${space.size}`;
  if (space.kind === "dict" && typeof value === "object" && value !== null) {
    const parts = space.spaces as Record<string, AnySpace>;
    for (const key of space.keys) {
      if (!Object.hasOwn(value, key)) return `'${key}' is missing`;
      const inner = mismatch(parts[key], (value as Record<string, unknown>)[key]);
      if (inner !== undefined) return `in '${key}', ${inner}`;
    }
    const extra = Object.keys(value).find((key) => !space.keys.includes(key));
    if (extra !== undefined) return `'${extra}' is not in the space`;
  }
  return `it is ${display(value)}`;
}

function checkObservation(space: Space, observation: unknown, from: string, report: Report): void {
  const reason = mismatch(space, observation);
  if (reason !== undefined) {
    report(`${from} returned an observation outside observationSpace, ${describeSpace(space)}: ${reason}`);
    return;
  }
  const flat = new Float32Array(flatSize(space));
  flattenInto(space, observation, flat, 0);
  if (!flat.every(Number.isFinite))
    report(`${from} returned an observation that is not finite: ${display(observation)}`);
}

function checkStep(space: Space, step: Step<unknown> | undefined, report: Report): boolean {
  if (typeof step !== "object" || step === null) {
    report(`step must return { observation, reward, terminated, truncated }, got ${display(step)}`);
    return false;
  }
  const missing = ["observation", "reward", "terminated", "truncated"].filter((name) => !(name in step));
  if (missing.length > 0) {
    report(`step must return { observation, reward, terminated, truncated }: ${missing.join(", ")} missing`);
    return false;
  }
  if (typeof step.reward !== "number") report(`reward must be a number, got ${display(step.reward)}`);
  else if (!Number.isFinite(step.reward)) report(`reward must be finite, got ${step.reward}`);
  for (const flag of ["terminated", "truncated"] as const) {
    if (typeof step[flag] !== "boolean") report(`${flag} must be true or false, got ${display(step[flag])}`);
  }
  checkObservation(space, step.observation, "step", report);
  return true;
}

/** One environment, its stream and its actions: played step by step, episode after episode. */
class Player {
  readonly trajectory: string[] = [];
  #observation: unknown;
  #shown = "";

  constructor(
    readonly env: Env,
    readonly stream: Random,
    readonly actions: Random,
    readonly watch: Report = () => {},
  ) {}

  /** Throws what the environment throws. */
  reset(): void {
    const observation = this.env.reset(this.stream);
    this.#compareLast();
    checkObservation(this.env.observationSpace, observation, "reset", this.watch);
    this.#keep(observation);
    this.trajectory.push(`reset ${this.#shown}`);
  }

  /** False once the result is unusable. */
  step(): boolean {
    const action = this.env.actionSpace.sample(this.actions);
    const step = this.env.step(action);
    this.#compareLast();
    if (!checkStep(this.env.observationSpace, step, this.watch)) return false;
    if (typeof step.observation === "object" && step.observation === this.#observation) this.watch(ALIASED);
    this.#keep(step.observation);
    this.trajectory.push(`step ${this.#shown} ${step.reward} ${step.terminated} ${step.truncated}`);
    if (step.terminated || step.truncated) this.reset();
    return true;
  }

  #keep(observation: unknown): void {
    this.#observation = observation;
    this.#shown = text(observation);
  }

  #compareLast(): void {
    if (this.trajectory.length > 0 && text(this.#observation) !== this.#shown) this.watch(ALIASED);
  }
}

const ALIASED =
  "an observation that was returned earlier is changed by a later step: return a new array each time (observation.slice())";

function playerOf(env: Env, seed: number, watch?: Report): Player {
  const random = Random.fromSeed(seed);
  return new Player(env, random.fork("env"), random.fork("actions"), watch);
}

function play(env: Env, { seed, steps, watch = () => {} }: Trial & { watch?: Report }): Trajectory | undefined {
  const player = playerOf(env, seed, watch);
  let done = 0;
  try {
    player.reset();
    for (; done < steps; done++) if (!player.step()) return undefined;
  } catch (error) {
    const what = player.trajectory.length === 0 ? "reset" : `step ${done + 1}`;
    watch(`${what} threw: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
  return player.trajectory;
}

function checkSameSeed(make: MakeEnv, used: Env, alone: Trajectory, trial: Trial, report: Report): void {
  const fresh = play(make(), trial);
  const difference = firstDifference(alone, fresh);
  if (difference !== undefined) {
    report(
      `the same seed gives different episodes (${difference}): draw all randomness from the rng given to reset, not from Math.random or the clock, and share nothing between environments`,
    );
    return;
  }
  if (used.outlivesReset) return;
  const again = firstDifference(alone, play(used, trial));
  if (again !== undefined) {
    report(
      `after a reset with the same seed a used environment gives other episodes than a new one (${again}): reset must set everything back`,
    );
  }
}

function checkIndependence(make: MakeEnv, alone: Trajectory, { seed, steps }: Trial, report: Report): void {
  const player = playerOf(make(), seed);
  const other = playerOf(make(), seed + 1);
  player.reset();
  other.reset();
  for (let t = 0; t < steps; t++) {
    player.step();
    other.step();
  }
  const difference = firstDifference(alone, player.trajectory);
  if (difference !== undefined) {
    report(`two environments made by the function disturb each other (${difference}): they share state`);
  }
}

function checkSnapshot(make: MakeEnv, { seed, steps }: Trial, report: Report): void {
  const env = make();
  if (env.snapshot === undefined || env.restore === undefined) return;
  const player = playerOf(env, seed);
  player.reset();
  for (let t = 0; t < Math.min(5, steps); t++) player.step();

  const snapshot = attempt("snapshot()", () => env.snapshot?.(), report);
  if (snapshot === undefined) {
    report("snapshot() must return the state, got undefined");
    return;
  }
  const before = text(snapshot);
  const stream = player.stream.snapshot();
  const actions = player.actions.snapshot();
  const start = player.trajectory.length;
  for (let t = 0; t < steps; t++) player.step();
  const expected = player.trajectory.slice(start);
  if (text(snapshot) !== before) {
    report("a snapshot is changed by later steps: copy arrays into it");
    return;
  }

  const copy = attempt("copying the snapshot (it must be plain data)", () => structuredClone(snapshot), report);
  if (copy === undefined) return;
  const trials: [string, Env, unknown][] = [
    ["a new environment", make(), snapshot],
    ["the same environment", env, snapshot],
    ["a new environment, from a copy of the snapshot", make(), copy],
  ];
  for (const [where, target, saved] of trials) {
    const continued = attempt(
      `continuing in ${where}`,
      () => continueFrom(target, saved, stream, actions, steps),
      report,
    );
    if (continued === undefined) return;
    const difference = firstDifference(expected, continued);
    if (difference !== undefined) {
      report(
        `restore does not continue as the original did, in ${where} (${difference}): the snapshot misses part of the state`,
      );
      return;
    }
  }
}

function continueFrom(env: Env, saved: unknown, stream: RandomState, actions: RandomState, steps: number): Trajectory {
  const player = new Player(env, Random.fromSnapshot(stream), Random.fromSnapshot(actions));
  env.restore?.(saved, player.stream);
  for (let t = 0; t < steps; t++) player.step();
  return player.trajectory;
}

function checkRender(env: Env, report: Report): void {
  if (env.render === undefined) return;
  const scene = attempt("render()", () => env.render?.(), report);
  if (scene !== undefined) for (const problem of sceneProblems(scene)) report(`render(): ${problem}`);
}

function checkFresh(env: Env, report: Report): void {
  if (env.fresh === undefined) return;
  const copy = attempt("fresh()", () => env.fresh?.(), report);
  if (copy === undefined) return;
  if (copy === env) report("fresh() returned the environment itself: it must make a new one");
  else if (
    copy.id !== env.id ||
    !sameSpace(copy.observationSpace, env.observationSpace) ||
    !sameSpace(copy.actionSpace, env.actionSpace)
  ) {
    report("fresh() must make an environment with the same id and spaces");
  }
}

/** The environment's own vector against single environments with the same streams. */
function checkVector(make: MakeEnv, { seed, steps }: Trial, report: Report): void {
  const env = make();
  if (env.vector === undefined) return;
  const numEnvs = 2;
  const vector = attempt("vector(2)", () => env.vector?.(numEnvs), report);
  if (vector === undefined) return;
  const random = Random.fromSeed(seed);
  const actionStream = random.fork("actions");
  const singles = [make(), make()];
  const streams = singles.map((_, i) => random.fork("env").fork(String(i)));
  const size = flatSize(env.observationSpace);
  const flat = (observation: unknown) => {
    const out = new Float32Array(size);
    flattenInto(env.observationSpace, observation, out, 0);
    return text(out);
  };
  attempt(
    "vector(2)",
    () => {
      vector.reset(random.fork("env"));
      let current = singles.map((single, i) => flat(single.reset(streams[i])));
      const batch = allocateActions(env.actionSpace, numEnvs);
      for (let t = 0; t <= steps; t++) {
        for (let i = 0; i < numEnvs; i++) {
          if (text(vector.observation.subarray(i * size, (i + 1) * size)) !== current[i]) {
            report(`vector(2) gives other numbers than single environments: environment ${i} after ${t} steps`);
            return;
          }
        }
        const actions = singles.map(() => env.actionSpace.sample(actionStream));
        actions.forEach((action, i) => {
          writeAction(env.actionSpace, action, batch, i);
        });
        vector.step(batch);
        current = singles.map((single, i) => {
          const step = single.step(actions[i]);
          const same =
            vector.reward[i] === step.reward &&
            (vector.terminated[i] === 1) === step.terminated &&
            (vector.truncated[i] === 1) === step.truncated &&
            text(vector.nextObservation.subarray(i * size, (i + 1) * size)) === flat(step.observation);
          if (!same) report(`vector(2) gives other numbers than single environments: environment ${i}, step ${t + 1}`);
          return step.terminated || step.truncated ? flat(single.reset(streams[i])) : flat(step.observation);
        });
      }
    },
    report,
  );
}

function firstDifference(a: Trajectory, b: Trajectory | undefined): string | undefined {
  if (b === undefined) return "the second time something was thrown";
  const index = a.findIndex((entry, i) => entry !== b[i]);
  if (index >= 0) return index === 0 ? "from the reset on" : `from step ${index} on`;
  return a.length === b.length ? undefined : `from step ${b.length} on`;
}

/** A value as text in which equal values, and only they, are equal; typed arrays are written as plain ones. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (ArrayBuffer.isView(part) && "length" in part) return Array.from(part as unknown as ArrayLike<number>);
    return typeof part === "number" && !Number.isFinite(part) ? String(part) : part;
  });
}
