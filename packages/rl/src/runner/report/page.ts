import { CHART_SCRIPT } from "./chart-script.js";
import { PAGE_STYLE } from "./page-style.js";

/** The chart library, inlined so that the page needs nothing from elsewhere: uPlot's script (the IIFE build) and style. */
export interface ChartLibrary {
  readonly script: string;
  readonly style: string;
}

/** One diagram: lines over environment steps. */
export interface Chart {
  readonly series: readonly Series[];
  /** A horizontal line to compare with. */
  readonly reference?: { readonly value: number; readonly label: string };
}

export interface Series {
  readonly label: string;
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

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
    Object.entries(charts).map(([name, chart]) => [name, { ...chart, series: chart.series.map(thinned) }]),
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

/** The place of a chart. */
export function chartHtml(name: string, height: number): string {
  return `<div class="chart" data-chart="${escapeHtml(name)}" data-height="${height}" style="min-height:${height}px"></div>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A number for people: 1,234,567 · 98.4 · 0.00031. */
export function readable(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return value.toLocaleString("en");
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size >= 100) return value.toFixed(1);
  if (size >= 0.001 || size === 0) return String(Number(value.toPrecision(3)));
  return value.toExponential(1);
}

function thinned({ label, steps, values }: Series): Series {
  const stride = Math.ceil(steps.length / MAX_POINTS);
  const kept = (_: number, i: number) => i % stride === 0 || i === steps.length - 1;
  return { label, steps: steps.filter(kept), values: values.filter(kept) };
}

/** Nothing in it may end the script element. */
function inScript(text: string): string {
  return text.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "<\\!--");
}
