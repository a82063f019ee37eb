import type { EpisodeEnd } from "../core/algorithm.js";
import type { Policy } from "../core/policy.js";
import type { Look } from "./looks.js";
import type { MetricsEvent } from "./metric-names.js";
import type { PreparedRun } from "./prepare.js";

/** How training ended: by itself (after its last step, or earlier where there was nothing left to do), by a signal, by an error. */
export type Outcome = "finished" | "stopped" | "failed";

/** Where a run's numbers go while it trains: a file, the terminal, a chart. */
export interface Sink {
  /** Before the first event. `events` is how many a resumed run has written before: what a sink holds beyond them is dropped. */
  start?(run: PreparedRun, events: number): void;
  event(event: MetricsEvent): void;
  /** Training episodes that have ended, in the order they ended; before the line that counts them. */
  episodes?(ended: readonly EpisodeEnd[]): void;
  /** The step that has been reached between two lines: often, and not at the same steps everywhere. */
  advance?(step: number): void;
  /** A look at the policy, which is given where it is the best so far. */
  look?(look: Look, best: Policy | undefined): void;
  /** Everything so far has to be safe: a checkpoint that counts on it follows. */
  flush?(): void;
  /** No more events come. */
  end?(outcome: Outcome): void;
}
