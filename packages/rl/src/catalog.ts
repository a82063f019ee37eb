import { ppo } from "./algorithms/policy-gradient/ppo.js";
import { doubleQLearning } from "./algorithms/tabular/double-q-learning.js";
import { dynaQ } from "./algorithms/tabular/dyna-q.js";
import { expectedSarsa } from "./algorithms/tabular/expected-sarsa.js";
import { qLearning } from "./algorithms/tabular/q-learning.js";
import { sarsa } from "./algorithms/tabular/sarsa.js";
import type { Algorithm } from "./core/algorithm.js";

/** Every algorithm, in the order of the syllabus. Adding one is one file and one line here. */
// biome-ignore lint/suspicious/noExplicitAny: a list of algorithms of different configs and states
export const algorithms: readonly Algorithm<any, any>[] = [
  qLearning,
  sarsa,
  expectedSarsa,
  doubleQLearning,
  dynaQ,
  ppo,
];
