import { Random, type RandomState } from "@advantage/engine";
import { actionSize, allocateActions, writeAction } from "./action.js";
import type { Env, MakeEnv, Step, VectorEnv } from "./env.js";
import { display, flatSize, flattenInto } from "./flatten.js";
import { vectorProblems } from "./own-vector.js";
import { isPromise, notAsync } from "./promise.js";
import { sceneProblems } from "./scene.js";
import { copySnapshot, snapshotProblem } from "./snapshot-value.js";
import { isNumberArray } from "./spaces/element.js";
import { type AnySpace, describeSpace, type Space, sameSpace, spaceFromJson } from "./spaces/space.js";
import { vectorise } from "./vectorise.js";

/** How long and from which seed `checkEnv` tries an environment. */
export interface CheckEnvOptions {
  /** How many steps each trial takes, over as many episodes as that gives, an integer ≥ 1. Default: 200. */
  readonly steps?: number;
  /** Seed of the trials. Default: 0. */
  readonly seed?: number;
  /** Seconds that all of it may take, > 0: a slow environment is stepped less, and `tell` says so. Default: 10. */
  readonly seconds?: number;
  /** Is told, in a sentence each, that it takes a while and what was left out. */
  readonly tell?: (note: string) => void;
}

/**
 * Tries an environment out and says, in a sentence each, what is wrong with it; an empty list if nothing is. Of faults that differ
 * in their numbers alone, only the first is told. Whatever the environment throws is a problem too, and told.
 *
 * Checked: the spaces; that observations, rewards and flags are what `Env` says; that the same seed gives the same episodes, in a
 * fresh environment and in a used one; that two environments do not disturb each other; that observations once returned stay as
 * they were; and where they are there, `snapshot` and `restore`, `render`, `fresh` and `vector`, whose numbers must be the single
 * environment's and whose snapshot must bring everything back.
 *
 * @param make a function that makes a new environment
 * @throws RangeError if an option is out of range
 */
export function checkEnv(make: MakeEnv, options: CheckEnvOptions = {}): string[] {
  const { steps = 200, seed = 0, seconds = 10, tell = () => {} } = options;
  if (!Number.isSafeInteger(steps) || steps < 1) throw new RangeError(`steps must be an integer >= 1, got ${steps}`);
  if (!(seconds > 0)) throw new RangeError(`seconds must be > 0, got ${seconds}`);
  const problems = new Map<string, string>();
  const report = (problem: string) => {
    const kind = kindOf(problem);
    if (!problems.has(kind)) problems.set(kind, problem);
  };
  attempt("the check", () => check(make, { seed, steps, budget: budgetOf(seconds, tell), tell }, report), report);
  return [...problems.values()];

  function check(make: MakeEnv, trial: Trial & { readonly tell: (note: string) => void }, report: Report): void {
    const sound = () => problems.size === 0;
    if (typeof make !== "function") {
      report(`checkEnv takes a function that makes the environment, () => myEnv(), got ${shown(make)}`);
      return;
    }
    const env = attempt("making the environment", make, report);
    if (!sound() || !checkMembers(env as Env, report)) return;
    if (env === make()) {
      report("the function returned the same object twice: it must make a new environment each time");
      return;
    }

    // One environment alone, watched closely. If that fails there is no point in comparing trajectories.
    const alone = play(env as Env, trial, report);
    if (alone === undefined || !sound()) return;
    const { budget } = trial;
    const left: string[] = [];
    // Trials are compared, so that all of them are as long as the first could be.
    const same = { ...trial, steps: alone.length - alone.filter((entry) => entry.startsWith("reset")).length };
    const run = (what: string, trial: () => void) => {
      if (!sound()) return;
      if (budget.spent()) left.push(what);
      else attempt(what, trial, report);
    };
    run("the same seed again", () => checkSameSeed(make, env as Env, alone, same, report));
    run("two environments at once", () => checkIndependence(make, alone, same, report));
    run("snapshot() and restore()", () => checkSnapshot(make, same, report));
    checkRender(env as Env, report);
    checkFresh(env as Env, report);
    run("vector()", () => checkVector(make, { ...same, steps: Math.min(same.steps, 100) }, report));
    if (same.steps < steps)
      left.unshift(`each trial took ${same.steps} step${same.steps === 1 ? "" : "s"} instead of ${steps}`);
    if (left.length > 0)
      tell(`The environment is slow: to check it in ${seconds} s, ${leftOut(left, same.steps < steps)}.`);
  }
}

