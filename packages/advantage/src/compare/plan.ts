import { existsSync as exists } from "node:fs";
import path from "node:path";
import { type EnvironmentOptions, findEnvironment } from "@advantage/envs";
import {
  type AnyAlgorithm,
  type BaseConfig,
  ConfigError,
  catalogueEntry,
  type EnvLike,
  type EnvSource,
  environmentText,
  envSource,
  prepareRun,
  sameOptions,
  settingText,
  UserError,
} from "@advantage/rl";
import { SEE_LIST, UsageError } from "../catalogue.js";
import { isModulePath } from "../environments/import-module.js";
import { loadEnvironment } from "../environments/load-environment.js";
import { hasCheckpoint, neverTrained, openRun, type RunDirectory, runFiles } from "../run-directory/run-directory.js";
import { parseVariant, type Variant } from "./variant.js";

/** What is compared: all that is needed to go on with it. */
export interface ComparisonPlan {
  readonly variants: readonly string[];
  /** An id, or the path of a module. */
  readonly environment: string;
  /** The options that it is made with where they differ from the defaults. */
  readonly environmentOptions?: EnvironmentOptions;
  readonly seeds: readonly number[];
  /** Length of every run that does not name its own; absent: as the presets or the defaults say. */
  readonly totalSteps?: number;
  readonly preset: string;
  readonly evaluationEpisodes: number;
  /** The return that counts as good enough; absent: where the environment counts as solved, if that is known. */
  readonly threshold?: number;
}

/** One run of a comparison. */
export interface Job {
  readonly variant: Variant;
  readonly seed: number;
  /** "reinforce:baseline=learned, seed 2" */
  readonly name: string;
  readonly directory: string;
  readonly config: BaseConfig;
  readonly state: "missing" | "interrupted" | "finished";
}

/** A comparison that is known to be able to start. */
export interface PreparedComparison {
  readonly plan: ComparisonPlan;
  readonly directory: string;
  readonly variants: readonly Variant[];
  readonly jobs: readonly Job[];
  /** The environment's own id. */
  readonly environment: string;
  /** Options of the environment that differ from the defaults. */
  readonly environmentOptions?: EnvironmentOptions;
  /** The absolute path of its module, if it is the user's own. */
  readonly environmentModule?: string;
  readonly threshold?: number;
}

/**
 * Checks everything of all runs that can be checked before the first one starts, and finds out what is there of them already.
 *
 * @throws ConfigError with a line per problem of any variant
 * @throws UserError naming the runs in the directory that are not those asked for
 */
export async function prepareComparison(
  plan: ComparisonPlan,
  directory: string,
  algorithms: readonly AnyAlgorithm[],
  typed: readonly string[] = [],
): Promise<PreparedComparison> {
  if (!isModulePath(plan.environment)) requireKnown(plan.environment);
  const { env, module, options } = await loadEnvironment(plan.environment, { options: plan.environmentOptions, typed });
  const source = envSource(env, options);
  const problems: string[] = [];
  const collect = <T>(what: () => T): T | undefined => {
    try {
      return what();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      for (const line of error.message.split("\n")) problems.push(line);
      return undefined;
    }
  };
  const variants = plan.variants.flatMap((label) => collect(() => parseVariant(label, algorithms)) ?? []);
  const twice = plan.variants.filter((label, i) => plan.variants.indexOf(label) !== i);
  for (const label of new Set(twice)) problems.push(`${label} is given twice`);
  const configs = variants.map((variant) => collect(() => configOf(variant, plan, source.make)));
  if (problems.length > 0) throw new ConfigError(problems);

  const folders = foldersOf(variants);
  const others = new Map<string, string[]>(); // what is there instead, and where
  const jobs = plan.seeds.flatMap((seed) =>
    variants.flatMap((variant, i) => {
      const job = {
        variant,
        seed,
        name: `${variant.label}, seed ${seed}`,
        directory: path.join(directory, `${folders[i]}-s${seed}`),
        config: { ...configs[i]!, seed },
      };
      const found = jobState(job, source, plan);
      if (found.state === undefined) others.set(found.problem, [...(others.get(found.problem) ?? []), job.directory]);
      return found.state === undefined ? [] : [{ ...job, state: found.state }];
    }),
  );
  if (others.size > 0) {
    throw new UserError([...others].map(([problem, where]) => `${where.join(", ")}: ${problem}`).join("\n"));
  }
  const solvedAt = module === undefined && source.options === undefined ? catalogueEntry(source)?.solvedAt : undefined;
  return {
    plan: { ...plan, environmentOptions: options },
    directory,
    variants,
    jobs,
    environment: source.id,
    environmentOptions: source.options,
    environmentModule: module,
    threshold: plan.threshold ?? solvedAt,
  };
}

