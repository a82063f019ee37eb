import { stripVTControlCharacters } from "node:util";
import {
  counted,
  duration,
  type Evaluation,
  type MetricsEvent,
  perSecond,
  RUN_METRICS,
  readable,
  type Summary,
  spreadText,
} from "@advantage/rl";
import pc from "picocolors";
import type { RunDirectory } from "../run-directory/run-directory.js";
import type { DirectoryResult } from "../run-directory/train-to-directory.js";
import type { Terminal } from "../terminal/terminal.js";

/** Metrics shown of runs that play no episodes. */
const SHOWN_METRICS = 6;

/** What came out of a run, for people. */
export function summaryTable(
  { summary, history }: Pick<DirectoryResult, "summary" | "history">,
  { files, record }: Pick<RunDirectory, "files" | "record">,
  { colours }: Pick<Terminal, "colours">,
): string {
  const { steps, seconds, stepsPerSecond, unit } = summary;
  const { bold, cyan } = pc.createColors(colours);
  const early = steps < record.config.totalSteps ? ` of at most ${readable(record.config.totalSteps)}` : "";
  return table(
    [
      ...evaluationRows(summary, bold),
      ...(summary.best === undefined
        ? []
        : [
            [
              "Best look",
              `${readable(summary.best.mean)} at ${unit ?? "step"} ${readable(summary.best.step)}`,
            ] as const,
          ]),
      ...(summary.stoppedBy === undefined ? [] : [["Ended early", summary.stoppedBy] as const]),
      ...(unit === undefined && history.at(-1)?.episodes ? [] : lastMetrics(history.at(-1))),
      [
        unit === undefined ? "Trained" : "Took",
        `${counted(steps, unit)}${early} in ${duration(seconds)}, ${perSecond(stepsPerSecond, unit)}`,
      ],
      ["Report", cyan(files.report)],
    ],
    colours,
  );
}

/** What is said of solvers and bandits: residuals, bounds, regrets. */
function lastMetrics(event: MetricsEvent | undefined): (readonly [string, string])[] {
  return Object.entries(event ?? {})
    .filter(([name, value]) => !Object.hasOwn(RUN_METRICS, name) && value !== undefined)
    .slice(0, SHOWN_METRICS)
    .map(([name, value]) => [name, readable(value as number)]);
}

/** The scores alone. */
export function evaluationTable(
  summary: Pick<Summary, "evaluation" | "stochasticEvaluation">,
  colours: boolean,
): string {
  return table(evaluationRows(summary, pc.createColors(colours).bold), colours);
}

function evaluationRows(
  { evaluation, stochasticEvaluation }: Pick<Summary, "evaluation" | "stochasticEvaluation">,
  emphasise: (text: string) => string,
): (readonly [string, string])[] {
  return [
    ...(evaluation ? [["Evaluation", score(evaluation, emphasise)] as const] : []),
    ...(stochasticEvaluation ? [["Sampling actions", score(stochasticEvaluation, emphasise)] as const] : []),
  ];
}

function score(evaluation: Evaluation, emphasise: (text: string) => string): string {
  const { mean, std, min, max, episodes, cut } = evaluation;
  const range = episodes === 1 ? "1 episode" : `${episodes} episodes, ${readable(min)} to ${readable(max)}`;
  const unended = cut ? `; ${readable(cut.episodes)} did not end and were cut at ${readable(cut.steps)} steps` : "";
  const spread = spreadText(evaluation);
  return `${emphasise(readable(mean))}${episodes === 1 ? "" : ` ± ${readable(std)}`}  (${range}${spread === "" ? "" : `; ${spread}`}${unended})`;
}

/** Two columns, the first one padded. */
export function table(rows: readonly (readonly [string, string])[], colours: boolean): string {
  const { dim } = pc.createColors(colours);
  const width = rows.reduce((widest, [name]) => Math.max(widest, name.length), 0);
  return rows.map(([name, value]) => `  ${dim(name.padEnd(width))}  ${value}\n`).join("");
}

/** Lines of at most `width` characters, colours not counted, each behind `indent`; a longer word, such as an address, stays whole. */
export function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && stripVTControlCharacters(`${line} ${word}`).length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => indent + each).join("\n");
}
