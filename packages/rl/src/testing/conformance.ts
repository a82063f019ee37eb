import { liveTensors, Random, readSafetensors, writeSafetensors } from "@advantage/engine";
import {
  actionSize,
  allocateActions,
  dict,
  discrete,
  type Env,
  environments as environmentCatalog,
  findEnvironment,
  flatSize,
  flattenInto,
  type RestorableEnv,
  type Space,
  type SpaceKind,
} from "@advantage/envs";
import type { AnyAlgorithm, BaseConfig, Context, Progress } from "../core/algorithm.js";
import { algorithmProblems } from "../core/algorithm-problems.js";
import { ConfigError, RunError } from "../core/errors.js";
import type { TreeNode } from "../core/figure.js";
import type { Policy } from "../core/policy.js";
import type { Field } from "../core/schema.js";
import { type Captured, capture, restore } from "../core/snapshot.js";
import { type Need, stepsEnvironment } from "../core/task.js";
import { loadPolicy as loadKnownPolicy } from "../policies/load-policy.js";
import { type AnyEnv, envSource } from "../runner/env-source.js";
import { RUN_METRICS } from "../runner/metric-names.js";
import { prepareRun } from "../runner/prepare.js";
import { run } from "../runner/run.js";
import type { TaskParts } from "../runner/task-of.js";
import { pairwise } from "./pairwise.js";
import * as probes from "./probe-environments.js";
import { probeDataset, probeModel, probeTeacher } from "./probe-tasks.js";

/** What every algorithm must hold to. `check` throws with what is wrong. */
export interface ConformanceCheck {
  readonly name: string;
  check(): Promise<void>;
}

/** Whatever the algorithm needs of it is there. */
type AnyContext = Context<BaseConfig, Need>;
type Settings = Readonly<Record<string, unknown>>;
type MakeAnyEnv = () => AnyEnv;

/** Where an algorithm is tried, the first that fits for each kind of action. */
const usualEnvironments: readonly MakeAnyEnv[] = [
  probes.identity,
  probes.multiDiscreteIdentity,
  probes.bitIdentity,
  probes.continuousTarget,
  probes.twoStepCredit,
  probes.dictIdentity,
  ...environmentCatalog.map(({ make }) => make as MakeAnyEnv),
  probes.takeaway,
  probes.bitGoal as MakeAnyEnv,
];

/**
 * Settings that make a run short, by the names that all algorithms share; each algorithm gets those that it has.
 * A whole run is then a few hundred steps, with several points to stop at.
 */
const shortRun: Settings = {
  totalSteps: 96,
  numEnvs: 2,
  numSteps: 8,
  minibatchSize: 8,
  epochs: 2,
  hiddenSizes: [8],
  batchSize: 8,
  bufferSize: 64,
  learningStarts: 16,
  targetUpdateEvery: 8,
};

/** Where and how an algorithm is tried. */
export interface ConformanceOptions {
  /** Environments instead of the probe environments and the catalogue's: the first that fits for each kind of action is taken. */
  readonly environments?: readonly MakeAnyEnv[];
  /** Reads policies of a kind of one's own. Default: the library's `loadPolicy`. */
  readonly loadPolicy?: (bytes: Uint8Array) => Policy;
}

/** A task to try an algorithm on, with settings to try it with. */
interface Trial {
  readonly make: MakeAnyEnv;
  /** What of the task is not the environment. */
  readonly parts: Omit<TaskParts, "env">;
  /** The environment, where it is needed, and the other parts. */
  readonly task: TaskParts;
  cases(): readonly Case[];
}

interface Case {
  readonly context: AnyContext;
  /** For messages. */
  readonly settings: string;
  /** The uninterrupted run, trained once for all checks. */
  whole(): Promise<{ readonly events: readonly Progress[]; readonly state: Captured }>;
}

/**
 * Takes an algorithm through its whole life, on one task for each kind of action that it takes: its description, its settings, training, the same numbers
 * for the same seed, resuming, saving and loading, refusing what it cannot use. A task has what the algorithm needs: an environment, transitions recorded
 * there, a teacher and a model with arbitrary answers.
 *
 * Runs are short: some hundred steps, with small values of the settings `totalSteps`, `numEnvs`, `numSteps`, `minibatchSize`, `epochs`, `hiddenSizes`,
 * `batchSize`, `bufferSize`, `learningStarts` and `targetUpdateEvery` where there are settings of these names. Others keep their defaults: one that says
 * when learning begins has to have this name, or nothing is learnt in the trial.
 *
 * @throws Error if there is no environment that fits
 */
