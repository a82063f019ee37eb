/**
 * The pictures of the algorithms' pages: which runs they show, and how. `draw-pictures.mjs` makes them; a page shows its own where it says
 * `<!-- generated: picture PAGE -->`.
 *
 * @typedef {object} Run
 * @property {string} algorithm
 * @property {string} environment
 * @property {Record<string, unknown>} [settings] beside the preset
 *
 * @typedef {Run & { figure: string, title?: string }} FigurePanel one of the figures of the algorithm, by its title; `title` stands instead of it
 *
 * @typedef {object} MetricPanel a metric over the steps, a curve for each run: mean and 95 % interval over seeds 1, 2, …
 * @property {string} metric
 * @property {string} title
 * @property {string} yLabel
 * @property {string} [xLabel]
 * @property {number} [episodes] over the first so many episodes, by their number: of `episodeReturn` and `episodeLength`
 * @property {boolean} [xLog]
 * @property {boolean} [yLog]
 * @property {number} [seeds]
 * @property {readonly (Run & { label: string, metric?: string, reference?: boolean })[]} curves
 *
 * @typedef {FigurePanel | MetricPanel} Panel
 *
 * @typedef {object} Picture
 * @property {string} page an algorithm's id
 * @property {string} caption what is seen
 * @property {readonly Panel[]} panels
 */

const lake = { environment: "FrozenLake-v1" };

/** @type {readonly Picture[]} */
export const pictures = [
  {
    page: "value-iteration",
    caption:
      "FrozenLake, γ = 0.99. Left: V* and the greedy actions. Right: residual and error fall by γ a sweep, below their bounds (H 3.3–3.4).",
    panels: [
      { algorithm: "value-iteration", ...lake, figure: "Optimal values" },
      { algorithm: "value-iteration", ...lake, figure: "Residual and error under their bounds" },
    ],
  },
  {
    page: "dyna-q",
    caption:
      "Left: episodes of the Dyna maze (Sutton & Barto 2018, example 8.1) get short with fewer real steps the more is planned between two of them. Right: on slippery FrozenLake (γ = 0.95, α = 0.1, ε = 0.3, K = 20), where outcomes are random, the mean over the learnt model makes use of planning, one remembered outcome does not. 30 and 10 seeds, 95 % intervals.",
    panels: [
      {
        metric: "episodeLength",
        title: "Dyna maze: steps of an episode",
        yLabel: "steps",
        yLog: true,
        episodes: 40,
        seeds: 30,
        curves: [0, 5, 50].map((planningSteps) => ({
          label: `K = ${planningSteps}`,
          algorithm: "dyna-q",
          environment: "DynaMaze-v0",
          settings: { planningSteps, totalSteps: 15_000 },
        })),
      },
      {
        metric: "episodeReturn",
        title: "FrozenLake: return while learning",
        yLabel: "return (mean of 100 episodes)",
        seeds: 10,
        curves: ["expected", "sampled"].map((backup) => ({
          label: `${backup} backups`,
          algorithm: "dyna-q",
          ...lake,
          settings: { backup, discount: 0.95, learningRate: 0.1, epsilon: 0.3, planningSteps: 20, totalSteps: 20_000 },
        })),
      },
    ],
  },
];
