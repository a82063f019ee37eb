import type { EnvironmentOptions } from "@advantage/envs";
import { type AnyAlgorithm, algorithms, type MetricsEvent, settingText, type Unit } from "@advantage/rl";
import { hashOf, OPTION } from "../address.js";
import { Columns } from "../training/columns.js";
import type { TrainingRun } from "../training/training-run.js";

/** One of several runs to compare. */
export interface KeptRun {
  readonly id: string;
  /** What is written beside its curve. */
  readonly label: string;
  /** Runs that differ in nothing but the seed belong together. */
  readonly group: string;
  readonly groupLabel: string;
  readonly seed: number | undefined;
  /** Its settings but the seed, as they are typed; empty for files that do not tell. */
  readonly settings: Readonly<Record<string, string>>;
  /** Absent for files that do not tell. */
  readonly environment: string | undefined;
  readonly unit: Unit | undefined;
  readonly logarithmic: readonly string[];
  readonly columns: Columns;
  /** The address that does it again; absent for files. */
  readonly hash?: string;
  /** Absent for files, and for runs of an earlier visit. */
  readonly run?: TrainingRun;
}

/** What a run was, as far as it is known. */
interface Known {
  readonly algorithm: Pick<AnyAlgorithm, "id" | "unit" | "metrics">;
  readonly environment: string;
  readonly config: object;
}

export function keptRun(run: TrainingRun): KeptRun {
  return {
    id: newId(),
    ...described({ ...run, config: { ...run.config, ...optionSettings(run.options) } }),
    columns: run.columns,
    hash: hashOf(run.address),
    run,
  };
}

/** An environment's options among the settings, as an address has them. */
function optionSettings(options: EnvironmentOptions = {}): object {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [OPTION + name, value]));
}

/**
 * The run whose numbers a file of the command holds.
 *
 * @param name   of the file, or of the folder that it lay in
 * @param known  what the `config.json` beside it says
 */
export function fileRun(
  name: string,
  events: readonly MetricsEvent[],
  known?: { readonly algorithm: string; readonly environment: string; readonly config: object },
): KeptRun {
  const columns = new Columns();
  columns.add(events);
  const id = newId();
  const algorithm = algorithms.find((each) => each.id === known?.algorithm);
  if (known && algorithm) {
    const run = described({ ...known, algorithm });
    return { id, ...run, label: `${run.label} (${name})`, columns };
  }
  const label = name.replace(/\.jsonl$/, "").replace(/\.metrics$/, "");
  return {
    id,
    label,
    group: `file ${id}`,
    groupLabel: label,
    seed: undefined,
    settings: {},
    environment: known?.environment,
    unit: undefined,
    logarithmic: [],
    columns,
  };
}

function described({ algorithm, environment, config }: Known) {
  const { seed, ...others } = config as Record<string, unknown>;
  return {
    label: `${algorithm.id} · ${environment} · seed ${seed}`,
    group: JSON.stringify([algorithm.id, environment, others]),
    groupLabel: `${algorithm.id} · ${environment}`,
    seed: seed as number | undefined,
    settings: Object.fromEntries(Object.entries(others).map(([name, value]) => [name, settingText(value)])),
    environment,
    unit: algorithm.unit,
    logarithmic: Object.keys(algorithm.metrics).filter((name) => algorithm.metrics[name].logarithmic),
  };
}

/**
 * The settings in which runs of the same algorithm and environment differ, by the runs' ids: "learningRate 0.1, gaeLambda 0.9"; absent where
 * there is no difference.
 */
export function differences(runs: readonly KeptRun[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const kind of new Set(runs.map(({ groupLabel }) => groupLabel))) {
    const alike = runs.filter(({ groupLabel }) => groupLabel === kind);
    // Options of an environment are named where they are not the defaults.
    const names = [...new Set(alike.flatMap(({ settings }) => Object.keys(settings)))].filter(
      (name) => new Set(alike.map(({ settings }) => settings[name])).size > 1,
    );
    if (names.length === 0) continue;
    for (const { id, settings } of alike)
      texts.set(id, names.map((name) => `${name.replace(OPTION, "")} ${settings[name] ?? "by default"}`).join(", "));
  }
  return texts;
}

/** In the order of time, from visit to visit. */
function newId(): string {
  return `${Date.now().toString(36).padStart(9, "0")}-${(counter++).toString(36).padStart(4, "0")}-${Math.random().toString(36).slice(2, 6)}`;
}

let counter = 0;
