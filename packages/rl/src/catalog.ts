import { banditNpg } from "./algorithms/bandits/bandit-npg.js";
import { banditNpgRegularized } from "./algorithms/bandits/bandit-npg-regularized.js";
import { banditPg } from "./algorithms/bandits/bandit-pg.js";
import { exp3 } from "./algorithms/bandits/exp3.js";
import { expertNpg } from "./algorithms/bandits/expert-npg.js";
import { expertPg } from "./algorithms/bandits/expert-pg.js";
import { exponentialWeights } from "./algorithms/bandits/exponential-weights.js";
import { linearBandit } from "./algorithms/bandits/linear-bandit.js";
import { onePointGradient } from "./algorithms/bandits/one-point-gradient.js";
import { discountAsDeath } from "./algorithms/foundations/discount-as-death.js";
import { distances } from "./algorithms/foundations/distances.js";
import { mdp } from "./algorithms/foundations/mdp.js";
import { performanceDifference } from "./algorithms/foundations/performance-difference.js";
import { policyBounds } from "./algorithms/foundations/policy-bounds.js";
import { pomdp } from "./algorithms/foundations/pomdp.js";
import { returns } from "./algorithms/foundations/returns.js";
import { stateDistributions } from "./algorithms/foundations/state-distributions.js";
import { values } from "./algorithms/foundations/values.js";
import { a2c } from "./algorithms/policy-gradient/a2c.js";
import { a3c } from "./algorithms/policy-gradient/a3c.js";
import { actorCritic } from "./algorithms/policy-gradient/actor-critic.js";
import { averageRewardPg } from "./algorithms/policy-gradient/average-reward-pg.js";
import { controlVariateAc } from "./algorithms/policy-gradient/control-variate-ac.js";
import { npg } from "./algorithms/policy-gradient/npg.js";
import { offPolicyPg } from "./algorithms/policy-gradient/off-policy-pg.js";
import { ppo } from "./algorithms/policy-gradient/ppo.js";
import { qActorCritic } from "./algorithms/policy-gradient/q-actor-critic.js";
import { reinforce } from "./algorithms/policy-gradient/reinforce.js";
import { trpo } from "./algorithms/policy-gradient/trpo.js";
import { vpg } from "./algorithms/policy-gradient/vpg.js";
import { approximatePolicyIteration } from "./algorithms/tabular/approximate-policy-iteration.js";
import { doubleQLearning } from "./algorithms/tabular/double-q-learning.js";
import { dynaQ } from "./algorithms/tabular/dyna-q.js";
import { expectedSarsa } from "./algorithms/tabular/expected-sarsa.js";
import { exponentialWeightsMdp } from "./algorithms/tabular/exponential-weights-mdp.js";
import { mcFirstVisit } from "./algorithms/tabular/mc-first-visit.js";
import { mcIncremental } from "./algorithms/tabular/mc-incremental.js";
import { monotonicPolicyIteration } from "./algorithms/tabular/monotonic-policy-iteration.js";
import { nStepTd } from "./algorithms/tabular/n-step-td.js";
import { policyEvaluation } from "./algorithms/tabular/policy-evaluation.js";
import { policyIteration } from "./algorithms/tabular/policy-iteration.js";
import { qLearning } from "./algorithms/tabular/q-learning.js";
import { sarsa } from "./algorithms/tabular/sarsa.js";
import { tabularNpg } from "./algorithms/tabular/tabular-npg.js";
import { tabularPg } from "./algorithms/tabular/tabular-pg.js";
import { tdLambda } from "./algorithms/tabular/td-lambda.js";
import { td0 } from "./algorithms/tabular/td0.js";
import { valueIteration } from "./algorithms/tabular/value-iteration.js";
import type { AnyAlgorithm } from "./core/algorithm.js";

/** Every algorithm, in the order of the syllabus. Adding one is one file and one line here. */
export const algorithms: readonly AnyAlgorithm[] = [
  mdp,
  returns,
  values,
  stateDistributions,
  pomdp,
  performanceDifference,
  policyBounds,
  discountAsDeath,
  distances,
  policyEvaluation,
  policyIteration,
  valueIteration,
  mcFirstVisit,
  mcIncremental,
  td0,
  nStepTd,
  tdLambda,
  qLearning,
  sarsa,
  expectedSarsa,
  doubleQLearning,
  dynaQ,
  approximatePolicyIteration,
  monotonicPolicyIteration,
  exponentialWeightsMdp,
  tabularPg,
  tabularNpg,
  exponentialWeights,
  expertPg,
  expertNpg,
  exp3,
  banditPg,
  banditNpg,
  banditNpgRegularized,
  linearBandit,
  onePointGradient,
  reinforce,
  vpg,
  averageRewardPg,
  actorCritic,
  qActorCritic,
  offPolicyPg,
  controlVariateAc,
  a2c,
  a3c,
  npg,
  trpo,
  ppo,
];
