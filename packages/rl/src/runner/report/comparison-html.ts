import type { MetricsEvent } from "../metric-names.js";
import { type Chart, type ChartLibrary, chartHtml, escapeHtml, page, readable } from "./page.js";
import { seriesOf } from "./report-html.js";

/** One of several runs to compare. */
export interface ComparedRun {
  readonly name: string;
  readonly events: readonly MetricsEvent[];
}

/** Metrics that every event has and that no one compares. */
const LEFT_OUT = ["step", "episodes", "seconds", "episodeReturn"];

/** The learning curves and metrics of several runs, one colour each, as one self-contained HTML page. */
export function comparisonHtml(runs: readonly ComparedRun[], library: ChartLibrary): string {
  const names = [...new Set(runs.flatMap((run) => run.events.flatMap(Object.keys)))].filter(
    (name) => !LEFT_OUT.includes(name),
  );
  const charts: Record<string, Chart> = Object.fromEntries(
    ["episodeReturn", ...names].map((name) => [
      name,
      { series: runs.map((run) => seriesOf(run.events, name, run.name)) },
    ]),
  );
  const title = runs.length === 1 ? runs[0].name : `${runs.length} runs`;
  const last = (run: ComparedRun) => run.events.findLast((event) => event.episodeReturn !== undefined)?.episodeReturn;
  const rows = runs.map(
    (run) =>
      `<tr><td class="name">${escapeHtml(run.name)}</td><td class="number">${readable(run.events.at(-1)?.step ?? 0)}</td><td class="number">${last(run) === undefined ? "–" : readable(last(run) as number)}</td></tr>`,
  );
  const body = `
<header><h1>${escapeHtml(title)}</h1><p class="sub">Mean return of the last 100 training episodes, over environment steps.</p></header>
<section class="card">${chartHtml("episodeReturn", 360)}
<p class="legend">${runs.map((run, i) => `<span style="--c:var(--series-${i % 8})">${escapeHtml(run.name)}</span>`).join("")}</p></section>
<h2>Runs</h2>
<section class="card scroll" style="padding-left:0;padding-right:0"><table><thead><tr><th>Run</th><th>Steps</th><th>Last return</th></tr></thead><tbody>${rows.join("")}</tbody></table></section>
<h2>Metrics</h2>
<section class="multiples">${names
    .map(
      (name) =>
        `<div class="card metric"><div class="title"><h3>${escapeHtml(name)}</h3></div>${chartHtml(name, 150)}</div>`,
    )
    .join("")}</section>`;
  return page(`${title} · Advantage`, body, charts, library);
}
