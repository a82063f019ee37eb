import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  type BaseConfig,
  type ChartLibrary,
  catalogueEntry,
  type PreparedRun,
  reportHtml,
  type Summary,
} from "@advantage/rl";
import { writeAtomically } from "../files/atomic-file.js";
import { shellWord } from "../files/shell-word.js";
import { reproduceText } from "./reproduce-text.js";
import type { RunDirectory } from "./run-directory.js";

/** Writes `report.html` of a run. */
export function writeReport<Config extends BaseConfig, State>(
  directory: RunDirectory,
  { algorithm, context }: PreparedRun<Config, State>,
  summary: Summary,
  { stopped = false, failed }: { readonly stopped?: boolean; readonly failed?: string },
): void {
  const { record, files, path } = directory;
  const command = /^(npx )?advantage/.exec(record.command)?.[0] ?? "advantage"; // as it was called
  const reproduce = reproduceText(record, algorithm);
  const run = shellWord(path);
  const html = reportHtml(
    {
      algorithm: algorithm,
      summary,
      events: directory.thinnedMetrics(),
      config: record.config,
      preset: record.preset,
      looks: directory.looks(),
      figures: directory.figures(),
      stopped,
      failed,
      // Someone's own environment may bear the id of one in the catalogue; with other options it is another task.
      solvedAt:
        record.environmentModule === undefined && context.env?.options === undefined
          ? catalogueEntry(context)?.solvedAt
          : undefined,
      facts: {
        started: record.started.slice(0, 16).replace("T", " ").concat(" UTC"),
        advantage: record.versions.advantage,
        node: record.versions.node,
        directory: path,
      },
      commands: {
        ...(reproduce === undefined ? {} : { Reproduce: reproduce }),
        ...goOn(`${command} resume ${run}`, stopped || failed !== undefined, summary.steps, record.config.totalSteps),
        Evaluate: `${command} eval ${run}`,
        Watch: `${command} watch ${run}`,
      },
    },
    chartLibrary(),
  );
  writeAtomically(files.report, html);
}

/** How to train on; not at all where a run has ended by itself before its last step. */
function goOn(resume: string, unfinished: boolean, steps: number, totalSteps: number): Record<string, string> {
  if (unfinished) return { Resume: resume };
  return steps < totalSteps ? {} : { "Train on": `${resume} --total-steps ${2 * totalSteps}` };
}

/** uPlot, from where it is installed. */
export function chartLibrary(): ChartLibrary {
  const { resolve } = createRequire(import.meta.url);
  return {
    script: readFileSync(resolve("uplot/dist/uPlot.iife.min.js"), "utf8"),
    style: readFileSync(resolve("uplot/dist/uPlot.min.css"), "utf8"),
  };
}
