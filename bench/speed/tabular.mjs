import { Random } from "@advantage/engine";
import { cliffWalking, findEnvironment } from "@advantage/envs";
import { algorithms, run } from "@advantage/rl";
import { median } from "./timing.mjs";

const cliff = { discount: 1, learningRate: 0.5 };

/** Whole loops of tabular learners on one core: choice of actions, environment, update, episodes, metrics. */
const cases = [
  { algorithm: "q-learning", environment: "CliffWalking-v1", settings: cliff, bar: 5e6, peer: 0.24e6 },
  { algorithm: "sarsa", environment: "CliffWalking-v1", settings: cliff, bar: 5e6 },
  { algorithm: "expected-sarsa", environment: "CliffWalking-v1", settings: cliff, bar: 5e6 },
  { algorithm: "double-q-learning", environment: "CliffWalking-v1", settings: cliff, bar: 5e6 },
  { algorithm: "dyna-q", environment: "CliffWalking-v1", settings: { ...cliff, planningSteps: 5 }, note: "K = 5" },
  {
    algorithm: "q-learning",
    environment: "CliffWalking-v1",
    settings: { ...cliff, exploration: "boltzmann" },
    note: "Boltzmann",
  },
  {
    algorithm: "q-learning",
    environment: "CliffWalking-v1",
    settings: { ...cliff, stepSize: "polynomial" },
    note: "1/n^ω",
  },
  { algorithm: "q-learning", environment: "Taxi-v3", settings: cliff },
  { algorithm: "q-learning", environment: "FrozenLake-v1", settings: {} },
  { algorithm: "q-learning", environment: "Blackjack-v1", settings: cliff },
  { algorithm: "td0", environment: "FrozenLake-v1", settings: { policy: "uniform" } },
  { algorithm: "mc-first-visit", environment: "FrozenLake-v1", settings: { policy: "uniform" } },
];

const samples = 5;

export async function* tabular() {
  yield bareEnvironment();
  const rates = cases.map(() => []);
  for (let sample = -1; sample < samples; sample++) {
    for (const [i, { algorithm, environment, settings }] of cases.entries()) {
      const found = algorithms.find(({ id }) => id === algorithm);
      const { make } = findEnvironment(environment);
      const options = { preset: "none", evaluationEpisodes: 0, totalSteps: 2_000_000, seed: 1, ...settings };
      const { summary } = await run(found, make, options);
      if (sample >= 0) rates[i].push(summary.stepsPerSecond); // the first round warms up
    }
  }
  for (const [i, { algorithm, environment, bar, peer, note }] of cases.entries())
    yield {
      name: `${algorithm} ${environment}`,
      value: median(rates[i]),
      unit: "steps/s",
      bar: bar ?? null,
      peer: peer === undefined ? null : { name: "Python, Gymnasium", value: peer },
      note,
    };
}

/** What the environment alone allows: random actions, nothing learnt. */
function bareEnvironment() {
  const random = Random.fromSeed(1);
  const env = cliffWalking();
  env.reset(random);
  const steps = 2_000_000;
  const rates = [];
  for (let sample = 0; sample < samples; sample++) {
    const start = performance.now();
    for (let i = 0; i < steps; i++) if (env.step(random.uint32() & 3).terminated) env.reset(random);
    rates.push((1000 * steps) / (performance.now() - start));
  }
  return { name: "CliffWalking-v1 alone, one by one, random actions", value: median(rates), unit: "steps/s" };
}