export function conformanceChecks(
  algorithm: AnyAlgorithm,
  { environments = usualEnvironments, loadPolicy = loadKnownPolicy }: ConformanceOptions = {},
): readonly ConformanceCheck[] {
  const tried = algorithm.actionKinds.map((kind) => {
    const make = environments.find((make) => envSource(make).actionSpace.kind === kind && fits(algorithm, make));
    if (make === undefined) throw new Error(`${algorithm.id}: no environment to try ${kind} actions on; pass one`);
    return make;
  });
  const trials = trialsOn(algorithm, tried);

  const everywhere = (name: string, check: (trial: Trial) => void | Promise<void>): ConformanceCheck[] =>
    trials.map((trial) => ({ name: `${name}, on ${trial.make().id}`, check: async () => await check(trial) }));
  const once = (name: string, check: () => void | Promise<void>): ConformanceCheck => ({
    name,
    check: async () => await check(),
  });
  return [
    once("describes itself", () => requireDescription(algorithm)),
    once("has presets that work", () => requirePresets(algorithm)),
    once("refuses settings out of range", () => requireRefusedSettings(algorithm)),
    once("refuses spaces that it cannot use", () => requireRefusedSpaces(algorithm)),
    once("refuses a task without what it needs", () => requireRefusedTasks(algorithm, trials[0])),
    once("logs the metrics that it documents", () => requireMetrics(algorithm, trials)),
    ...everywhere("gives the same numbers for the same seed", (trial) => requireSameNumbers(algorithm, trial)),
    ...everywhere("resumes exactly", (trial) => requireExactResume(algorithm, trial)),
    ...everywhere("saves and loads its policy", (trial) => requirePolicy(algorithm, trial, loadPolicy)),
    once("can be stopped soon, however long the run", () => requireStops(algorithm, trials[0])),
    ...everywhere("leaks nothing", (trial) => requireNoLeak(algorithm, trial)),
    ...(stepsEnvironment(algorithm)
      ? everywhere("stops at a reward that is no number", (trial) => requireFiniteRewards(algorithm, trial))
      : []),
  ];
}

/** Whether the algorithm can be run there, by the spaces and by what it needs of the environment. */
function fits(algorithm: AnyAlgorithm, make: MakeAnyEnv): boolean {
  try {
    prepareRun(algorithm, taskIn(algorithm, make), shortSettings(algorithm), { preset: "none" });
    return true;
  } catch (error) {
    if (error instanceof RunError) return false;
    throw error;
  }
}

/** What there is for each need that no environment meets. */
function partsFor({ needs }: AnyAlgorithm, make: MakeAnyEnv): Trial["parts"] {
  const spaces = envSource(make);
  return {
    ...(needs.includes("dataset") && { dataset: probeDataset(make) }),
    ...(needs.includes("teacher") && { teachers: [probeTeacher(spaces)] }),
    ...(needs.includes("dynamics") && { model: probeModel(spaces) }),
  };
}

/** The task of an environment, which is left out where the algorithm has to do without. */
function taskIn(algorithm: AnyAlgorithm, env: MakeAnyEnv, parts = partsFor(algorithm, env)): TaskParts {
  return doesWithout(algorithm) ? parts : { env, ...parts };
}

/** Whether an algorithm has needs, and none of them is met by an environment. */
function doesWithout({ needs }: AnyAlgorithm): boolean {
  return needs.length > 0 && needs.every(isPart);
}

/** Whether a need is met by a part of the task that is no environment. */
function isPart(need: Need): boolean {
  return need === "dataset" || need === "teacher" || need === "dynamics";
}

/**
 * The tasks of some environments. Settings vary over all of them together: every two settings meet somewhere, and each meets every environment, which
 * takes a third of the runs that one setting at a time would on each of them.
 */