function requireKnown(id: string): void {
  try {
    findEnvironment(id);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${message}${SEE_LIST}`);
  }
}

/** The config of a variant's runs but for the seed. */
function configOf({ label, algorithm, settings }: Variant, plan: ComparisonPlan, env: EnvLike): BaseConfig {
  const { totalSteps, preset } = plan;
  try {
    return prepareRun(algorithm, env, { totalSteps, ...settings, seed: plan.seeds[0] }, { preset }).context.config;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const lines = error.message.split("\n");
    const named = lines.map((line) => (line.startsWith(`${label} `) ? line : `${label}: ${line}`));
    throw new UserError(named.join("\n"));
  }
}

/** A folder's name for each variant, which a file system takes. */
function foldersOf(variants: readonly Variant[]): string[] {
  const taken = new Set<string>();
  return variants.map(({ label }) => {
    const plain = label
      .replace(":", "-")
      .replace(/[^A-Za-z0-9._=,+-]+/g, "_")
      .slice(0, 100);
    let folder = plain;
    for (let count = 2; taken.has(folder.toLowerCase()); count++) folder = `${plain}-${count}`;
    taken.add(folder.toLowerCase());
    return folder;
  });
}

/** How far a run has come, or what stands in its way. */
export function jobState(
  { directory, variant, config }: Omit<Job, "state">,
  environment: Pick<EnvSource, "id" | "options">,
  plan: ComparisonPlan,
): { readonly state: Job["state"] } | { readonly state: undefined; readonly problem: string } {
  if (!Object.values(runFiles(directory)).some(exists)) return { state: "missing" };
  const is = (problem: string) => ({ state: undefined, problem });
  const run = openRun(directory);
  const difference = differenceOf(run, variant.algorithm.id, environment, config);
  if (difference !== undefined) return is(`holds another run (${difference}); use another --run-dir, or remove it`);
  if (neverTrained(directory)) return { state: "missing" };
  const summary = run.summary();
  if (summary === undefined) {
    // Without a checkpoint it can only be started again.
    return { state: hasCheckpoint(directory) ? "interrupted" : "missing" };
  }
  const episodes = summary.evaluation?.episodes ?? 0;
  if (episodes === plan.evaluationEpisodes) return { state: exists(run.files.report) ? "finished" : "interrupted" };
  return is(
    `was evaluated with ${episodes} episodes, not ${plan.evaluationEpisodes}; use --eval-episodes ${episodes}, or another --run-dir`,
  );
}

/** In what a run on disk is not the one asked for. */
function differenceOf(
  { record }: RunDirectory,
  algorithm: string,
  environment: Pick<EnvSource, "id" | "options">,
  config: BaseConfig,
): string | undefined {
  if (record.algorithm !== algorithm) return `it is of ${record.algorithm}, not of ${algorithm}`;
  const there = environmentText(record.environment, record.environmentOptions);
  const here = environmentText(environment.id, environment.options);
  if (record.environment !== environment.id || !sameOptions(record.environmentOptions, environment.options))
    return `it is on ${there}, not on ${here}`;
  const configured = record.config as unknown as Record<string, unknown>;
  const wanted = config as unknown as Record<string, unknown>;
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(configured)])];
  const different = names.filter((name) => settingText(configured[name]) !== settingText(wanted[name]));
  if (different.length === 0) return undefined;
  return different
    .map((name) => `${name} is ${settingText(configured[name])} there, ${settingText(wanted[name])} here`)
    .join("; ");
}
