import { type ComparedRun, commonAxis } from "./comparison-html.js";
import { curvesSvg } from "./curves-svg.js";
import { seriesOf } from "./report-html.js";

/** The learning curves of several runs as one SVG picture, for papers and pages. */
export function learningCurveSvg(runs: readonly ComparedRun[]): string {
  return curvesSvg({
    curves: runs.map((run) => seriesOf(run.events, "episodeReturn", run.name)),
    xLabel: commonAxis(runs),
    yLabel: "episode return",
  });
}