function trialsOn(algorithm: AnyAlgorithm, environments: readonly MakeAnyEnv[]): readonly Trial[] {
  let cases: readonly (Case & { readonly make: MakeAnyEnv })[] | undefined;
  const trials = environments.map((make): Trial => {
    const parts = partsFor(algorithm, make);
    return {
      make,
      parts,
      task: taskIn(algorithm, make, parts),
      cases() {
        cases ??= casesOf(algorithm, trials);
        return cases.filter((each) => each.make === make);
      },
    };
  });
  return trials;
}

function casesOf(algorithm: AnyAlgorithm, trials: readonly Trial[]) {
  const short = shortSettings(algorithm);
  const factors = [
    { name: "", values: trials }, // no setting has this name
    ...Object.values(algorithm.config.fields).map((field) => ({
      name: field.name,
      values: [short[field.name] ?? field.default, ...alternatives(field)],
    })),
  ].filter(({ name, values }) => name === "" || values.length > 1);
  const prepared = ({ "": trial, ...settings }: Settings) => {
    const { make, task } = trial as Trial;
    const given = Object.entries(settings).filter(([name, value]) => value !== algorithm.config.fields[name].default);
    const tried: Settings = { ...short, ...Object.fromEntries(given) };
    const { context } = prepareRun(algorithm, task, tried, { preset: "none" });
    return { make, context, settings: `with ${JSON.stringify(tried)}` };
  };
  const rows = pairwise(factors, (row) => {
    try {
      prepared(row);
      return true;
    } catch (error) {
      if (error instanceof ConfigError) return false; // for other settings, or environments
      throw error;
    }
  });
  return rows.map((row) => {
    const { make, context, settings } = prepared(row);
    let whole: ReturnType<Case["whole"]> | undefined;
    const trained = async () => {
      const state = algorithm.init(context);
      return { events: await train(algorithm, context, state), state: capture(state) };
    };
    return { make, context, settings, whole: () => (whole ??= trained()) };
  });
}

function requireThat(condition: boolean, problem: string): asserts condition {
  if (!condition) throw new Error(problem);
}

/** The message of the error that `body` throws. */
async function messageOf(body: () => unknown, kind: abstract new (...args: never[]) => Error): Promise<string> {
  try {
    await body();
  } catch (error) {
    if (error instanceof kind) return error.message;
    throw error;
  }
  return "";
}

function requireDescription(algorithm: AnyAlgorithm): void {
  const { papers, notes, deviations = [], config, metrics } = algorithm;
  const [problem] = algorithmProblems(algorithm);
  requireThat(problem === undefined, problem ?? "");
  requireThat(papers.length > 0, "papers must name at least one publication");
  for (const { title, authors, year, url } of papers) {
    requireThat(title.trim() !== "" && authors.trim() !== "", `a paper needs title and authors, got '${title}'`);
    requireThat(
      Number.isInteger(year) && year > 1900 && year < 2100,
      `the year of '${title}' must be one, got ${year}`,
    );
    requireThat(url.startsWith("https://"), `the url of '${title}' must be a link, got '${url}'`);
  }
  requireThat(
    notes.every((note) => note.trim() !== ""),
    "notes must be sections of course notes, or none",
  );
  requireThat(
    deviations.every((deviation) => /\S/.test(deviation) && !deviation.includes("\n")),
    "deviations must be sentences, each on one line",
  );
  const { needs } = algorithm;
  requireThat(needs.length > 0, "needs must say what it learns from, got none");
  requireThat(new Set(needs).size === needs.length, `needs must name each once, got ${needs.join(", ")}`);
  for (const { name, help } of Object.values(config.fields)) {
    requireThat(/^[a-z][A-Za-z0-9]*$/.test(name), `settings must be in camel case, got '${name}'`);
    requireThat(help.trim() !== "", `setting '${name}' needs help`);
  }
  requireEqual(config.parse({}), config.defaults, "the parsed empty settings", "the defaults");
  for (const [name, { meaning, healthy, bound }] of Object.entries(metrics)) {
    requireThat(!(name in RUN_METRICS), `metric '${name}' has the name of one that every run logs`);
    requireThat(meaning.trim() !== "" && healthy.trim() !== "", `metric '${name}' needs a meaning and a healthy range`);
    requireThat(bound === undefined || bound in metrics, `the bound of metric '${name}' is no metric: '${bound}'`);
  }
}

