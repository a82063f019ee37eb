import type { MetricsEvent } from "@advantage/rl";
import { ThinnedList } from "./thinned-list.js";

/** The numbers of one metric over the steps at which it was logged. */
export interface Column {
  readonly x: number[];
  readonly y: number[];
}

/** Points of a curve that are kept: three times what a screen shows. */
export const MOST_POINTS = 4096;

/** Events by metric, as charts want them; of long runs every second, fourth, … */
export class Columns {
  readonly byMetric = new Map<string, Column>();
  /** The step of the latest event. */
  lastStep = 0;
  readonly #lists = new Map<string, { readonly x: ThinnedList<number>; readonly y: ThinnedList<number> }>();

  add(events: readonly MetricsEvent[]): void {
    for (const event of events) {
      this.lastStep = event.step;
      for (const name of Object.keys(event)) {
        const value = event[name];
        if (name === "step" || value === undefined) continue;
        let lists = this.#lists.get(name);
        if (!lists) {
          lists = { x: new ThinnedList(MOST_POINTS), y: new ThinnedList(MOST_POINTS) };
          this.#lists.set(name, lists);
          this.byMetric.set(name, { x: lists.x.items, y: lists.y.items });
        }
        lists.x.add(event.step);
        lists.y.add(value);
      }
    }
  }

  /** Curves that were kept elsewhere. */
  static of(byMetric: ReadonlyMap<string, Column>, lastStep: number): Columns {
    const columns = new Columns();
    for (const [name, column] of byMetric) columns.byMetric.set(name, column);
    columns.lastStep = lastStep;
    return columns;
  }

  get(name: string): Column | undefined {
    return this.byMetric.get(name);
  }

  latest(name: string): number | undefined {
    return this.byMetric.get(name)?.y.at(-1);
  }
}
