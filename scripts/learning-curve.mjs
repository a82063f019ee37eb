import { largest, smallest } from "@advantage/engine";

/**
 * What `bench/learning` records of one case.
 *
 * @typedef {object} Learning
 * @property {string} name
 * @property {string} algorithm
 * @property {string} environment
 * @property {Record<string, unknown>} settings what is set beside the preset
 * @property {{ rule: string, value: number, within: number }} threshold
 * @property {{ seed: number, steps: number, deterministic: number, sampled: number, curve: [number, number | null][] }[]} seeds
 */

const WIDTH = 560;
const HEIGHT = 280;
const MARGIN = { left: 52, right: 24, top: 34, bottom: 30 };

/**
 * The learning curves of all seeds, thin, and their mean, bold, as an SVG picture that follows the viewer's theme.
 *
 * @param {Learning} learning
 * @returns {string}
 */
export function learningCurve({ environment, algorithm, seeds }) {
  const curves = seeds.map(({ curve }) => defined(curve));
  const mean = meanOf(curves);
  const all = curves.flat();
  const lastStep = largest(all.map(([step]) => step));
  const steps = ticks(0, lastStep).filter((step) => step <= lastStep);
  const returns = ticks(smallest(all.map(([, value]) => value)), largest(all.map(([, value]) => value)));
  const x = scale([0, lastStep], MARGIN.left, WIDTH - MARGIN.right);
  const y = scale(returns, HEIGHT - MARGIN.bottom, MARGIN.top);

  const line = (/** @type {[number, number][]} */ points, /** @type {string} */ kind) =>
    `<polyline class="${kind}" points="${points.map(([step, value]) => `${x(step)},${y(value)}`).join(" ")}"/>`;
  const rows = returns.map(
    (value) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(value)}" y2="${y(value)}"/><text x="${MARGIN.left - 8}" y="${y(value)}" dy="4" text-anchor="end">${label(value)}</text>`,
  );
  const columns = steps.map(
    (value) => `<text x="${x(value)}" y="${HEIGHT - 10}" text-anchor="middle">${label(value)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img">
<title>Training return of ${algorithm} on ${environment} over environment steps, ${seeds.length} seeds</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #5c6675 }
.title { font-weight: 600; fill: #1c2430 }
.grid { stroke: #e3e7ed }
polyline { fill: none; stroke: #2b59d9; stroke-linejoin: round }
.seed { stroke-width: 1; opacity: .35 }
.mean { stroke-width: 2.25 }
@media (prefers-color-scheme: dark) {
  text { fill: #9aa5b4 } .title { fill: #e3e8ef } .grid { stroke: #2b323c } polyline { stroke: #7ea2ff }
}
</style>
<text class="title" x="${MARGIN.left}" y="18">${environment}</text><text x="${WIDTH - MARGIN.right}" y="18" text-anchor="end">${algorithm}, ${seeds.length} seeds: training return over steps</text>
${[...rows, ...columns].join("\n")}
${[...curves.map((curve) => line(curve, "seed")), line(mean, "mean")].join("\n")}
</svg>
`;
}

/**
 * The points that have a value, which the first ones lack until an episode has ended.
 *
 * @param {readonly [number, number | null][]} curve
 * @returns {[number, number][]}
 */
function defined(curve) {
  return curve.flatMap(([step, value]) => (value === null ? [] : [/** @type {[number, number]} */ ([step, value])]));
}

/** Where all seeds have a value. @param {readonly [number, number][][]} curves @returns {[number, number][]} */
function meanOf(curves) {
  const values = new Map(curves[0].map(([step]) => [step, /** @type {number[]} */ ([])]));
  for (const [step, value] of curves.flat()) values.get(step)?.push(value);
  return [...values]
    .filter(([, found]) => found.length === curves.length)
    .map(([step, found]) => [step, found.reduce((sum, value) => sum + value, 0) / found.length]);
}

/** Round numbers from at or below `low` to at or above `high`. @param {number} low @param {number} high */
function ticks(low, high) {
  const rough = (high - low || 1) / 5;
  const power = Number(`1e${Math.floor(Math.log10(rough))}`);
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

/** @param {readonly number[]} marks @param {number} from @param {number} to */
function scale(marks, from, to) {
  const [low, high] = [marks[0], marks[marks.length - 1]];
  return (/** @type {number} */ value) => Number((from + ((value - low) / (high - low)) * (to - from)).toFixed(1));
}

/** @param {number} value */
function label(value) {
  const text = Math.abs(value) >= 1000 ? `${Number((value / 1000).toFixed(1))}k` : `${Number(value.toPrecision(6))}`;
  return text.replace("-", "−");
}
