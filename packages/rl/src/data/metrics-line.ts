import type { EpisodeEnd, Progress } from "../core/algorithm.js";
import { stepsPerLine } from "../core/cadence.js";
import { Averages } from "./averages.js";

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
