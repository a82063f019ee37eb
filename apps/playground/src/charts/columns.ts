import type { MetricsEvent } from "@advantage/rl";

/** The numbers of one metric over the steps at which it was logged. */
export interface Column {
  readonly x: number[];
  readonly y: number[];
}

/** Events by metric, as charts want them. */
export class Columns {
  readonly byMetric = new Map<string, Column>();

  add(events: readonly MetricsEvent[]): void {
    for (const event of events) {
      for (const name of Object.keys(event)) {
        const value = event[name];
        if (name === "step" || value === undefined) continue;
        let column = this.byMetric.get(name);
        if (!column) {
          column = { x: [], y: [] };
          this.byMetric.set(name, column);
        }
        column.x.push(event.step);
        column.y.push(value);
      }
    }
  }

  get(name: string): Column | undefined {
    return this.byMetric.get(name);
  }

  latest(name: string): number | undefined {
    return this.byMetric.get(name)?.y.at(-1);
  }
}
