export { type BanditNpgConfig, banditNpg } from "./algorithms/bandits/bandit-npg.js";
export { type BanditNpgRegularizedConfig, banditNpgRegularized } from "./algorithms/bandits/bandit-npg-regularized.js";
export { type BanditPgConfig, banditPg } from "./algorithms/bandits/bandit-pg.js";
export { type Exp3Config, exp3 } from "./algorithms/bandits/exp3.js";
export { type ExpertNpgConfig, expertNpg } from "./algorithms/bandits/expert-npg.js";
export { type ExpertPgConfig, expertPg } from "./algorithms/bandits/expert-pg.js";
export { type ExponentialWeightsConfig, exponentialWeights } from "./algorithms/bandits/exponential-weights.js";
export { type LinearBanditConfig, linearBandit } from "./algorithms/bandits/linear-bandit.js";
export { type OnePointGradientConfig, onePointGradient } from "./algorithms/bandits/one-point-gradient.js";
export {
  type DiscountAsDeathConfig,
  discountAsDeath,
} from "./algorithms/foundations/discount-as-death.js";
export { type DistancesConfig, distances } from "./algorithms/foundations/distances.js";
export { type MdpConfig, mdp } from "./algorithms/foundations/mdp.js";
export {
  type PerformanceDifferenceConfig,
  performanceDifference,
} from "./algorithms/foundations/performance-difference.js";
export { type PolicyBoundsConfig, policyBounds } from "./algorithms/foundations/policy-bounds.js";
export { type PomdpConfig, pomdp } from "./algorithms/foundations/pomdp.js";
export { type ReturnsConfig, returns } from "./algorithms/foundations/returns.js";
export { type StateDistributionsConfig, stateDistributions } from "./algorithms/foundations/state-distributions.js";
export { type ValuesConfig, values } from "./algorithms/foundations/values.js";
export { type A2cConfig, a2c } from "./algorithms/policy-gradient/a2c.js";
export { type A3cConfig, a3c } from "./algorithms/policy-gradient/a3c.js";
export { type ActorCriticConfig, actorCritic } from "./algorithms/policy-gradient/actor-critic.js";
export { type AverageRewardPgConfig, averageRewardPg } from "./algorithms/policy-gradient/average-reward-pg.js";
export { type ControlVariateAcConfig, controlVariateAc } from "./algorithms/policy-gradient/control-variate-ac.js";
export { type NpgConfig, npg } from "./algorithms/policy-gradient/npg.js";
export { type OffPolicyPgConfig, offPolicyPg } from "./algorithms/policy-gradient/off-policy-pg.js";
export { type PpoConfig, ppo } from "./algorithms/policy-gradient/ppo.js";
export { type QActorCriticConfig, qActorCritic } from "./algorithms/policy-gradient/q-actor-critic.js";
export { type ReinforceConfig, reinforce } from "./algorithms/policy-gradient/reinforce.js";
export { type TrpoConfig, trpo } from "./algorithms/policy-gradient/trpo.js";
export { type VpgConfig, vpg } from "./algorithms/policy-gradient/vpg.js";
export {
  type ApproximatePolicyIterationConfig,
  approximatePolicyIteration,
} from "./algorithms/tabular/approximate-policy-iteration.js";
export { type DoubleQLearningConfig, doubleQLearning } from "./algorithms/tabular/double-q-learning.js";
export { type DynaQConfig, dynaQ } from "./algorithms/tabular/dyna-q.js";
export { type ExpectedSarsaConfig, expectedSarsa } from "./algorithms/tabular/expected-sarsa.js";
export {
  type ExponentialWeightsMdpConfig,
  exponentialWeightsMdp,
} from "./algorithms/tabular/exponential-weights-mdp.js";
export { type McFirstVisitConfig, mcFirstVisit } from "./algorithms/tabular/mc-first-visit.js";
export { type McIncrementalConfig, mcIncremental } from "./algorithms/tabular/mc-incremental.js";
export {
  type MonotonicPolicyIterationConfig,
  monotonicPolicyIteration,
} from "./algorithms/tabular/monotonic-policy-iteration.js";
export { type NStepTdConfig, nStepTd } from "./algorithms/tabular/n-step-td.js";
export { type PolicyEvaluationConfig, policyEvaluation } from "./algorithms/tabular/policy-evaluation.js";
export { type PolicyIterationConfig, policyIteration } from "./algorithms/tabular/policy-iteration.js";
export { type QLearningConfig, qLearning } from "./algorithms/tabular/q-learning.js";
export { type SarsaConfig, sarsa } from "./algorithms/tabular/sarsa.js";
export { type TabularNpgConfig, tabularNpg } from "./algorithms/tabular/tabular-npg.js";
export { type TabularPgConfig, tabularPg } from "./algorithms/tabular/tabular-pg.js";
export { type TdLambdaConfig, tdLambda } from "./algorithms/tabular/td-lambda.js";
export { type Td0Config, td0 } from "./algorithms/tabular/td0.js";
export { type ValueIterationConfig, valueIteration } from "./algorithms/tabular/value-iteration.js";
export { algorithms } from "./catalog.js";
