export * from "./checkpoint.js";
export { readCheckpointFile, writeCheckpointFile } from "./checkpoint-file.js";
export { type AnyEnv, catalogueEntry, type EnvLike, envSource } from "./env-source.js";
export * from "./evaluate.js";
export { EventHistory, MOST_EVENTS } from "./event-history.js";
export { type Judgement, judgeMetric } from "./judge-metric.js";
export * from "./metric-names.js";
export * from "./prepare.js";
export { linearTicks, logRange, logTicks, MAX_DECADES, powerOfTen } from "./report/axis.js";
export {
  type ComparedVariant,
  type Comparison,
  compareVariants,
  type VariantResult,
  type VariantRun,
} from "./report/compare-variants.js";
export { type ComparedRun, comparisonHtml } from "./report/comparison-html.js";
export { type ComparisonReport, comparisonReport, type ReportedVariant } from "./report/comparison-report.js";
export { curveColour, DASHES, dashOf } from "./report/curve-colours.js";
export { curvesSvg } from "./report/curves-svg.js";
export { type FiguresPage, figuresPage } from "./report/figures-page.js";
export { gridHtml } from "./report/grid-html.js";
export { HEAT_COLOURS, heatColour } from "./report/heat-colours.js";
export { learningCurveSvg } from "./report/learning-curve-svg.js";
export type { ChartLibrary } from "./report/page.js";
export { escapeHtml, readable } from "./report/page.js";
export { FIGURE_STYLE, THEME_STYLES } from "./report/page-style.js";
export { pictureSvg } from "./report/picture-svg.js";
export { duration, type Report, reportHtml } from "./report/report-html.js";
export type { BandCurve, Estimate, PerSeed } from "./report/seed-estimates.js";
export type { VarianceAtReturn } from "./report/variance-at-return.js";
export { meets, requirementProblem } from "./requirements.js";
export * from "./run.js";
export { type Advance, openSession, type TrainingSession } from "./session.js";
export * from "./setting-text.js";
export type * from "./sink.js";
export { csvSink } from "./sinks/csv.js";
export { jsonlSink } from "./sinks/jsonl.js";
export { tensorboardSink } from "./sinks/tensorboard.js";
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
