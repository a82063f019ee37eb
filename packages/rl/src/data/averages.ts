/** Means of named numbers over the updates of one iteration. */
export class Averages {
  readonly #sums: Record<string, number> = {};
  readonly #counts: Record<string, number> = {};

  /** @param weight how many updates the values are means of */
  add(values: Readonly<Record<string, number>>, weight = 1): void {
    for (const name in values) {
      this.#sums[name] = (this.#sums[name] ?? 0) + weight * values[name];
      this.#counts[name] = (this.#counts[name] ?? 0) + weight;
    }
  }

  means(): Record<string, number> {
    const means: Record<string, number> = {};
    for (const name in this.#sums) means[name] = this.#sums[name] / this.#counts[name];
    return means;
  }
}