function requirePresets(algorithm: AnyAlgorithm): void {
  for (const [name, { source, config }] of Object.entries(algorithm.presets)) {
    requireThat(source.trim() !== "", `preset '${name}' needs its source`);
    const make = findEnvironment(name).make as MakeAnyEnv;
    const { context } = prepareRun(algorithm, { env: make, ...partsFor(algorithm, make) }, {}, { preset: name });
    for (const [setting, value] of Object.entries(config))
      requireEqual(
        (context.config as unknown as Settings)[setting],
        value,
        `${setting} of preset '${name}'`,
        "as given",
      );
  }
}

async function requireRefusedSettings(algorithm: AnyAlgorithm): Promise<void> {
  const parse = (settings: Settings) => messageOf(() => algorithm.config.parse(settings), ConfigError);
  for (const field of Object.values(algorithm.config.fields)) {
    for (const wrong of [...outside(field), { no: "such value" }]) {
      const message = await parse({ [field.name]: wrong });
      requireThat(
        message.startsWith(`${field.name} must be`) && message.includes(", got "),
        `${field.name} = ${JSON.stringify(wrong)} must be refused with the rule and the value, got '${message}'`,
      );
    }
  }
  const unknown = await parse({ totalStep: 10 });
  requireThat(unknown.includes("'totalStep'"), `an unknown setting must be refused by name, got '${unknown}'`);
}

/** Numbers just out of a setting's range. */
function outside({ bounds: { min, max, above, below }, kind }: Field): number[] {
  const step = kind === "int" ? 1 : 0.5;
  const values = [above, below, min === undefined ? undefined : min - step, max === undefined ? undefined : max + step];
  const numeric = kind === "int" || kind === "real" || kind === "schedule";
  return [...values.filter((value) => value !== undefined), ...(numeric ? [Number.NaN, Number.POSITIVE_INFINITY] : [])];
}

async function requireRefusedSpaces(algorithm: AnyAlgorithm): Promise<void> {
  const kinds: SpaceKind[] = ["discrete", "multiDiscrete", "multiBinary", "box", "dict"];
  const spaces = [
    probes.identity(),
    probes.multiDiscreteIdentity(),
    probes.bitIdentity(),
    probes.continuousTarget(),
  ].map((env): Space => env.actionSpace as Space);
  spaces.push(dict({ part: discrete(2) }) as Space);
  for (const which of ["actions", "observations"] as const) {
    const taken = which === "actions" ? algorithm.actionKinds : algorithm.observationKinds;
    for (const kind of kinds.filter((kind) => !taken.includes(kind))) {
      const space = spaces.find((space) => space.kind === kind) as Space;
      const usable = (kinds: readonly SpaceKind[]) => spaces.find((space) => kinds.includes(space.kind)) as Space;
      const env: AnyEnv = {
        ...(probes.identity() as AnyEnv),
        id: "Unfit-v0",
        actionSpace: which === "actions" ? space : usable(algorithm.actionKinds),
        observationSpace: which === "observations" ? space : usable(algorithm.observationKinds),
      };
      const message = await messageOf(() => prepareRun(algorithm, () => env), RunError);
      const expected = `${algorithm.id} cannot use the ${which} of Unfit-v0`;
      requireThat(
        message.startsWith(expected),
        `${kind} ${which} must be refused by '${expected} …', got '${message}'`,
      );
    }
  }
}

/** The settings of a short run that this algorithm has. */
function shortSettings({ config }: AnyAlgorithm): Settings {
  return Object.fromEntries(Object.entries(shortRun).filter(([name]) => name in config.fields));
}

/** Other values of a setting: each option of a choice, a flag turned over, an optional setting given. */
function alternatives(field: Field): unknown[] {
  if (field.kind === "choice") return field.options.filter((option) => option !== field.default);
  if (field.kind === "flag") return [!field.default];
  if (!field.optional) return [];
  if (field.kind === "sizes") return [[4]];
  if (field.kind === "text" || field.kind === "numbers") return [];
  const { min, above, max, below } = field.bounds;
  const low = above ?? min ?? 0;
  const high = below ?? max ?? low + 2;
  return [field.kind === "int" ? Math.max(Math.floor((low + high) / 2), min ?? low + 1) : (low + high) / 2];
}