function leftOut([first, ...more]: readonly string[], fewer: boolean): string {
  const untried = fewer ? more : [first, ...more];
  const words =
    untried.length === 0 ? [] : [`${untried.join(", ")} ${untried.length === 1 ? "was" : "were"} not tried`];
  return [...(fewer ? [first] : []), ...words].join("; ");
}

/** How much of the time is gone. */
interface Budget {
  /** Whether a trial, one of `TRIALS`, has used up its part of the time since it began. */
  over(began: number): boolean;
  /** Whether all of it is gone. */
  spent(): boolean;
}

/** As many plays of equal length are in a check. */
const TRIALS = 10;

/** Seconds after which it is said that something is going on. */
const PATIENCE = 1;

function budgetOf(seconds: number, tell: (note: string) => void): Budget {
  const start = performance.now();
  let told = false;
  const since = (began: number) => {
    const now = performance.now();
    if (!told && now - start > PATIENCE * 1000) {
      told = true;
      tell("Checking the environment …");
    }
    return (now - began) / 1000;
  };
  return { over: (began) => since(began) > seconds / TRIALS, spent: () => since(start) > seconds };
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
  readonly budget: Budget;
}

/** One step of a trajectory as text, so that any two kinds of observation can be compared. */
type Trajectory = readonly string[];

function attempt<T>(what: string, run: () => T, report: Report): T | undefined {
  try {
    return run();
  } catch (error) {
    report(`${what} threw: ${messageOf(error)}`);
    return undefined;
  }
}

/** What was thrown, in words, whatever it is. */
function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? String(error.message) : display(error);
  } catch {
    return "something that cannot be shown";
  }
}

/** A value in a message, whatever it is. */
function shown(value: unknown): string {
  try {
    return display(value);
  } catch {
    return "something that cannot be shown";
  }
}

/**
 * Why something cannot be an environment, as sentences: members that are missing or of another type. What the members do is `checkEnv`'s
 * to try.
 */
export function environmentProblems(env: Env): string[] {
  if (typeof env !== "object" || env === null) return [`the function must return an environment, got ${display(env)}`];
  if (isPromise(env)) {
    return [
      "the function returned a Promise: it must return the environment at once, so await what it needs before, at the top of the module",
    ];
  }
  const problems: string[] = [];
  if (typeof env.id !== "string" || env.id === "")
    problems.push(`id must be a non-empty string, got ${display(env.id)}`);
  for (const method of ["reset", "step"] as const) {
    if (typeof env[method] !== "function") problems.push(`${method} must be a function, got ${display(env[method])}`);
  }
  for (const method of OPTIONAL_METHODS) {
    if (env[method] !== undefined && typeof env[method] !== "function") {
      problems.push(`${method} must be a function or left out, got ${display(env[method])}`);
    }
  }
  for (const name of ["observationSpace", "actionSpace"] as const) {
    const space: Partial<AnySpace> | undefined = env[name];
    const made = [space?.sample, space?.contains, space?.toJSON].every((method) => typeof method === "function");
    if (!made)
      problems.push(
        `${name} must be made with discrete, multiDiscrete, multiBinary, box or dict, got ${display(space)}`,
      );
  }
  return problems;
}

const OPTIONAL_METHODS = [
  "snapshot",
  "restore",
  "render",
  "fresh",
  "vector",
  "legalActions",
  "toMove",
  "computeReward",
] as const;

function checkMembers(env: Env, report: Report): boolean {
  const problems = environmentProblems(env);
  problems.forEach(report);
  if (problems.length > 0) return false;
  if ((env.snapshot === undefined) !== (env.restore === undefined)) {
    report("snapshot and restore go together: one of them is missing");
  }
  if (env.toMove !== undefined && env.legalActions === undefined)
    report("a game of two that has toMove() must have legalActions() as well");
  const spaces =
    checkSpace("observationSpace", env.observationSpace, report) && checkSpace("actionSpace", env.actionSpace, report);
  if (spaces) attempt("actionSpace", () => actionSize(env.actionSpace), report);
  return spaces;
}

