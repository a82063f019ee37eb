import type { MetricsEvent } from "./metric-names.js";

/** Events that are kept of a run, at most: about 10 MB, and far more than a chart has points. */
export const MOST_EVENTS = 20_000;

/**
 * The events of a run, of which a long one keeps only some: every one up to `most`, then every second, every fourth, …, and always the
 * latest. What is kept depends on their number alone.
 */
export class EventHistory {
  #kept: MetricsEvent[] = [];
  #stride = 1;
  #count = 0;
  #last: MetricsEvent | undefined;

  constructor(readonly most = MOST_EVENTS) {
    if (!Number.isSafeInteger(most) || most < 2) throw new RangeError(`most must be an integer >= 2, got ${most}`);
  }

  add(event: MetricsEvent): void {
    if (this.#count % this.#stride === 0) {
      if (this.#kept.length === this.most) {
        this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
        this.#stride *= 2;
      }
      if (this.#count % this.#stride === 0) this.#kept.push(event);
    }
    this.#count += 1;
    this.#last = event;
  }

  /** Oldest first. */
  events(): MetricsEvent[] {
    const last = this.#last;
    return last === undefined || this.#kept.at(-1) === last ? [...this.#kept] : [...this.#kept, last];
  }
}