const contextOf = (algorithm: AnyAlgorithm, { task }: Trial, settings: Settings = {}): AnyContext =>
  prepareRun(algorithm, task, { ...shortSettings(algorithm), ...settings }, { preset: "none" }).context;

/** Trains until the end, or for so many points of progress. */
async function train(
  algorithm: AnyAlgorithm,
  context: AnyContext,
  state: unknown,
  count = Number.POSITIVE_INFINITY,
): Promise<Progress[]> {
  const events: Progress[] = [];
  for await (const progress of algorithm.train(context, state)) {
    events.push(structuredClone(progress));
    if (events.length >= count) break;
  }
  return events;
}

async function requireRefusedTasks(algorithm: AnyAlgorithm, { make, parts }: Trial): Promise<void> {
  for (const need of algorithm.needs) {
    const { dataset, teachers, model } = parts;
    const without: TaskParts = !isPart(need)
      ? { ...parts, dataset: dataset ?? probeDataset(make) }
      : {
          env: make,
          ...(need !== "dataset" && dataset && { dataset }),
          ...(need !== "teacher" && teachers && { teachers }),
          ...(need !== "dynamics" && model && { model }),
        };
    const message = await messageOf(() => prepareRun(algorithm, without), RunError);
    const expected = `${algorithm.id} needs `;
    requireThat(
      message.startsWith(expected),
      `a task that does not meet the need '${need}' must be refused by '${expected}…', got '${message}'`,
    );
  }
}

async function requireMetrics(algorithm: AnyAlgorithm, trials: readonly Trial[]): Promise<void> {
  const documented = Object.keys(algorithm.metrics);
  const logged = new Set<string>();
  for (const trial of trials) {
    for (const { context, settings, whole } of trial.cases()) {
      const { events } = await whole();
      const where = `on ${context.id} ${settings}`;
      let step = 0;
      for (const event of events) {
        requireThat(event.step > step, `steps must rise, got ${event.step} after ${step}, ${where}`);
        step = event.step;
        for (const [name, value] of Object.entries(event.metrics ?? {})) {
          requireThat(documented.includes(name), `metric '${name}' is not documented, ${where}`);
          requireThat(Number.isFinite(value), `metric '${name}' is ${value} at step ${step}, ${where}`);
          logged.add(name);
        }
        for (const { step: end, return: sum, length } of event.episodes) {
          const sound = end <= step && Number.isFinite(sum) && Number.isInteger(length) && length > 0;
          requireThat(sound, `an episode of length ${length} returned ${sum} at step ${end} of ${step}, ${where}`);
        }
      }
      const done = step >= context.config.totalSteps || !stepsEnvironment(algorithm);
      requireThat(done, `training ended at step ${step}, ${where}`);
    }
  }
  const silent = documented.filter((name) => !logged.has(name));
  requireThat(silent.length === 0, `documented metrics that no setting logs: ${silent.join(", ")}`);
}

async function requireSameNumbers(algorithm: AnyAlgorithm, trial: Trial): Promise<void> {
  const trained = async (seed: number) => {
    const context = contextOf(algorithm, trial, { seed });
    const state = algorithm.init(context);
    return { events: await train(algorithm, context, state), state: capture(state) };
  };
  const [a, b, c] = [await trained(1), await trained(1), await trained(2)];
  requireEqual(a, b, "a run", "another one with the same seed");
  if (stepsEnvironment(algorithm))
    requireThat(difference(a, c) !== undefined, "a run with another seed must give other numbers");
}

/** A captured state as files hold it. */
function throughBytes({ json, tensors }: Captured): Captured {
  const stored = Object.entries(tensors).map(([name, data]) => [name, { shape: [data.length], data }] as const);
  const read = readSafetensors(writeSafetensors(Object.fromEntries(stored))).tensors;
  return {
    json: JSON.parse(JSON.stringify(json)),
    tensors: Object.fromEntries(Object.entries(read).map(([name, { data }]) => [name, data])),
  };
}

