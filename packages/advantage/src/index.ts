/**
 * What most programs need: an environment by its id, an algorithm, a run, its policy. Everything else is behind subpaths: `advantage/algorithms`,
 * `advantage/envs`, `advantage/engine`, `advantage/maths`, `advantage/data`, `advantage/networks`, `advantage/policies`, `advantage/report`, and
 * for algorithms of one's own `advantage/core`, `advantage/families`, `advantage/runner`, `advantage/testing`. All of it runs in a browser as well.
 */
export { Random } from "@advantage/engine";
export { checkEnv, type Env, environments, makeEnv, type Space, type VectorEnv } from "@advantage/envs";
export {
  type Algorithm,
  algorithms,
  CheckpointError,
  ConfigError,
  type Evaluation,
  evaluate,
  type MetricsEvent,
  type Policy,
  RunError,
  type RunOptions,
  type RunResult,
  run,
  type Settings,
  type Summary,
  UserError,
} from "@advantage/rl";
export { loadPolicy, type PolicySource } from "./policy.js";
