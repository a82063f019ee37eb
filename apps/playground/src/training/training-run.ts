import workerUrl from "virtual:worker-url";
import { Random } from "@advantage/engine";
import type { EnvironmentOptions } from "@advantage/envs";
import {
  type BaseConfig,
  type Evaluation,
  type Figure,
  loadPolicy,
  type MetricsEvent,
  type Policy,
  type PreparedRun,
} from "@advantage/rl";
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { TrainAddress } from "../address.js";
import type { PhaseValues } from "../phase/phase-values.js";
import { Columns } from "./columns.js";
import { diagnosis } from "./diagnosis.js";
import { type Order, type Phases, type Report, release, SHARED_BYTES, type Shared, viewOf } from "./protocol.js";
import { ThinnedList } from "./thinned-list.js";

export type Status = "starting" | "running" | "paused" | "evaluating" | "finished" | "failed" | "stopped";

/** What a run is started from. */
export interface RunRequest {
  readonly prepared: PreparedRun;
  readonly preset: "auto" | "none";
  readonly settings: Readonly<Record<string, unknown>>;
  readonly checkpoint?: Uint8Array;
  /** What starts it again. */
  readonly address: TrainAddress;
  /** Whether policies and pictures are wanted, not only numbers. */
  readonly shown: boolean;
  readonly paused?: boolean;
  readonly speed?: number;
}

/** A run in a worker of its own, as the page sees it. */
export interface TrainingRun {
  readonly id: number;
  readonly algorithm: PreparedRun["algorithm"];
  readonly environment: string;
  /** The environment's options that differ from the defaults. */
  readonly options: EnvironmentOptions | undefined;
  readonly config: BaseConfig;
  /** What it was started from, whatever the form says by now. */
  readonly address: TrainAddress;
  readonly status: ReadonlySignal<Status>;
  /** Whether it still has something to do. */
  readonly live: ReadonlySignal<boolean>;
  readonly step: ReadonlySignal<number>;
  readonly seconds: ReadonlySignal<number>;
  /** The events so far, of very long runs one in `eventStride`. Grows in place: `version` says when. */
  readonly events: readonly MetricsEvent[];
  readonly eventStride: () => number;
  /** The step that it began at: above 0 if it went on from a checkpoint. */
  readonly from: number;
  readonly columns: Columns;
  readonly version: ReadonlySignal<number>;
  readonly phases: ReadonlySignal<Phases | undefined>;
  readonly policy: ReadonlySignal<Policy | undefined>;
  readonly policyBytes: ReadonlySignal<Uint8Array | undefined>;
  readonly figures: ReadonlySignal<readonly Figure[]>;
  readonly phasePlots: ReadonlySignal<readonly PhaseValues[]>;
  readonly evaluation: ReadonlySignal<Evaluation | undefined>;
  readonly stochasticEvaluation: ReadonlySignal<Evaluation | undefined>;
  /** Why it failed, in a sentence. */
  readonly problem: ReadonlySignal<string | undefined>;
  readonly resumable: ReadonlySignal<boolean>;
  resume(): void;
  pause(): void;
  /** Trains until the next progress. */
  stepOnce(): void;
  setSpeed(limit: number | undefined): void;
  /** The whole training state as one file. */
  checkpoint(): Promise<Uint8Array>;
  /** Lets the worker go, and what only the run on show needs; its curves stay. */
  dispose(): void;
}

let count = 0;

/** Lines that are kept for the file of metrics: some 10 MB. */
const MOST_EVENTS = 20_000;

/** What to do about a worker that has fallen. */
const ADVICE =
  "The curve until then stays, the page and its settings are untouched: start again, or take a smaller run.";

