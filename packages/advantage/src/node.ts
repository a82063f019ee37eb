/** Runs on disk, as the command keeps them. For Node only. */
export type { Catalogue } from "./catalogue.js";
export { type CommandLine, main } from "./cli/main.js";
export { type Experiment, type ExperimentResult, experiments } from "./reproduce/experiments.js";
export { type Reproduced, reproduce } from "./reproduce/reproduce.js";
export * from "./run-directory/checkpoint-files.js";
export { importCheckpoint, type KnownRuns } from "./run-directory/import-checkpoint.js";
export {
  openRun,
  RUN_SCHEMA_VERSION,
  type RunDirectory,
  type RunFiles,
  type RunRecord,
  runFiles,
} from "./run-directory/run-directory.js";
export * from "./run-directory/train-to-directory.js";
export { nodeThreads } from "./threads/node-threads.js";
