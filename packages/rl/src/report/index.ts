export { linearTicks, logRange, logTicks, MAX_DECADES, powerOfTen } from "./axis.js";
export {
  type ComparedVariant,
  type Comparison,
  compareVariants,
  type VariantResult,
  type VariantRun,
} from "./compare-variants.js";
export { type ComparedRun, comparisonHtml } from "./comparison-html.js";
export { type ComparisonReport, comparisonReport, type ReportedVariant } from "./comparison-report.js";
export { curveColour, DASHES, dashOf } from "./curve-colours.js";
export { curvesSvg } from "./curves-svg.js";
export { type FiguresPage, figuresPage } from "./figures-page.js";
export { gridHtml } from "./grid-html.js";
export { HEAT_COLOURS, heatColour } from "./heat-colours.js";
export { learningCurveSvg } from "./learning-curve-svg.js";
export type { ChartLibrary } from "./page.js";
export { escapeHtml } from "./page.js";
export { FIGURE_STYLE, THEME_STYLES } from "./page-style.js";
export { pictureSvg } from "./picture-svg.js";
export { duration, type Report, reportHtml } from "./report-html.js";
export type { BandCurve, Estimate, PerSeed } from "./seed-estimates.js";
export { spreadText } from "./spread-text.js";
export { textHtml, treeHtml } from "./tree-html.js";
export type { VarianceAtReturn } from "./variance-at-return.js";
