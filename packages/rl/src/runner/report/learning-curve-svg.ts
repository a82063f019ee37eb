import type { ComparedRun } from "./comparison-html.js";
import { escapeHtml, readable } from "./page.js";
import { seriesOf } from "./report-html.js";

const COLOURS = ["#2b59d9", "#d9622b", "#12805c", "#9a3fb8", "#b8860b", "#0f8ba6", "#c2315f", "#5f6b7c"];
const WIDTH = 800;
const HEIGHT = 450;
const LEFT = 64;
const RIGHT = 36;
const TOP = 20;
const BOTTOM = 44;
const LEGEND_ROW = 20;

/** The learning curves of several runs as one SVG picture, for papers and pages. */
export function learningCurveSvg(runs: readonly ComparedRun[]): string {
  const lines = runs.map((run) => seriesOf(run.events, "episodeReturn", run.name));
  const xTicks = ticks(0, Math.max(1, ...lines.map((line) => line.steps.at(-1) ?? 0)));
  const values = lines.flatMap((line) => line.values);
  const lowest = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const highest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const yTicks = values.length === 0 ? ticks(0, 1) : ticks(lowest, highest > lowest ? highest : lowest + 1);
  const x = (step: number) => LEFT + scaled(step, xTicks) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - scaled(value, yTicks) * (HEIGHT - TOP - BOTTOM);

  const grid = yTicks.map(
    (tick) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${point(y(tick))}" y2="${point(y(tick))}" stroke="#e3e7ed"/><text x="${LEFT - 8}" y="${point(y(tick) + 4)}" text-anchor="end">${readable(tick)}</text>`,
  );
  const below = xTicks.map(
    (tick) => `<text x="${point(x(tick))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${readable(tick)}</text>`,
  );
  const curves = lines.map(
    (line, i) =>
      `<polyline fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="2" stroke-linejoin="round" points="${line.steps.map((step, k) => `${point(x(step))},${point(y(line.values[k]))}`).join(" ")}"/>`,
  );
  const legend = lines.map((line, i) => {
    const at = HEIGHT + 8 + i * LEGEND_ROW;
    return `<rect x="${LEFT}" y="${at}" width="10" height="10" rx="3" fill="${COLOURS[i % COLOURS.length]}"/><text x="${LEFT + 18}" y="${at + 9}">${escapeHtml(line.label)}</text>`;
  });
  const height = HEIGHT + 16 + runs.length * LEGEND_ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#647084">
<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>
${[...grid, ...below, ...curves, ...legend].join("\n")}
<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">environment steps</text>
<text transform="translate(14 ${(HEIGHT - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">episode return</text>
</svg>
`;
}

/** About five round numbers from at most `low` to at least `high`. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10);
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step) - first;
  return Array.from({ length: count + 1 }, (_, i) => (first + i) * step);
}

function scaled(value: number, within: readonly number[]): number {
  const [low, high] = [within[0], within[within.length - 1]];
  return (value - low) / (high - low);
}

function point(value: number): string {
  return value.toFixed(1);
}
