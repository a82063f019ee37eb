export * from "./checkpoint.js";
export { isCheckpointFile, readCheckpointFile, writeCheckpointFile } from "./checkpoint-file.js";
export { type AnyEnv, catalogueEntry, type EnvLike, envSource } from "./env-source.js";
export * from "./evaluate.js";
export { EventHistory, MOST_EVENTS } from "./event-history.js";
export { type Judgement, judgeMetric } from "./judge-metric.js";
export { lookAhead } from "./look-ahead.js";
export { type BestPolicy, bestOf, type Look } from "./looks.js";
export * from "./metric-names.js";
export { meets, needProblem, needText, type TaskFacts } from "./needs.js";
export { policyProblem } from "./policy-problem.js";
export * from "./prepare.js";
export * from "./run.js";
export type * from "./run-options.js";
export { type Advance, openSession, type TrainingSession } from "./session.js";
export * from "./setting-text.js";
export type * from "./sink.js";
export { csvSink } from "./sinks/csv.js";
export { jsonlSink } from "./sinks/jsonl.js";
export { tensorboardSink } from "./sinks/tensorboard.js";
export { type InitFrom, type Origin, originOf } from "./start-from.js";
export { type StopAt, stopAtOf } from "./stop-at.js";
export { envPart, type TaskLike, type TaskParts, taskOf } from "./task-of.js";
export { serveSlice, watchedSource } from "./threads/serve-slice.js";
export {
  enterDeath,
  enterWatch,
  placeText,
  stepUnderWay,
  stopSlices,
  type WatchedPlace,
  watchedPlace,
  watchedPlaceOf,
  whereabouts,
} from "./threads/slice-memory.js";
export * from "./unit.js";
