import { ewVsPg, type Figure } from "@advantage/rl";

/** A published experiment that one command does again. */
export interface Experiment {
  readonly id: string;
  readonly title: string;
  /** One sentence: what is compared with what. */
  readonly summary: string;
  readonly source: string;
  readonly seed: number;
  run(options: { readonly seed: number }): ExperimentResult | Promise<ExperimentResult>;
}

export interface ExperimentResult {
  /** Curves, maps and tables, the one that says most first. */
  readonly figures: readonly Figure[];
  /** What came out, in a sentence or two. */
  readonly conclusion: string;
}

/** Every experiment. Adding one is one line here. */
export const experiments: readonly Experiment[] = [
  {
    id: "ew-vs-pg",
    title: "Exponential weights against policy gradient",
    summary:
      "Total reward over 1000 rounds against the step size, for two Bernoulli arms and a first policy that almost always plays the worse one.",
    source: "course notes W, policy-based learning: the expert setting",
    seed: 1,
    run({ seed }) {
      const { figure, table, conclusion } = ewVsPg({ seed });
      return { figures: [figure, table], conclusion };
    },
  },
];
