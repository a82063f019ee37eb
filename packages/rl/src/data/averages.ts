type Numbers = Readonly<Record<string, number>>;

/** Sums of named numbers, and of how many. */
export interface AverageParts {
  readonly sums: Numbers;
  readonly counts: Numbers;
}

/** Means of named numbers over the updates of one iteration. */
export class Averages {
  readonly #sums: Record<string, number> = {};
  readonly #counts: Record<string, number> = {};

  add(values: Readonly<Record<string, number>>): void {
    this.addAll({ sums: values });
  }

  /** Adds the parts of others: of averages in another thread. A count that is left out is 1. */
  addAll({ sums, counts = {} }: { readonly sums: Numbers; readonly counts?: Numbers }): void {
    for (const name in sums) {
      this.#sums[name] = (this.#sums[name] ?? 0) + sums[name];
      this.#counts[name] = (this.#counts[name] ?? 0) + (counts[name] ?? 1);
    }
  }

  /** What the means are made of. */
  parts(): AverageParts {
    return { sums: this.#sums, counts: this.#counts };
  }

  /** Part of a training state: a run may be saved between two lines of metrics. */
  snapshot(): AverageParts {
    return { sums: { ...this.#sums }, counts: { ...this.#counts } };
  }

  restore(saved: unknown): void {
    this.clear();
    this.addAll(saved as AverageParts);
  }

  /** Forgets everything. */
  clear(): void {
    for (const name in this.#sums) {
      delete this.#sums[name];
      delete this.#counts[name];
    }
  }

  means(): Record<string, number> {
    const means: Record<string, number> = {};
    for (const name in this.#sums) means[name] = this.#sums[name] / this.#counts[name];
    return means;
  }
}