export function startRun(request: RunRequest): TrainingRun {
  const { prepared, preset, settings, checkpoint, shown, paused = false } = request;
  const status: Signal<Status> = signal("starting");
  const step = signal(prepared.resume?.header.step ?? 0);
  const seconds = signal(prepared.resume?.header.seconds ?? 0);
  const events = new ThinnedList<MetricsEvent>(MOST_EVENTS);
  const columns = new Columns();
  const version = signal(0);
  const phases = signal<Phases | undefined>(undefined);
  const policy = signal<Policy | undefined>(undefined);
  const policyBytes = signal<Uint8Array | undefined>(undefined);
  const figures = signal<readonly Figure[]>([]);
  const phasePlots = signal<readonly PhaseValues[]>([]);
  const evaluation = signal<Evaluation | undefined>(undefined);
  const stochasticEvaluation = signal<Evaluation | undefined>(undefined);
  const problem = signal<string | undefined>(undefined);
  const resumable = signal(prepared.resumable);
  const live = computed(() => ["starting", "running", "paused", "evaluating"].includes(status.value));

  const waiting = new Map<number, { resolve(bytes: Uint8Array): void; reject(error: Error): void }>();
  let shared: Shared | undefined;
  let buffer: SharedArrayBuffer | undefined;
  if (globalThis.crossOriginIsolated) {
    buffer = new SharedArrayBuffer(SHARED_BYTES);
    shared = viewOf(buffer);
  }

  const worker = new Worker(workerUrl, { type: "module", name: `run ${count + 1}` });
  const tell = (order: Order, transfer: Transferable[] = []) => worker.postMessage(order, transfer);
  const fail = (message: string) => {
    problem.value = message;
    status.value = "failed";
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
    worker.terminate();
  };
  const patient = {
    environment: prepared.context.id,
    unit: prepared.algorithm.unit ?? "step",
    config: prepared.context.config,
  };
  const crash = (why: string) =>
    fail(
      `The training worker stopped unexpectedly${why ? `: ${why}` : ""}, after ${patient.unit} ${step.value.toLocaleString("en")}. ${ADVICE}`,
    );
  worker.onerror = (event) => {
    event.preventDefault();
    crash(event.message);
  };
  worker.onmessageerror = () => crash("it sent something that cannot be read");
  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    switch (data.kind) {
      case "ready":
        step.value = data.step;
        resumable.value = data.resumable;
        if (status.value === "starting") status.value = paused ? "paused" : "running";
        break;
      case "progress":
        for (const event of data.events) events.add(event);
        columns.add(data.events);
        phases.value = data.phases;
        seconds.value = data.seconds;
        step.value = data.step;
        version.value += 1;
        break;
      case "policy":
        policyBytes.value = data.bytes;
        policy.value = loadPolicy(data.bytes);
        break;
      case "figures":
        figures.value = data.figures;
        break;
      case "phase":
        phasePlots.value = data.plots;
        break;
      case "paused":
        if (status.value === "running") status.value = "paused";
        break;
      case "trained":
        step.value = data.step;
        seconds.value = data.seconds;
        status.value = "evaluating";
        break;
      case "evaluated":
        evaluation.value = data.evaluation;
        stochasticEvaluation.value = data.stochasticEvaluation;
        status.value = "finished";
        break;
      case "checkpoint": {
        const asked = waiting.get(data.id);
        waiting.delete(data.id);
        if (data.bytes) asked?.resolve(data.bytes);
        else asked?.reject(new Error(data.problem ?? "there is no checkpoint"));
        break;
      }
      case "failed":
        fail(diagnosis(data.failure, patient));
        if (data.stack) console.warn(data.stack);
        break;
    }
  };
  if (request.speed !== undefined) tell({ kind: "speed", limit: request.speed });
  tell({
    kind: "start",
    algorithm: prepared.algorithm.id,
    environment: prepared.context.id,
    environmentOptions: prepared.context.env?.options,
    preset,
    settings,
    checkpoint,
    shared: buffer,
    shown,
    paused,
  });

  count += 1;
  return {
    id: count,
    algorithm: prepared.algorithm,
    environment: prepared.context.id,
    options: prepared.context.env?.options,
    config: prepared.context.config,
    address: request.address,
    status,
    live,
    step,
    seconds,
    events: events.items,
    eventStride: () => events.stride,
    from: prepared.resume?.header.step ?? 0,
    columns,
    version,
    phases,
    policy,
    policyBytes,
    figures,
    phasePlots,
    evaluation,
    stochasticEvaluation,
    problem,
    resumable,
    resume() {
      if (status.value !== "paused") return;
      if (shared) release(shared);
      status.value = "running";
      tell({ kind: "run" });
    },
    pause() {
      if (status.value !== "running") return;
      if (shared) Atomics.store(shared.halt, 0, 1);
      tell({ kind: "pause" });
    },
    stepOnce() {
      if (status.value !== "paused" && status.value !== "starting") return;
      if (shared) release(shared);
      status.value = "running";
      tell({ kind: "step" });
    },
    setSpeed: (limit) => tell({ kind: "speed", limit }),
    checkpoint() {
      return new Promise((resolve, reject) => {
        if (status.value === "failed") return reject(new Error("the run has failed: there is nothing to save"));
        const id = ++count;
        waiting.set(id, { resolve, reject });
        tell({ kind: "checkpoint", id });
      });
    },
    dispose() {
      if (live.value) status.value = "stopped";
      worker.terminate();
      for (const { reject } of waiting.values()) reject(new Error("the run was reset"));
      events.clear();
      policy.value = policyBytes.value = undefined;
      figures.value = phasePlots.value = [];
    },
  };
}

/** The stream that the environment on show draws from. */
export function showStream(seed: number, episode: number): Random {
  return Random.fromSeed(seed).fork("show").fork(String(episode));
}
