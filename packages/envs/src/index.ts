export { actionOf, actionSize, allocateActions, requireActions, toEnvironment, writeAction } from "./action.js";
export {
  adversarialBandit,
  type BanditArm,
  type BanditEnv,
  type BanditSnapshot,
  type BernoulliBanditOptions,
  bernoulliBandit,
  type GaussianBanditOptions,
  gaussianBandit,
} from "./bandits/bandit.js";
export * from "./bandits/linear-bandit.js";
export * from "./bandits/quadratic-bandit.js";
export * from "./bandits/reward-sequence.js";
export * from "./catalog.js";
export { assertEnv, type CheckEnvOptions, checkEnv, environmentProblems } from "./check-env.js";
export * from "./classic-control/acrobot.js";
export * from "./classic-control/cart-pole.js";
export * from "./classic-control/mountain-car.js";
export * from "./classic-control/mountain-car-continuous.js";
export * from "./classic-control/pendulum.js";
export type * from "./env.js";
export * from "./errors.js";
export * from "./finite-mdp/finite-mdp.js";
export * from "./finite-mdp/garnet.js";
export { type CellStyle, type LayoutSceneOptions, layoutScene } from "./finite-mdp/layout-scene.js";
export * from "./finite-mdp/mdp-json.js";
export { type SampleEnvOptions, sampleEnv, type TabularEnv, type TabularSnapshot } from "./finite-mdp/sample-env.js";
export { withDeath } from "./finite-mdp/with-death.js";
export { flatSize, flatSpace, flattenInto } from "./flatten.js";
export * from "./gridworld/grid-mdp.js";
export * from "./gridworld/gridworld.js";
export * from "./gridworld/maximization-bias.js";
export * from "./gridworld/random-walk.js";
export * from "./nearest-name.js";
export * from "./partially-observed/cart-pole-masked.js";
export * from "./partially-observed/observation-history.js";
export * from "./partially-observed/pomdp.js";
export * from "./partially-observed/t-maze.js";
export * from "./partially-observed/tiger.js";
export * from "./puck-world/puck-world.js";
export * from "./running-statistics.js";
export * from "./scene.js";
export * from "./scene-svg.js";
export {
  copySnapshot,
  isExactly,
  isPlainObject,
  isReservedName,
  isTypedArray,
  snapshotProblem,
  type TypedArray,
  typedArrayNamed,
} from "./snapshot-value.js";
export { type Box, box } from "./spaces/box.js";
export { type Dict, dict } from "./spaces/dict.js";
export { type Discrete, discrete } from "./spaces/discrete.js";
export { type MultiBinary, multiBinary } from "./spaces/multi-binary.js";
export { type MultiDiscrete, multiDiscrete } from "./spaces/multi-discrete.js";
export * from "./spaces/space.js";
export * from "./state-env.js";
export * from "./toy-text/blackjack.js";
export * from "./toy-text/cliff-walking.js";
export * from "./toy-text/frozen-lake.js";
export * from "./toy-text/taxi.js";
export { joinVectorSnapshots, sliceVectorSnapshot } from "./vector-snapshot.js";
export * from "./vectorise.js";
export * from "./wrappers/index.js";
