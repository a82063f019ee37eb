import { type Algorithm, algorithms, type MetricsEvent, type Unit } from "@advantage/rl";
import { hashOf } from "../address.js";
import { Columns } from "../charts/columns.js";
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
  readonly algorithm: Pick<Algorithm, "id" | "unit" | "metrics">;
  readonly environment: string;
  readonly config: object;
}

export function keptRun(run: TrainingRun): KeptRun {
  return { id: newId(), ...described(run), columns: run.columns, hash: hashOf(run.address), run };
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
    environment,
    unit: algorithm.unit,
    logarithmic: Object.keys(algorithm.metrics).filter((name) => algorithm.metrics[name].logarithmic),
  };
}

/** In the order of time, from visit to visit. */
function newId(): string {
  return `${Date.now().toString(36).padStart(9, "0")}-${(counter++).toString(36).padStart(4, "0")}-${Math.random().toString(36).slice(2, 6)}`;
}

let counter = 0;
