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
const arms = { environment: "BernoulliBandit-v0" };

/**
 * Regret over the rounds, mean of 50 seeds, of some runs, with the theorem's bound of the first of them.
 *
 * @param {string} title
 * @param {readonly (Run & { label: string })[]} runs
 * @param {string} [bound] its label; none is drawn without
 * @returns {MetricPanel}
 */
function regret(title, runs, bound) {
  const dashed = bound === undefined ? [] : [{ ...runs[0], label: bound, metric: "regretBound", reference: true }];
  return { metric: "regret", title, xLabel: "round", yLabel: "regret", seeds: 50, curves: [...runs, ...dashed] };
}

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
  {
    page: "exponential-weights",
    caption:
      "Two arms, Ber(0.6) and Ber(0.4), all rewards seen: mean of 50 seeds, 95 % intervals. Left: with the bound's own η. Right: a step size from far too small to far larger; rewards that differ by chance alone would punish the largest.",
    panels: [
      regret("Regret and its bound", [{ label: "regret", algorithm: "exponential-weights", ...arms }], "bound"),
      regret(
        "Over the step size",
        [0.001, 0.1, 10].map((learningRate) => ({
          label: `η = ${learningRate}`,
          algorithm: "exponential-weights",
          ...arms,
          settings: { learningRate },
        })),
      ),
    ],
  },
  {
    page: "expert-npg",
    caption:
      "From π₁ = (0.0001, 0.9999), the worse arm all but certain, on Ber(0.6) and Ber(0.4) with all rewards seen: natural policy gradient is exponential weights and recovers, policy gradient does not. Mean of 50 seeds.",
    panels: [
      regret(
        "Regret from a bad start, η = 0.5",
        ["expert-npg", "exponential-weights", "expert-pg"].map((algorithm) => ({
          label: algorithm,
          algorithm,
          ...arms,
          settings: { initialPolicy: "0.0001,0.9999", learningRate: 0.5 },
        })),
      ),
    ],
  },
  {
    page: "expert-pg",
    caption:
      "Ber(0.6) and Ber(0.4), all rewards seen, mean of 50 seeds. Left: from the uniform policy larger steps are better. Right: from π₁ = (0.0001, 0.9999) it stays where it is, since the better arm's gradient is multiplied by its probability; only huge steps get away, and not in every run.",
    panels: [
      regret(
        "From the uniform policy",
        [0.1, 1, 10].map((learningRate) => ({
          label: `η = ${learningRate}`,
          algorithm: "expert-pg",
          ...arms,
          settings: { learningRate },
        })),
      ),
      regret(
        "From a bad start",
        [0.1, 10, 1000].map((learningRate) => ({
          label: `η = ${learningRate}`,
          algorithm: "expert-pg",
          ...arms,
          settings: { learningRate, initialPolicy: "0.0001,0.9999" },
        })),
      ),
    ],
  },
  {
    page: "exp3",
    caption:
      "Ber(0.6) and Ber(0.4), only the reward of the arm played seen: mean of 50 seeds, 95 % intervals. Left: the bound holds on average. Right: what the baseline b is worth.",
    panels: [
      regret("Regret and its bound", [{ label: "regret", algorithm: "exp3", ...arms }], "bound"),
      regret(
        "Over the baseline",
        ["highest", "mean", "none"].map((baseline) => ({
          label: `baseline ${baseline}`,
          algorithm: "exp3",
          ...arms,
          settings: { baseline, learningRate: 0.03 },
        })),
      ),
    ],
  },
  {
    page: "bandit-pg",
    caption:
      "Ber(0.6) and Ber(0.4), only the reward of the arm played seen, mean of 50 seeds. Left: from the uniform policy. Right: from π₁ = (0.0001, 0.9999), where the natural gradient of such draws recovers and the gradient does not.",
    panels: [
      regret(
        "From the uniform policy",
        [0.03, 0.3, 3].map((learningRate) => ({
          label: `η = ${learningRate}`,
          algorithm: "bandit-pg",
          ...arms,
          settings: { learningRate },
        })),
      ),
      regret("From a bad start", [
        {
          label: "bandit-pg, η = 1",
          algorithm: "bandit-pg",
          ...arms,
          settings: { initialPolicy: "0.0001,0.9999", learningRate: 1, totalSteps: 4000 },
        },
        {
          label: "bandit-npg",
          algorithm: "bandit-npg",
          ...arms,
          settings: { initialPolicy: "0.0001,0.9999", totalSteps: 4000 },
        },
      ]),
    ],
  },
  {
    page: "bandit-npg",
    caption:
      "Ber(0.6) and Ber(0.4), only the reward of the arm played seen: mean of 50 seeds, 95 % intervals. One draw a step is EXP3; more draws make fewer, steadier steps.",
    panels: [
      regret("Regret and its bound, n = 1", [{ label: "regret", algorithm: "bandit-npg", ...arms }], "bound"),
      regret(
        "Over the draws of a step",
        [1, 10, 50].map((samples) => ({
          label: `n = ${samples}`,
          algorithm: "bandit-npg",
          ...arms,
          settings: { samples },
        })),
      ),
    ],
  },
  {
    page: "bandit-npg-regularized",
    caption:
      "Ber(0.6) and Ber(0.4), 20 draws a step, mean of 50 seeds: one inner step is policy gradient, many solve the regularised problem and are the natural gradient.",
    panels: [
      regret("Over the inner steps", [
        ...[1, 5, 50].map((innerSteps) => ({
          label: `m = ${innerSteps}`,
          algorithm: "bandit-npg-regularized",
          ...arms,
          settings: { innerSteps, samples: 20, learningRate: 0.2, totalSteps: 4000 },
        })),
        {
          label: "bandit-npg",
          algorithm: "bandit-npg",
          ...arms,
          settings: { samples: 20, learningRate: 0.2, totalSteps: 4000 },
        },
      ]),
    ],
  },
  {
    page: "linear-bandit",
    caption:
      "64 arms, the vertices of a cube in 6 dimensions, mean of 50 seeds, 95 % intervals: EXP2 learns 6 numbers, EXP3 one for each arm.",
    panels: [
      regret(
        "Regret and its bound",
        [
          { label: "linear-bandit", algorithm: "linear-bandit", environment: "LinearBandit-v0" },
          { label: "exp3", algorithm: "exp3", environment: "LinearBandit-v0", settings: { rewardLow: -1 } },
        ],
        "bound of linear-bandit",
      ),
    ],
  },
  {
    page: "one-point-gradient",
    caption:
      "A reward a hundred times as steep along one axis as along the other, 20 points a step, mean of 50 seeds. Left: the gradient finds the steep axis at once and crawls along the flat one, the natural gradient does not notice. Right: their regret.",
    panels: [
      {
        metric: "distance",
        title: "Distance from the best action",
        xLabel: "round",
        yLabel: "distance",
        yLog: true,
        seeds: 50,
        curves: [
          { label: "gradient", settings: { update: "gradient" } },
          { label: "natural", settings: { update: "natural" } },
        ].map(({ label, settings }) => ({
          label,
          algorithm: "one-point-gradient",
          environment: "QuadraticBandit-v0",
          settings: { ...settings, samples: 20 },
        })),
      },
      regret("Regret", [
        {
          label: "gradient",
          algorithm: "one-point-gradient",
          environment: "QuadraticBandit-v0",
          settings: { update: "gradient", samples: 20 },
        },
        {
          label: "natural",
          algorithm: "one-point-gradient",
          environment: "QuadraticBandit-v0",
          settings: { update: "natural", samples: 20 },
        },
      ]),
    ],
  },
];