function checkSpace(name: string, space: AnySpace, report: Report): boolean {
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
  if (isPromise(observation)) {
    report(notAsync(from));
    return;
  }
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
  if (isPromise(step)) {
    report(notAsync("step"));
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
    if (isPromise(observation)) observation.then(undefined, () => {}); // what it comes to is not heard
    this.#compareLast();
    checkObservation(this.env.observationSpace, observation, "reset", this.watch);
    checkMoves(this.env, this.watch);
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
    checkGoal(this.env, step, this.watch);
    if (!step.terminated && !step.truncated) checkMoves(this.env, this.watch);
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

/** What a game says of the moves that are allowed, and of whose turn it is. */
function checkMoves(env: Env, report: Report): void {
  const legal: unknown = env.legalActions?.();
  if (legal !== undefined && !(Array.isArray(legal) && legal.length > 0))
    report(`legalActions() must list at least one action until the game is over, got ${display(legal)}`);
  const wrong = Array.isArray(legal) ? legal.find((action) => !env.actionSpace.contains(action)) : undefined;
  if (wrong !== undefined)
    report(`legalActions() must give elements of ${describeSpace(env.actionSpace)}, got ${display(wrong)}`);
  const player: unknown = env.toMove?.();
  if (player !== undefined && player !== 0 && player !== 1) report(`toMove() must be 0 or 1, got ${display(player)}`);
}

/** Whether the reward is what `computeReward` says of the goal that was reached and the one that was wanted. */
function checkGoal(env: Env, { observation, reward }: Step<unknown>, report: Report): void {
  if (env.computeReward === undefined) return;
  const { achieved_goal, desired_goal } = observation as { achieved_goal?: unknown; desired_goal?: unknown };
  if (achieved_goal === undefined || desired_goal === undefined) {
    report("an environment with computeReward() must observe achieved_goal and desired_goal");
    return;
  }
  const computed = env.computeReward(achieved_goal, desired_goal);
  if (computed !== reward)
    report(
      `the reward must be computeReward(achieved_goal, desired_goal) of the same step, got ${display(reward)} and ${display(computed)}`,
    );
}

const ALIASED =
  "an observation that was returned earlier is changed by a later step: return a new array each time (observation.slice())";

function playerOf(env: Env, seed: number, watch?: Report): Player {
  const random = Random.fromSeed(seed);
  return new Player(env, random.fork("env"), random.fork("actions"), watch);
}

/** Plays until the steps are done or the trial's part of the time is over; one step at least. */
function play(env: Env, { seed, steps, budget }: Trial, watch: Report): Trajectory | undefined {
  const player = playerOf(env, seed, watch);
  const began = performance.now();
  let done = 0;
  try {
    player.reset();
    while (done < steps && !(done > 0 && budget.over(began))) {
      if (!player.step()) return undefined;
      done += 1;
    }
  } catch (error) {
    const what = player.trajectory.length === 0 ? "reset" : `step ${done + 1}`;
    watch(`${what} threw: ${messageOf(error)}`);
    return undefined;
  }
  return player.trajectory;
}

/** The same, so many steps whatever they take; undefined if something was thrown. */
function replay(env: Env, { seed, steps }: Trial): Trajectory | undefined {
  const player = playerOf(env, seed);
  try {
    player.reset();
    for (let t = 0; t < steps; t++) if (!player.step()) return undefined;
  } catch {
    return undefined;
  }
  return player.trajectory;
}

function checkSameSeed(make: MakeEnv, used: Env, alone: Trajectory, trial: Trial, report: Report): void {
  const fresh = replay(make(), trial);
  const difference = firstDifference(alone, fresh);
  if (difference !== undefined) {
    report(
      `the same seed gives different episodes (${difference}): draw all randomness from the rng given to reset, not from Math.random or the clock, and share nothing between environments`,
    );
    return;
  }
  if (used.outlivesReset) return;
  const again = firstDifference(alone, replay(used, trial));
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
  const unkept = snapshotProblem(snapshot, "snapshot()");
  if (unkept !== undefined) {
    report(unkept);
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

  const copy = copySnapshot(snapshot);
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

/** The environment's own vector against single environments with the same streams, and its snapshot. */
function checkVector(make: MakeEnv, trial: Trial, report: Report): void {
  const env = make();
  if (env.vector === undefined) return;
  const vector = attempt("vector(2)", () => env.vector?.(VECTOR_SIZE), report);
  if (vector === undefined) {
    report("vector(2) must return a vector environment, got undefined");
    return;
  }
  const problems = vectorProblems(vector, env, VECTOR_SIZE);
  problems.forEach(report);
  if (problems.length > 0) return;
  const before = arraysOf(vector);
  const differs = attempt("vector(2)", () => vectorDifference(make, vector, trial), report);
  if (differs !== undefined) report(differs);
  const replaced = ARRAY_NAMES.find((name) => vector[name] !== before[name] && !isGetter(vector, name));
  if (replaced !== undefined) {
    report(
      `vector(2).${replaced} is another array after a step: fill the arrays that were there from the beginning, whoever keeps them sees old numbers otherwise`,
    );
  }
  if (differs === undefined && vector.restorable)
    attempt("vector(2)", () => checkVectorSnapshot(make, trial, report), report);
}

const VECTOR_SIZE = 2;
const ARRAY_NAMES = ["observation", "nextObservation", "reward", "terminated", "truncated"] as const;

function arraysOf(vector: VectorEnv): Pick<VectorEnv, (typeof ARRAY_NAMES)[number]> {
  const { observation, nextObservation, reward, terminated, truncated } = vector;
  return { observation, nextObservation, reward, terminated, truncated };
}

/** In what a vector's numbers are not those of single environments. */
function vectorDifference(make: MakeEnv, vector: VectorEnv, { seed, steps }: Trial): string | undefined {
  const { observationSpace, actionSpace } = vector;
  const random = Random.fromSeed(seed);
  const actionStream = random.fork("actions");
  const singles = [make(), make()];
  const streams = singles.map((_, i) => random.fork("env").fork(String(i)));
  const size = flatSize(observationSpace);
  const flat = (observation: unknown) => {
    const out = new Float32Array(size);
    flattenInto(observationSpace, observation, out, 0);
    return text(out);
  };
  const other = "vector(2) gives other numbers than single environments";
  vector.reset(random.fork("env"));
  let current = singles.map((single, i) => flat(single.reset(streams[i])));
  const batch = allocateActions(actionSpace, VECTOR_SIZE);
  for (let t = 0; ; t++) {
    for (let i = 0; i < VECTOR_SIZE; i++) {
      if (text(vector.observation.subarray(i * size, (i + 1) * size)) !== current[i])
        return `${other}: environment ${i} after ${t} steps`;
    }
    if (t === steps) return undefined;
    const actions = singles.map(() => actionSpace.sample(actionStream));
    actions.forEach((action, i) => {
      writeAction(actionSpace, action, batch, i);
    });
    vector.step(batch);
    let different: number | undefined;
    current = singles.map((single, i) => {
      const step = single.step(actions[i]);
      const same =
        vector.reward[i] === step.reward &&
        (vector.terminated[i] === 1) === step.terminated &&
        (vector.truncated[i] === 1) === step.truncated &&
        text(vector.nextObservation.subarray(i * size, (i + 1) * size)) === flat(step.observation);
      if (!same) different ??= i;
      return step.terminated || step.truncated ? flat(single.reset(streams[i])) : flat(step.observation);
    });
    if (different !== undefined) return `${other}: environment ${different}, step ${t + 1}`;
  }
}

/** A vector's snapshot must be one that a checkpoint keeps, and bring everything back in another vector. */
function checkVectorSnapshot(make: MakeEnv, { seed, steps }: Trial, report: Report): void {
  const random = Random.fromSeed(seed);
  const vector = vectorise(make, VECTOR_SIZE);
  vector.reset(random.fork("env"));
  const actionsOf = () => {
    const stream = random.fork("actions");
    const batch = allocateActions(vector.actionSpace, VECTOR_SIZE);
    return () => {
      for (let i = 0; i < VECTOR_SIZE; i++)
        writeAction(vector.actionSpace, vector.actionSpace.sample(stream), batch, i);
      return batch;
    };
  };
  const next = actionsOf();
  for (let t = 0; t < Math.min(5, steps); t++) vector.step(next());
  const snapshot = vector.snapshot();
  const unkept = snapshotProblem(snapshot, "vector(2).snapshot()");
  if (unkept !== undefined) {
    report(unkept);
    return;
  }
  const copy = copySnapshot(snapshot);
  const go = (from: VectorEnv) => {
    const next = actionsOf();
    return Array.from({ length: steps }, () => {
      from.step(next());
      return text(arraysOf(from));
    });
  };
  const start = text(arraysOf(vector));
  const expected = go(vector);
  const other = vectorise(make, VECTOR_SIZE);
  other.reset(random.fork("elsewhere"));
  other.restore(copy);
  const where = text(arraysOf(other)) === start ? firstDifference(expected, go(other)) : "from the first step on";
  if (where !== undefined) {
    report(`vector(2).restore does not continue as the original did (${where}): its snapshot misses part of the state`);
  }
}

/** Whether a member is computed when it is asked for. */
function isGetter(object: object, name: string): boolean {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) {
    const own = Object.getOwnPropertyDescriptor(at, name);
    if (own !== undefined) return own.get !== undefined;
  }
  return false;
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
    if (ArrayBuffer.isView(part) && "length" in part) return Array.from(part as unknown as ArrayLike<number | bigint>);
    if (part instanceof Map || part instanceof Set) return [part.constructor.name, ...part];
    if (typeof part === "bigint") return `${part}n`;
    return typeof part === "number" && !Number.isFinite(part) ? String(part) : part;
  });
}