async function requireExactResume(algorithm: AnyAlgorithm, trial: Trial): Promise<void> {
  for (const each of trial.cases()) {
    const { context, settings } = each;
    const { events: whole, state } = await each.whole();
    requireThat(whole.length >= 2, `a short run must have points to stop at, got ${whole.length}, ${settings}`);
    for (const stop of new Set([1, Math.floor(whole.length / 2)])) {
      const first = algorithm.init(context);
      const before = await train(algorithm, context, first, stop);
      const saved = throughBytes(capture(first));
      const resumed = algorithm.init(context);
      restore(resumed, saved);
      requireEqual(capture(resumed), saved, `the state restored after ${stop} ${settings}`, "the one saved");
      const after = await train(algorithm, context, resumed);
      requireEqual([...before, ...after], whole, `a run resumed after ${stop} ${settings}`, "the uninterrupted one");
      requireEqual(
        capture(resumed),
        state,
        `the state at the end, resumed after ${stop} ${settings}`,
        "the uninterrupted one",
      );
      // The generator that was left goes on from the state as well.
      const going = await train(algorithm, context, first);
      requireEqual([...before, ...going], whole, `a run paused after ${stop} ${settings}`, "the uninterrupted one");
    }
  }
}

/** Environment steps, or entries of tables swept, that may pass between two points to stop at: well under a second's work. */
const WORK_BETWEEN_STOPS = 2 ** 14;

/** With the default settings: a run of 10⁹ steps logs seldom, but listens, saves and shows its progress all the time. */
async function requireStops(algorithm: AnyAlgorithm, { make, parts }: Trial): Promise<void> {
  let steps = 0;
  const counting = (): AnyEnv => {
    const { fresh: _fresh, vector: _vector, ...env } = make() as Env;
    return {
      ...env,
      step(action) {
        steps += 1;
        return env.step(action);
      },
    };
  };
  const { context } = prepareRun(
    algorithm,
    taskIn(algorithm, counting, parts),
    { totalSteps: 1e9 },
    { preset: "none" },
  );
  const mdp = !stepsEnvironment(algorithm) ? (make() as Env).mdp?.() : undefined;
  // Without an environment a step of the algorithm's own is what is counted.
  const entries = mdp !== undefined ? mdp.numStates * mdp.numActions : doesWithout(algorithm) ? 1 : 0;
  for await (const { step } of algorithm.train(context, algorithm.init(context))) {
    const work = Math.max(steps, step > 1 ? step * entries : 0);
    const where = `on ${context.id} at step ${step}`;
    requireThat(work <= WORK_BETWEEN_STOPS, `${work} steps passed without a point to stop at, ${where}`);
    break;
  }
}

async function requirePolicy(
  algorithm: AnyAlgorithm,
  trial: Trial,
  loadPolicy: (bytes: Uint8Array) => Policy,
): Promise<void> {
  for (const { context, settings } of trial.cases()) {
    const state = algorithm.init(context);
    await train(algorithm, context, state, 2);
    const before = capture(state);
    const policy = algorithm.policy(context, state);
    const bytes = policy.save();
    requireFigures(algorithm, context, state);
    requireEqual(capture(state), before, "the state after policy() and figures()", "the state before");
    const loaded = loadPolicy(bytes);
    const { observationSpace, actionSpace, id } = context;
    requireEqual(
      loaded.actionSpace.toJSON(),
      actionSpace.toJSON(),
      "the loaded policy's action space",
      "the environment's",
    );
    requireEqual(
      loaded.observationSpace.toJSON(),
      observationSpace.toJSON(),
      "the loaded policy's observation space",
      "the environment's",
    );
    requireEqual(loaded.save(), bytes, "the loaded policy's file", "the one it was loaded from");

    const moments = policy.needs === undefined ? anyObservations(observationSpace) : momentsIn(trial.make);
    for (const deterministic of [true, false]) {
      const acts = (which: Policy) => actionsOf(which, moments, deterministic);
      const expected = acts(policy);
      for (const [i, action] of expected.entries()) {
        const allowed = actionSpace.contains(action) && isLegal(moments[i].env, action);
        requireThat(allowed, `on ${id} an action must be in the space and legal, got ${action}, ${settings}`);
      }
      requireEqual(acts(policy), expected, `acting again ${settings}`, "acting before");
      requireEqual(acts(loaded), expected, `the loaded policy's actions ${settings}`, "the saved one's");
    }
    if (policy.needs === undefined) requireSameInBatches(policy, moments);
    await train(algorithm, context, state);
    const moved = difference(policy.save(), bytes);
    requireThat(
      moved === undefined,
      `a policy after further training must equal itself before, but ${moved}: policy() must give it copies of what training changes (Params.copyOf)`,
    );
  }
}

