export * from "./algorithms.js";
export { stateDistributions } from "./algorithms.js"; // and not the function of maths
export * from "./core/algorithm.js";
export { algorithmProblems } from "./core/algorithm-problems.js";
export { asBlock, isBlock } from "./core/block.js";
export { COURSE_NOTES, type CourseNote, spelledNotes } from "./core/course-notes.js";
export type * from "./core/dataset.js";
export * from "./core/errors.js";
export * from "./core/figure.js";
export type * from "./core/learner.js";
export type * from "./core/model.js";
export * from "./core/policy.js";
export { GivenUp, type Pulse } from "./core/pulse.js";
export { readable } from "./core/readable.js";
export * from "./core/schedule.js";
export * from "./core/schema.js";
export * from "./core/snapshot.js";
export * from "./core/task.js";
export type * from "./core/threads.js";
export { type DatasetColumns, datasetOf } from "./data/dataset.js";
export { type ModelEnv, type ModelEnvOptions, modelEnv } from "./data/model-env.js";
export { type EwVsPg, type EwVsPgMethod, type EwVsPgOptions, ewVsPg } from "./experiments/ew-vs-pg.js";
export {
  type GradientVariance,
  type GradientVarianceOptions,
  gradientVariance,
  type MeasuredEstimator,
} from "./experiments/gradient-variance.js";
export { type IllConditioned, type IllConditionedOptions, illConditioned } from "./experiments/ill-conditioned.js";
export * from "./maths/distances.js";
export * from "./maths/finite-mdp/average-reward.js";
export * from "./maths/finite-mdp/backward-induction.js";
export * from "./maths/finite-mdp/bellman.js";
export {
  exactActionValues,
  exactValues,
  type Optimum,
  optimalActionValues,
  optimalValues,
  optimum,
} from "./maths/finite-mdp/exact.js";
export * from "./maths/finite-mdp/policy-shift.js";
export * from "./maths/finite-mdp/visitation.js";
export * from "./maths/importance-sampling.js";
export * from "./maths/v-trace.js";
export { loadPolicy } from "./policies/load-policy.js";
export { policyTable } from "./policies/policy-table.js";
export { type TabularPolicyParts, tabularPolicy } from "./policies/tabular-policy.js";
export * from "./report/index.js";
export * from "./runner/index.js";
