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

const cliff = { environment: "CliffWalking-v1" };

/**
 * The error of a learner of values over the steps, for several of its settings.
 *
 * @param {string} page
 * @param {string} caption
 * @param {{ environment: string }} where
 * @param {Record<string, unknown>} settings
 * @param {readonly ({ label: string } & Record<string, unknown>)[]} variants
 * @returns {Picture}
 */
function prediction(page, caption, where, settings, variants) {
  return {
    page,
    caption,
    panels: [
      {
        metric: "rmsError",
        title: "RMS error of the values",
        yLabel: "RMS error",
        seeds: page === "mc-first-visit" ? 20 : 30,
        curves: variants.map(({ label, ...more }) => ({
          label,
          algorithm: page,
          ...where,
          settings: { ...settings, ...more },
        })),
      },
    ],
  };
}

/** Returns on the cliff while learning. @param {readonly string[]} algorithms @returns {MetricPanel} */
function cliffReturns(algorithms) {
  return {
    metric: "episodeReturn",
    title: "Return while exploring",
    yLabel: "return (mean of 100 episodes)",
    seeds: 30,
    curves: algorithms.map((algorithm) => ({
      label: algorithm,
      algorithm,
      ...cliff,
      settings: { totalSteps: 20_000, learningRate: 0.5 },
    })),
  };
}