/** Pictures that can be drawn: named, with as many numbers as they say. */
function requireFigures(algorithm: AnyAlgorithm, context: AnyContext, state: unknown): void {
  for (const figure of algorithm.figures?.(context, state) ?? []) {
    const { title, caption } = figure;
    requireThat(title.trim() !== "" && caption.trim() !== "", `a figure needs title and caption, got '${title}'`);
    if (figure.kind === "grid") {
      const cells = figure.rows * figure.columns;
      const { values, arrows, labels } = figure;
      for (const [name, list] of Object.entries({ values, arrows }))
        requireThat(list === undefined || list.length === cells, `${name} of figure '${title}' must be ${cells}`);
      const whole =
        labels === undefined || (labels.length === figure.rows && labels.every((row) => row.length === figure.columns));
      requireThat(whole, `labels of figure '${title}' must be ${figure.rows} rows of ${figure.columns} characters`);
      requireThat(
        values.every((value) => value === null || Number.isFinite(value)),
        `'${title}' must be finite`,
      );
    } else if (figure.kind === "curves") {
      for (const { label, x, y } of figure.curves) {
        requireThat(x.length === y.length, `'${label}' of figure '${title}' must have as many x as y`);
        requireThat([...x, ...y].every(Number.isFinite), `'${label}' of figure '${title}' must be finite`);
      }
    } else if (figure.kind === "tree") {
      requireTree(figure.root, title);
    } else if (figure.kind === "text") {
      requireThat(figure.passages.length > 0, `figure '${title}' must have a passage at least`);
      for (const { label } of figure.passages)
        requireThat(label.trim() !== "", `every passage of figure '${title}' needs a label`);
    } else {
      const whole = figure.rows.every((row) => row.length === figure.columns.length);
      requireThat(whole, `rows of figure '${title}' must have ${figure.columns.length} entries`);
    }
  }
}

function requireTree({ label, value = 0, visits = 0, children = [] }: TreeNode, title: string): void {
  requireThat(label.trim() !== "", `every node of figure '${title}' needs a label`);
  requireThat(Number.isFinite(value), `the value of '${label}' in figure '${title}' must be finite, got ${value}`);
  requireThat(visits >= 0, `the visits of '${label}' in figure '${title}' must be at least 0, got ${visits}`);
  const chosen = children.filter((child) => child.chosen).length;
  requireThat(chosen <= 1, `one child of '${label}' in figure '${title}' may be chosen, got ${chosen}`);
  for (const child of children) requireTree(child, title);
}

/** What a policy is asked about. */
interface Moment {
  readonly observation: unknown;
  /** In the state of the observation, for a policy that looks ahead. */
  readonly env?: RestorableEnv;
}

function anyObservations(space: Space): Moment[] {
  const random = Random.fromSeed(1).fork("observations");
  return Array.from({ length: 8 }, () => ({ observation: space.sample(random) }));
}

/** States from which one may go on, each in an environment of its own: those of the first three steps. */
function momentsIn(make: MakeAnyEnv): Moment[] {
  const random = Random.fromSeed(1).fork("moments");
  const moments: Moment[] = [];
  for (let i = 0; moments.length < 8; i++) {
    const env = make() as RestorableEnv;
    let observation = env.reset(random.fork(String(i)));
    let over = false;
    for (let step = 0; step < i % 3 && !over; step++) {
      const legal = env.legalActions?.();
      const step = env.step(legal === undefined ? env.actionSpace.sample(random) : legal[random.int(legal.length)]);
      observation = step.observation;
      over = step.terminated || step.truncated;
    }
    if (!over) moments.push({ observation, env });
  }
  return moments;
}

function isLegal(env: RestorableEnv | undefined, action: unknown): boolean {
  const legal = env?.legalActions?.();
  return legal === undefined || legal.some((each) => difference(each, action) === undefined);
}

