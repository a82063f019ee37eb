import type { EnvironmentOptions } from "@advantage/envs";
import type { Evaluation, Figure, MetricsEvent } from "@advantage/rl";
import type { PhaseValues } from "../phase/phase-values.js";
import type { Failure } from "./diagnosis.js";

/** What the page tells a training worker. */
export type Order =
  | {
      readonly kind: "start";
      readonly algorithm: string;
      readonly environment: string;
      readonly environmentOptions?: EnvironmentOptions;
      readonly preset: "auto" | "none";
      readonly settings: Readonly<Record<string, unknown>>;
      /** Go on from here. */
      readonly checkpoint?: Uint8Array;
      /** See `Shared`; absent where memory cannot be shared. */
      readonly shared?: SharedArrayBuffer;
      /** Whether the page draws what is learnt; a run in the background only sends its numbers. */
      readonly shown: boolean;
      /** Whether to wait for `run` or `step`. */
      readonly paused: boolean;
    }
  | { readonly kind: "run" }
  | { readonly kind: "pause" }
  /** Trains until the next progress. */
  | { readonly kind: "step" }
  /** Progress events a second; absent: as fast as it goes. */
  | { readonly kind: "speed"; readonly limit?: number }
  | { readonly kind: "checkpoint"; readonly id: number };

/** What a training worker tells the page. */
export type Report =
  | { readonly kind: "ready"; readonly step: number; readonly resumable: boolean }
  | {
      readonly kind: "progress";
      /** Events since the last batch: none where lines of metrics are far apart. */
      readonly events: readonly MetricsEvent[];
      readonly step: number;
      readonly phases: Phases;
      /** Seconds of training. */
      readonly seconds: number;
    }
  | { readonly kind: "policy"; readonly bytes: Uint8Array }
  | { readonly kind: "figures"; readonly figures: readonly Figure[] }
  | { readonly kind: "phase"; readonly plots: readonly PhaseValues[] }
  | { readonly kind: "paused" }
  | { readonly kind: "trained"; readonly step: number; readonly seconds: number }
  | { readonly kind: "evaluated"; readonly evaluation?: Evaluation; readonly stochasticEvaluation?: Evaluation }
  | { readonly kind: "checkpoint"; readonly id: number; readonly bytes?: Uint8Array; readonly problem?: string }
  /** `stack`: for the console, where it is a bug. */
  | { readonly kind: "failed"; readonly failure: Failure; readonly stack?: string };

/** Where a worker's time went, in seconds. */
export interface Phases {
  readonly environment: number;
  readonly learning: number;
  /** Sending policies, pictures and numbers to the page. */
  readonly page: number;
}

/**
 * Memory that page and worker share where the page is cross-origin isolated: the page halts training, inside an iteration as well, and
 * reads the step without waiting for a message. Everything works without it, a little later.
 */
export const SHARED_BYTES = 16;

export interface Shared {
  /** 1: pause at the next progress, or where that is far, in the midst of an iteration. */
  readonly halt: Int32Array;
  /** Steps done. */
  readonly step: Float64Array;
}

export function viewOf(buffer: SharedArrayBuffer): Shared {
  return { halt: new Int32Array(buffer, 0, 1), step: new Float64Array(buffer, 8, 1) };
}

/** Lets a halted training go on. */
export function release({ halt }: Shared): void {
  Atomics.store(halt, 0, 0);
  Atomics.notify(halt, 0);
}
