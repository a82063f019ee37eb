import type { CurvesFigure } from "../core/figure.js";
import { readable } from "../core/readable.js";
import { MAX_DECADES } from "./axis.js";
import { curveColour, DASHES, dashOf } from "./curve-colours.js";
import { escapeHtml } from "./page.js";

const COLOURS = ["#2b59d9", "#d9622b", "#12805c", "#9a3fb8", "#b8860b", "#0f8ba6", "#c2315f", "#5f6b7c"];
const REFERENCE = "#8b96a3";
const LEFT = 64;
const RIGHT = 36;
const TOP = 20;
const BOTTOM = 44;
const LEGEND_ROW = 20;

/** Size of the axes and what is between them, in pixels; the legend comes below. */
export interface CurvesSize {
  readonly width: number;
  readonly height: number;
}

/** Lines over a common axis as one SVG picture, for papers and pages; references are dashed, intervals are bands. */
export function curvesSvg(
  {
    curves,
    xLabel,
    yLabel,
    xLog = false,
    yLog = false,
  }: Pick<CurvesFigure, "curves" | "xLabel" | "yLabel" | "xLog" | "yLog">,
  { width, height }: CurvesSize = { width: 800, height: 450 },
): string {
  const fits = (value: number, log: boolean) => Number.isFinite(value) && (!log || value > 0);
  const pointsOf = (x: readonly number[], y: readonly number[]) =>
    x.flatMap((_, i) => (fits(x[i], xLog) && fits(y[i], yLog) ? [[x[i], y[i]] as const] : []));
  const lines = curves.map(({ label, x, y, low, high, reference }) => ({
    label,
    reference,
    points: pointsOf(x, y),
    // Around the line: there along its upper end, back along its lower one.
    band: low && high ? [...pointsOf(x, high), ...pointsOf(x, low).reverse()] : [],
  }));
  const xScale = scaleOf(
    lines.flatMap(({ points, band }) => [...points, ...band].map(([x]) => x)),
    xLog,
  );
  const yScale = scaleOf(
    lines.flatMap(({ points, band }) => [...points, ...band].map(([, y]) => y)),
    yLog,
  );
  const xOf = (share: number) => LEFT + share * (width - LEFT - RIGHT);
  const yOf = (share: number) => height - BOTTOM - share * (height - TOP - BOTTOM);

  const grid = yScale.ticks.map(
    ({ text, share }) =>
      `<line x1="${LEFT}" x2="${width - RIGHT}" y1="${point(yOf(share))}" y2="${point(yOf(share))}" stroke="#e3e7ed"/><text x="${LEFT - 8}" y="${point(yOf(share) + 4)}" text-anchor="end">${text}</text>`,
  );
  const below = xScale.ticks.map(
    ({ text, share }) =>
      `<text x="${point(xOf(share))}" y="${height - BOTTOM + 18}" text-anchor="middle">${text}</text>`,
  );
  const colour = (i: number) => {
    const index = curveColour(curves, i);
    return index === undefined ? REFERENCE : COLOURS[index % COLOURS.length];
  };
  const placed = (points: readonly (readonly [number, number])[]) =>
    points.map(([x, y]) => `${point(xOf(xScale.share(x)))},${point(yOf(yScale.share(y)))}`).join(" ");
  const bands = lines.flatMap(({ band }, i) =>
    band.length > 0 ? [`<polygon fill="${colour(i)}" fill-opacity="0.15" points="${placed(band)}"/>`] : [],
  );
  const drawn = lines.map(
    ({ points, reference }, i) =>
      `<polyline fill="none" stroke="${colour(i)}" stroke-width="${reference ? 1.5 : 2}"${reference ? ` stroke-dasharray="${DASHES[dashOf(curves, i)].join(" ")}"` : ""} stroke-linejoin="round" points="${placed(points)}"/>`,
  );
  const legend = lines.map(({ label, reference }, i) => {
    const at = height + 8 + i * LEGEND_ROW;
    const mark = reference
      ? `<line x1="${LEFT - 4}" x2="${LEFT + 14}" y1="${at + 5}" y2="${at + 5}" stroke="${colour(i)}" stroke-width="2" stroke-dasharray="${dashOf(curves, i) === 0 ? "5 3" : DASHES[dashOf(curves, i)].join(" ")}"/>`
      : `<rect x="${LEFT}" y="${at}" width="10" height="10" rx="3" fill="${colour(i)}"/>`;
    return `${mark}<text x="${LEFT + 22}" y="${at + 9}">${escapeHtml(label)}</text>`;
  });
  const whole = curvesHeight(curves.length, height);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${whole}" font-family="system-ui, sans-serif" font-size="12" fill="#647084">
<rect width="${width}" height="${whole}" fill="#ffffff"/>
${[...grid, ...below, ...bands, ...drawn, ...legend].join("\n")}
<text x="${(width + LEFT) / 2}" y="${height - 6}" text-anchor="middle">${escapeHtml(xLabel)}</text>
<text transform="translate(14 ${(height - BOTTOM + TOP) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(yLabel)}</text>
</svg>
`;
}

/** Height of the whole picture, its legend included. */
export function curvesHeight(numCurves: number, height: number): number {
  return height + 16 + numCurves * LEGEND_ROW;
}

interface Scale {
  readonly ticks: readonly Tick[];
  /** 0 at the first tick, 1 at the last; what lies below the decades that are drawn is at 0. */
  share(value: number): number;
}

interface Tick {
  readonly text: string;
  readonly share: number;
}

function scaleOf(values: readonly number[], log: boolean): Scale {
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  if (log) {
    const [lowest, last] = values.length === 0 ? [0, 1] : [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const first = Math.max(lowest, last - MAX_DECADES);
    const to = Math.max(last, first + 1);
    const every = Math.ceil((to - first) / 8);
    const powers = Array.from({ length: to - first + 1 }, (_, i) => first + i);
    return {
      ticks: powers
        .filter((power) => (power - first) % every === 0)
        .map((power) => ({ text: powerText(power), share: (power - first) / (to - first) })),
      share: (value) => Math.max(0, (Math.log10(value) - first) / (to - first)),
    };
  }
  // One value alone is at the lower end of a stretch that floating point can tell from it.
  const alone = Math.abs(low) > 1e6 ? [low - Math.abs(low) / 10, low] : [low, low + 1];
  const [from, to] = values.length === 0 ? [0, 1] : high > low ? [low, high] : alone;
  const ticks = roundTicks(from, to);
  const [first, last] = [ticks[0], ticks[ticks.length - 1]];
  const half = Number.isFinite(last - first) ? 1 : 0.5;
  const share = (value: number) => (half * value - half * first) / (half * last - half * first);
  return { ticks: ticks.map((value) => ({ text: tickText(value), share: share(value) })), share };
}

/** About five round numbers from at most `low` to at least `high`. */
function roundTicks(low: number, high: number): number[] {
  const rough = high / 5 - low / 5;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  if (magnitude === 0) return [low, high]; // denormal numbers have no round ones between them
  const step = magnitude * ([1, 2, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10);
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step) - first;
  const ticks = Array.from({ length: count + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return ticks[count] > ticks[0] && ticks.every(Number.isFinite) ? ticks : [low, high];
}

function tickText(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential().replace("e+", "e") : readable(value);
}

/** The outermost powers are no numbers of floating point. */
function powerText(power: number): string {
  const value = Number(`1e${power}`);
  return value > 0 && Number.isFinite(value) ? tickText(value) : `1e${power}`;
}

function point(value: number): string {
  return value.toFixed(1);
}
