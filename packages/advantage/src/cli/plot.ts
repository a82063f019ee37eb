import path from "node:path";
import { type ComparedRun, comparisonHtml, learningCurveSvg } from "@advantage/rl";
import type { Catalogue } from "../catalogue.js";
import { writeAtomically } from "../files/atomic-file.js";
import { chartLibrary } from "../run-directory/report.js";
import type { RunDirectory } from "../run-directory/run-directory.js";

/**
 * Draws the learning curves of runs into one file.
 *
 * @returns its path
 */
export function plot(
  runs: readonly RunDirectory[],
  { svg, output }: { svg?: boolean; output?: string },
  { algorithms }: Catalogue,
): string {
  const compared: ComparedRun[] = runs.map((run) => {
    const algorithm = algorithms.find(({ id }) => id === run.record.algorithm);
    const metrics = Object.entries(algorithm?.metrics ?? {});
    return {
      name: path.basename(path.resolve(run.path)),
      events: run.thinnedMetrics(),
      unit: algorithm?.unit,
      logarithmic: metrics.filter(([, { logarithmic }]) => logarithmic).map(([name]) => name),
    };
  });
  const file = output ?? (svg ? "plot.svg" : "plot.html");
  writeAtomically(file, svg ? learningCurveSvg(compared) : comparisonHtml(compared, chartLibrary()));
  return file;
}