/** @type {readonly Picture[]} */
export const pictures = [
  {
    page: "mdp",
    caption:
      "FrozenLake under the uniform policy. Left: how often each state was left in 20,000 steps. Right: how far seen and modelled successors are apart falls like 1/√steps (5 seeds, 95 % interval): the environment keeps to its model.",
    panels: [
      { algorithm: "mdp", ...lake, figure: "Visits" },
      {
        metric: "probabilityError",
        title: "Distance from the model",
        yLabel: "total variation",
        xLog: true,
        yLog: true,
        seeds: 5,
        curves: [{ label: "p̂ against p, mean over the steps", algorithm: "mdp", ...lake }],
      },
    ],
  },
  {
    page: "returns",
    caption:
      "Means of all kinds of returns less what they estimate, with 95 % intervals, over the episodes of the uniform policy on FrozenLake, γ = 0.9: none is biased, and those that bootstrap soonest are known best.",
    panels: [
      { algorithm: "returns", ...lake, settings: { discount: 0.9 }, figure: "Estimates of V(s₀) less the exact value" },
    ],
  },
  {
    page: "values",
    caption:
      "FrozenLake, γ = 0.99, solved exactly: what the uniform policy is worth in each state, and what an optimal one is.",
    panels: [
      { algorithm: "values", ...lake, figure: "V of the uniform policy" },
      { algorithm: "values", ...lake, figure: "V*" },
    ],
  },
  {
    page: "state-distributions",
    caption:
      "FrozenLake under the uniform policy, γ = 0.99. Left: the share of discounted time in each state. Right: the sum over the steps approaches it, below its bound (H 1.4).",
    panels: [
      {
        algorithm: "state-distributions",
        ...lake,
        figure: "d^π, the normalised discounted distribution",
        title: "d^π, normalised",
      },
      {
        algorithm: "state-distributions",
        ...lake,
        figure: "The sum over k approaches the linear system's solution",
        title: "Distance of the sum over k steps",
      },
    ],
  },
  {
    page: "pomdp",
    caption:
      "The T-maze: what a policy can earn that sees the last observation, the last k of them, the whole history, or the hidden state.",
    panels: [{ algorithm: "pomdp", environment: "TMaze-v0", figure: "The value of memory" }],
  },
  {
    page: "performance-difference",
    caption: "50 pairs of random policies of a random MDP (Garnet), γ = 0.9: both sides of the lemma are one curve.",
    panels: [
      {
        algorithm: "performance-difference",
        environment: "Garnet-v0",
        settings: { discount: 0.9 },
        figure: "Both sides of the lemma",
      },
    ],
  },
  {
    page: "policy-bounds",
    caption:
      "60 steps between random policies of FrozenLake, γ = 0.9. Left: what the surrogate is wrong by falls as α², far below its bounds. Right: how the distributions of states come apart, step by step.",
    panels: [
      ["What the surrogate is wrong by, and its bounds", "Error of the surrogate and its bounds"],
      ["How the distributions of states come apart", "Distance of the distributions of states"],
    ].map(([figure, title]) => ({
      algorithm: "policy-bounds",
      ...lake,
      settings: { discount: 0.9, gapSteps: 30 },
      figure,
      title,
    })),
  },
  {
    page: "discount-as-death",
    caption:
      "FrozenLake, an optimal policy, γ = 0.95. Left: plain sums of rewards, where every step is the last with probability 0.05, average to the discounted value. Right: undiscounted values under this risk, which are the discounted ones.",
    panels: [
      ["Plain sums of rewards under the risk of death", "Sums of rewards until death"],
      ["Undiscounted values under the risk of death", "Values under the risk of death"],
    ].map(([figure, title]) => ({
      algorithm: "discount-as-death",
      ...lake,
      settings: { discount: 0.95, policy: "optimal", totalSteps: 200_000 },
      figure,
      title,
    })),
  },
  {
    page: "distances",
    caption:
      "FrozenLake, γ = 0.99: the discounted state distributions of the optimal and of the uniform policy, whose total variation, divergence and coupling the run measures.",
    panels: ["d^π of the optimal policy", "d^π of the uniform policy"].map((figure) => ({
      algorithm: "distances",
      ...lake,
      figure,
    })),
  },
  {
    page: "policy-evaluation",
    caption:
      "FrozenLake, the uniform policy, γ = 0.99. Left: its values. Right: residual and error fall by at least γ a sweep, below their bounds (H 3.1, 3.4).",
    panels: ["Values of the uniform policy", "Residual and error under their bounds"].map((figure) => ({
      algorithm: "policy-evaluation",
      ...lake,
      figure,
    })),
  },
  {
    page: "policy-iteration",
    caption:
      "FrozenLake, γ = 0.99. Left: the policy that it ends with, and its values. Right: the error is gone after a handful of exact evaluations.",
    panels: ["Values of the policy", "Residual and error under their bounds"].map((figure) => ({
      algorithm: "policy-iteration",
      ...lake,
      figure,
    })),
  },
  prediction(
    "mc-first-visit",
    "FrozenLake, the uniform policy, γ = 0.99, 20 seeds with 95 % intervals: the error falls as 1/√episodes, with first visits and with every visit.",
    lake,
    { policy: "uniform", totalSteps: 50_000 },
    [
      { label: "first visits", visits: "first" },
      { label: "every visit", visits: "every" },
    ],
  ),
  prediction(
    "mc-incremental",
    "Random walk of 5 states (Sutton & Barto 2018, example 6.2), V₀ = ½, 30 seeds with 95 % intervals: small steps end lower, and none as low as TD(0).",
    { environment: "RandomWalk-v0" },
    { initialValue: 0.5 },
    [0.01, 0.02, 0.04].map((learningRate) => ({ label: `α = ${learningRate}`, learningRate })),
  ),
  prediction(
    "td0",
    "Random walk of 5 states (Sutton & Barto 2018, example 6.2), V₀ = ½, 30 seeds with 95 % intervals: large steps fall faster and level off higher.",
    { environment: "RandomWalk-v0" },
    { initialValue: 0.5 },
    [0.05, 0.1, 0.15].map((learningRate) => ({ label: `α = ${learningRate}`, learningRate })),
  ),
  prediction(
    "n-step-td",
    "Random walk of 19 states (Sutton & Barto 2018, example 7.1), α = 0.2, 30 seeds with 95 % intervals: an n in between learns fastest.",
    { environment: "RandomWalk19-v0" },
    { learningRate: 0.2, totalSteps: 5000 },
    [1, 4, 16, 64].map((returnSteps) => ({ label: `n = ${returnSteps}`, returnSteps })),
  ),
  prediction(
    "td-lambda",
    "Random walk of 19 states (Sutton & Barto 2018, example 12.2), α = 0.1, 30 seeds with 95 % intervals: a λ in between learns fastest.",
    { environment: "RandomWalk19-v0" },
    { learningRate: 0.1, totalSteps: 5000 },
    [0, 0.5, 0.8, 0.95].map((lambda) => ({ label: `λ = ${lambda}`, lambda })),
  ),
  {
    page: "q-learning",
    caption:
      "CliffWalking (Sutton & Barto 2018, example 6.6), ε = 0.1. Above: values and greedy actions of Q-learning, along the edge. Below: its explorer falls off it, Sarsa's goes round (30 seeds, 95 % intervals).",
    panels: [{ algorithm: "q-learning", ...cliff, figure: "Learnt values" }, cliffReturns(["q-learning", "sarsa"])],
  },
  {
    page: "sarsa",
    caption:
      "CliffWalking (Sutton & Barto 2018, example 6.6), ε = 0.1. Above: values and greedy actions of Sarsa, away from the edge. Below: it earns more than Q-learning while it explores (30 seeds, 95 % intervals).",
    panels: [{ algorithm: "sarsa", ...cliff, figure: "Learnt values" }, cliffReturns(["sarsa", "q-learning"])],
  },
  {
    page: "expected-sarsa",
    caption:
      "CliffWalking, ε = 0.1. Above: values and greedy actions. Below: without the chance of the next action in its target it does better than Sarsa with the same steps (30 seeds, 95 % intervals).",
    panels: [
      { algorithm: "expected-sarsa", ...cliff, figure: "Learnt values" },
      cliffReturns(["expected-sarsa", "sarsa", "q-learning"]),
    ],
  },
  {
    page: "double-q-learning",
    caption:
      "The MDP of maximisation bias (Sutton & Barto 2018, example 6.7): an episode that goes right takes 1 step, one that goes left, which is worse, 2 or more. Q-learning prefers it for long, double Q-learning does not. Mean of 300 seeds, 95 % intervals; ε = 0.1 alone makes 1.05.",
    panels: [
      {
        metric: "episodeLength",
        title: "Steps of an episode: 1 + the share that goes left",
        yLabel: "steps",
        episodes: 300,
        seeds: 300,
        curves: ["q-learning", "double-q-learning"].map((algorithm) => ({
          label: algorithm,
          algorithm,
          environment: "MaximizationBias-v0",
        })),
      },
    ],
  },
  {
    page: "approximate-policy-iteration",
    caption:
      "FrozenLake, γ = 0.9, greedy improvement of Monte Carlo estimates. More rollouts of each pair make smaller errors ε; the loss of the policies stays below the bound of error propagation, which settles at 2ε/(1−γ)².",
    panels: [10, 300].map((samplesPerPair) => ({
      algorithm: "approximate-policy-iteration",
      ...lake,
      settings: { samplesPerPair, totalSteps: 30 * samplesPerPair },
      figure: "Loss of the policies and error of the estimates",
      title: `${samplesPerPair} rollouts of each pair`,
    })),
  },
  {
    page: "monotonic-policy-iteration",
    caption:
      "FrozenLake, γ = 0.9. Left: what each iteration gains is above what the bound guarantees. Right: the gap to the optimum never rises; the steps are small.",
    panels: [
      ["Improvement of an iteration and its guarantee", "Improvement and its guarantee"],
      ["Gap to the optimum", "Gap to the optimum"],
    ].map(([figure, title]) => ({ algorithm: "monotonic-policy-iteration", ...lake, figure, title })),
  },
  {
    page: "exponential-weights-mdp",
    caption:
      "FrozenLake, η = 10. Left: regret and its bound. Right: the gap of the last policy and its bound, which falls as 1/K.",
    panels: ["Regret and its bound", "Gap to the optimum and its bound"].map((figure) => ({
      algorithm: "exponential-weights-mdp",
      ...lake,
      figure,
    })),
  },
  {
    page: "tabular-pg",
    caption:
      "FrozenLake. Left: the policy at the end, and its values. Right: the gap to the optimum under exact gradient steps.",
    panels: ["Values of the policy", "Gap to the optimum"].map((figure) => ({
      algorithm: "tabular-pg",
      ...lake,
      figure,
    })),
  },
  {
    page: "tabular-npg",
    caption:
      "FrozenLake. Left: the gap to the optimum below its bound. Right: each update gains at least what is guaranteed.",
    panels: [
      ["Gap to the optimum and its bound", "Gap to the optimum and its bound"],
      ["Improvement of an update and its guarantee", "Improvement and its guarantee"],
    ].map(([figure, title]) => ({ algorithm: "tabular-npg", ...lake, figure, title })),
  },
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
