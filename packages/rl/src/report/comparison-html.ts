import { readable } from "../core/readable.js";
import type { MetricsEvent } from "../runner/metric-names.js";
import { axisOf, type Unit } from "../runner/unit.js";
import { type Chart, type ChartLibrary, chartHtml, escapeHtml, legendHtml, page } from "./page.js";
import { seriesOf } from "./report-html.js";

/** One of several runs to compare. */
export interface ComparedRun {
  readonly name: string;
  readonly events: readonly MetricsEvent[];
  /** What its steps count. */
  readonly unit?: Unit;
  /** The metrics to be drawn on a logarithmic axis. */
  readonly logarithmic?: readonly string[];
}

/** The axis of runs side by side: "sweeps" if all count sweeps, "steps" if they count different things. */
export function commonAxis(runs: readonly ComparedRun[]): string {
  const axes = new Set(runs.map((run) => axisOf(run.unit)));
  return axes.size === 1 ? [...axes][0] : axes.size === 0 ? axisOf() : "steps";
}

/** Metrics that every event has and that no one compares. */
const LEFT_OUT = ["step", "episodes", "seconds"];

/** The learning curves and metrics of several runs, one colour each, as one self-contained HTML page. */
export function comparisonHtml(runs: readonly ComparedRun[], library: ChartLibrary): string {
  const xLabel = commonAxis(runs);
  const logged = [...new Set(runs.flatMap((run) => run.events.flatMap(Object.keys)))].filter(
    (name) => !LEFT_OUT.includes(name),
  );
  // Solvers play no episodes: their first metric is what they are compared by.
  const main = logged.includes("episodeReturn") ? "episodeReturn" : (logged[0] ?? "episodeReturn");
  const names = logged.filter((name) => name !== main);
  const charts: Record<string, Chart> = Object.fromEntries(
    [main, ...names].map((name) => [
      name,
      {
        series: runs.map((run) => seriesOf(run.events, name, run.name)),
        xLabel,
        yLog: runs.some(({ logarithmic }) => logarithmic?.includes(name)),
      },
    ]),
  );
  const title = runs.length === 1 ? runs[0].name : `${runs.length} runs`;
  const last = (run: ComparedRun) => run.events.findLast((event) => event[main] !== undefined)?.[main];
  const rows = runs.map(
    (run) =>
      `<tr><td class="name">${escapeHtml(run.name)}</td><td class="number">${readable(run.events.at(-1)?.step ?? 0)}</td><td class="number">${last(run) === undefined ? "–" : readable(last(run) as number)}</td></tr>`,
  );
  const body = `
<header><h1>${escapeHtml(title)}</h1><p class="sub">${escapeHtml(main === "episodeReturn" ? "Mean return of the last 100 training episodes" : main)}, over ${xLabel}.</p></header>
<section class="card">${chartHtml(main, 360)}${legendHtml(charts[main])}</section>
<h2>Runs</h2>
<section class="card scroll" style="padding-left:0;padding-right:0"><table><thead><tr><th>Run</th><th>Steps</th><th>${main === "episodeReturn" ? "Last return" : `Last ${escapeHtml(main)}`}</th></tr></thead><tbody>${rows.join("")}</tbody></table></section>
<h2>Metrics</h2>
<section class="multiples">${names
    .map(
      (name) =>
        `<div class="card metric"><div class="title"><h3>${escapeHtml(name)}</h3></div>${chartHtml(name, 150)}</div>`,
    )
    .join("")}</section>`;
  return page(`${title} · Advantage`, body, charts, library);
}