function actionsOf(policy: Policy, moments: readonly Moment[], deterministic: boolean): unknown[] {
  const random = Random.fromSeed(2).fork("actions");
  const memory = policy.memory?.(1);
  return moments.map(({ observation, env }) => {
    const before = env?.snapshot();
    const action = policy.act(observation, { deterministic, random, memory, env });
    requireEqual(env?.snapshot(), before, "the environment that a policy has looked ahead in", "itself before");
    return action;
  });
}

/** `actBatch` chooses as `act` does; discrete actions count from 0 in batches. */
function requireSameInBatches(policy: Policy, moments: readonly Moment[]): void {
  const observations = moments.map(({ observation }) => observation);
  const { observationSpace, actionSpace } = policy;
  const size = flatSize(observationSpace);
  const flat = new Float32Array(observations.length * size);
  for (const [i, observation] of observations.entries()) flattenInto(observationSpace, observation, flat, i * size);
  const batch = allocateActions(actionSpace, observations.length);
  policy.actBatch(flat, observations.length, batch, { memory: policy.memory?.(observations.length) });
  const start = actionSpace.kind === "discrete" ? actionSpace.start : 0;
  const single = observations.flatMap((observation) => {
    const action = policy.act(observation, { memory: policy.memory?.(1) });
    return typeof action === "number" ? [action - start] : Array.from(action as ArrayLike<number>);
  });
  requireThat(single.length === observations.length * actionSize(actionSpace), "act() must give whole actions");
  requireEqual(Array.from(batch), single, "actions in a batch", "one by one");
}

/** Nothing is left over with each progress. What is made once, such as gradients when learning begins, is there by the middle of the run. */
async function requireNoLeak(algorithm: AnyAlgorithm, trial: Trial): Promise<void> {
  const context = contextOf(algorithm, trial, { totalSteps: 4 * Number(shortRun.totalSteps) });
  const counts: number[] = [];
  for await (const _ of algorithm.train(context, algorithm.init(context))) counts.push(liveTensors().held);
  const middle = Math.max(1, Math.floor(counts.length / 2));
  const grown = counts.findIndex((count, i) => i > middle && count > counts[middle]);
  requireThat(
    grown < 0,
    `the live tensors grew from ${counts[middle]} at progress ${middle + 1} to ${counts[grown]} by progress ${grown + 1}`,
  );
  requireThat(liveTensors().scoped === 0, `${liveTensors().scoped} temporaries live after training`);
}

async function requireFiniteRewards(algorithm: AnyAlgorithm, { make, parts }: Trial): Promise<void> {
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const broken = (): AnyEnv => {
      const { fresh: _fresh, vector: _vector, ...env } = make() as Env;
      let steps = 0;
      return {
        ...env,
        step(action) {
          const step = env.step(action);
          steps += 1;
          return steps === 7 ? { ...step, reward: wrong } : step;
        },
      };
    };
    const settings = { ...shortSettings(algorithm), preset: "none", evaluationEpisodes: 0 };
    const message = await messageOf(() => run(algorithm, { env: broken, ...parts }, settings), Error);
    const says = [make().id, "reward", String(wrong), "step"].filter((part) => !message.includes(part));
    requireThat(says.length === 0, `a reward of ${wrong} must stop the run with ${says.join(", ")}, got '${message}'`);
  }
}

function requireEqual(a: unknown, b: unknown, one: string, other: string): void {
  const found = difference(a, b);
  if (found !== undefined) throw new Error(`${one} must equal ${other}, but ${found}`);
}

/** Where two values differ first, bit for bit: NaN equals itself, −0 is not 0. */
function difference(a: unknown, b: unknown, path = "value"): string | undefined {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null)
    return Object.is(a, b) ? undefined : `${path} is ${String(a)} and ${String(b)}`;
  if (a.constructor !== b.constructor) return `${path} is a ${a.constructor?.name} and a ${b.constructor?.name}`;
  const names = Object.keys(a);
  const missing = Object.keys(b).find((name) => !Object.hasOwn(a, name));
  if (missing !== undefined) return `${path}.${missing} is in only one`;
  for (const name of names) {
    if (!Object.hasOwn(b, name)) return `${path}.${name} is in only one`;
    const found = difference(a[name as keyof object], b[name as keyof object], `${path}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
