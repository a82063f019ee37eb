import { ewVsPg, type Figure, gradientVariance, illConditioned, spelledNotes } from "@advantage/rl";

/** An experiment of a paper or of the course notes that one command does again. */
export interface Experiment {
  readonly id: string;
  readonly title: string;
  /** One sentence: what is compared with what. */
  readonly summary: string;
  readonly source: string;
  readonly seed: number;
  run(options: { readonly seed: number }): ExperimentResult | Promise<ExperimentResult>;
}

/** What an experiment shows: figures and a conclusion. */
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
    source: `course notes, ${spelledNotes(["W"])}: the expert setting; a picture in slides, not a published result`,
    seed: 1,
    run({ seed }) {
      const { figure, table, conclusion } = ewVsPg({ seed });
      return { figures: [figure, table], conclusion };
    },
  },
  {
    id: "gradient-variance",
    title: "From REINFORCE to the actor-critic: the variance of the gradient",
    summary:
      "Whole returns, causality, a baseline, a learned baseline and a critic, all on the same episodes of the same CartPole policies; takes a minute.",
    source: `course notes, ${spelledNotes(["H 2.3–2.6"])}; the measurement is ours, after Greensmith, Bartlett & Baxter 2004`,
    seed: 1,
    run({ seed }) {
      const { figure, table, conclusion } = gradientVariance({ seed });
      return { figures: [figure, table], conclusion };
    },
  },
  {
    id: "ill-conditioned",
    title: "An ill-conditioned loss: gradient against natural gradient",
    summary:
      "Rounds that the one-point gradient and its natural form need to find the best action, over the condition number of the reward.",
    source: `course notes, ${spelledNotes(["W"])}: optimization over ill-conditioned loss; a picture in slides, the setting is ours`,
    seed: 1,
    run({ seed }) {
      const { figure, table, conclusion } = illConditioned({ seed });
      return { figures: [figure, table], conclusion };
    },
  },
];
