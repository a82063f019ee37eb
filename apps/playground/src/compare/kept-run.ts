import type { MetricsEvent, Unit } from "@advantage/rl";
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
  readonly unit: Unit | undefined;
  readonly logarithmic: readonly string[];
  readonly events: readonly MetricsEvent[];
  readonly columns: Columns;
  /** The address that does it again; absent for files. */
  readonly hash?: string;
  /** Absent for files. */
  readonly run?: TrainingRun;
}

export function keptRun(run: TrainingRun, number: number): KeptRun {
  const { algorithm, environment, config } = run;
  const { seed, ...others } = config as typeof config & Record<string, unknown>;
  const group = JSON.stringify([algorithm.id, environment, others]);
  return {
    id: `run ${number} ${run.id}`,
    label: `${algorithm.id} · ${environment} · seed ${seed}`,
    group,
    groupLabel: `${algorithm.id} · ${environment}`,
    seed,
    unit: algorithm.unit,
    logarithmic: Object.keys(algorithm.metrics).filter((name) => algorithm.metrics[name].logarithmic),
    events: run.events,
    columns: run.columns,
    hash: run.hash,
    run,
  };
}

/** The run whose numbers a file of the command holds. */
export function fileRun(name: string, events: readonly MetricsEvent[]): KeptRun {
  const columns = new Columns();
  columns.add(events);
  const label = name.replace(/\.jsonl$/, "");
  return {
    id: `file ${name} ${Math.random()}`,
    label,
    group: `file ${name}`,
    groupLabel: label,
    seed: undefined,
    unit: undefined,
    logarithmic: [],
    events,
    columns,
  };
}
