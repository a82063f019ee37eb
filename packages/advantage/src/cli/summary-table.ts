import { duration, type Evaluation, readable, type Summary } from "@advantage/rl";
import pc from "picocolors";
import type { Terminal } from "./terminal.js";

/** What came out of a run, for people. */
export function summaryTable(
  summary: Summary,
  report: string | undefined,
  { colours }: Pick<Terminal, "colours">,
): string {
  const { steps, seconds, stepsPerSecond } = summary;
  const { bold, cyan } = pc.createColors(colours);
  return table(
    [
      ...evaluationRows(summary, bold),
      ["Trained", `${readable(steps)} steps in ${duration(seconds)}, ${readable(Math.round(stepsPerSecond))} steps/s`],
      ...(report ? [["Report", cyan(report)] as const] : []),
    ],
    colours,
  );
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

function score({ mean, std, min, max, episodes }: Evaluation, emphasise: (text: string) => string): string {
  return `${emphasise(readable(mean))} ± ${readable(std)}  (${episodes} episodes, ${readable(min)} to ${readable(max)})`;
}

/** Two columns, the first one padded. */
export function table(rows: readonly (readonly [string, string])[], colours: boolean): string {
  const { dim } = pc.createColors(colours);
  const width = rows.reduce((widest, [name]) => Math.max(widest, name.length), 0);
  return rows.map(([name, value]) => `  ${dim(name.padEnd(width))}  ${value}\n`).join("");
}
