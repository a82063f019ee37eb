import type { EpisodeEnd, Progress } from "../core/algorithm.js";
import { Averages } from "./averages.js";

/** The longest line of metrics by default, in environment steps: a long run says how it goes, too. */
const LONGEST = 10_000;

/** Environment steps per line of metrics: as the settings say, or a two-hundredth of the run, at most 10,000. */
export function stepsPerLine({ logEvery, totalSteps }: { logEvery?: number; totalSteps: number }): number {
  return logEvery ?? Math.min(Math.ceil(totalSteps / 200), LONGEST);
}

/** The line of metrics that updates are gathered for. Part of the training state: a run may be stopped in the midst of one. */
export class MetricsLine {
  /** Means over the updates since `start`. */
  readonly averages = new Averages();
  #start = 0;

  /** The step at which the line before ended. */
  get start(): number {
    return this.#start;
  }

  /**
   * Progress after an update: a line of metrics if one is due, else a point between two.
   *
   * @param metrics  what the line says beside the means of the updates, from the step at which it began
   */
  progress(
    { step, episodes }: { readonly step: number; readonly episodes: readonly EpisodeEnd[] },
    config: { readonly logEvery?: number; readonly totalSteps: number },
    metrics: (start: number) => Readonly<Record<string, number>>,
  ): Progress {
    if (step < this.#start + stepsPerLine(config) && step < config.totalSteps)
      return { step, episodes, betweenLines: true };
    const line = { step, episodes, metrics: { ...this.averages.means(), ...metrics(this.#start) } };
    this.averages.clear();
    this.#start = step;
    return line;
  }

  snapshot() {
    return { start: this.#start, averages: this.averages.snapshot() };
  }

  restore(saved: unknown): void {
    const { start, averages } = saved as ReturnType<MetricsLine["snapshot"]>;
    this.#start = start;
    this.averages.restore(averages);
  }
}
