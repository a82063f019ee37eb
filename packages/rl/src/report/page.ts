import type { Curve } from "../core/figure.js";
import { CHART_SCRIPT } from "./chart-script.js";
import { curveColour, DASHES, dashOf } from "./curve-colours.js";
import { PAGE_STYLE } from "./page-style.js";

/** The chart library, inlined so that the page needs nothing from elsewhere: uPlot's script (the IIFE build) and style. */
export interface ChartLibrary {
  readonly script: string;
  readonly style: string;
}

/** One diagram: lines over a common axis. */
export interface Chart {
  readonly series: readonly Series[];
  /** A horizontal line to compare with. */
  readonly reference?: { readonly value: number; readonly label: string };
  /** What x counts: "environment steps", "sweeps". */
  readonly xLabel: string;
  /** Written beside the axis of figures; the charts of metrics bear their name above. */
  readonly yLabel?: string;
  readonly xLog?: boolean;
  readonly yLog?: boolean;
}

/** One line. Points that are no numbers, or not above 0 on a logarithmic axis, are left out. */
export type Series = Curve;

/** More points than a screen has columns add nothing but bytes. */
const MAX_POINTS = 1500;

/**
 * A self-contained HTML page: no request leaves it.
 *
 * @param body    HTML, in which `chartHtml` marks the places of charts
 * @param charts  by the name given to `chartHtml`
 */
export function page(
  title: string,
  body: string,
  charts: Readonly<Record<string, Chart>>,
  library: ChartLibrary,
): string {
  const thin = Object.fromEntries(
    Object.entries(charts).map(([name, chart]) => [
      name,
      {
        ...chart,
        series: chart.series.map((series, i) => ({
          ...drawn(series, chart),
          colour: colourOf(chart, i),
          ...(series.reference ? { dash: DASHES[dashOf(chart.series, i)] } : {}),
        })),
      },
    ]),
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${library.style}</style>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
<script type="application/json" id="charts">${inScript(JSON.stringify(thin))}</script>
<script>${inScript(library.script)}</script>
<script>${CHART_SCRIPT}</script>
</body>
</html>
`;
}

/** The place of a chart. The script says its latest values to those who cannot see it, after this name. */
export function chartHtml(name: string, height: number, title = name): string {
  return `<div class="chart" role="img" aria-label="${escapeHtml(title)}" data-chart="${escapeHtml(name)}" data-height="${height}" style="min-height:${height}px"></div>`;
}

/** Text as HTML that shows it, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The points that can be drawn, no more of them than are seen. */
function drawn({ label, x, y, low, high, reference }: Series, { xLog, yLog }: Chart): Series {
  const fits = (value: number, log: boolean | undefined) => Number.isFinite(value) && (!log || value > 0);
  const kept = x.flatMap((_, i) => (fits(x[i], xLog) && fits(y[i], yLog) ? [i] : []));
  const stride = Math.ceil(kept.length / MAX_POINTS);
  const thin = kept.filter((_, i) => i % stride === 0 || i === kept.length - 1);
  // An end of the interval that has no place on the axis is where the line is: JSON knows no other way to say nothing.
  const edge = (values: readonly number[]) => thin.map((i) => (fits(values[i], yLog) ? values[i] : y[i]));
  const band = low && high ? { low: edge(low), high: edge(high) } : {};
  return { label, x: thin.map((i) => x[i]), y: thin.map((i) => y[i]), ...band, reference };
}

function colourOf({ series }: Chart, index: number): string {
  const colour = curveColour(series, index);
  return colour === undefined ? "--muted" : `--series-${colour % 8}`;
}

/** What the lines of a chart are, of those that have one; nothing if there is one alone. */
export function legendHtml(chart: Chart): string {
  if (chart.series.length < 2) return "";
  const entries = chart.series.flatMap(({ label, x, reference }, i) => {
    if (x.length === 0) return [];
    const dash = dashOf(chart.series, i);
    const kind = reference ? ` class="dashed${dash > 0 ? ` dash-${dash}` : ""}"` : "";
    return [`<span${kind} style="--c:var(${colourOf(chart, i)})">${escapeHtml(label)}</span>`];
  });
  return `<p class="legend">${entries.join("")}</p>`;
}

/** Nothing in it may end the script element. */
function inScript(text: string): string {
  return text.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
}
