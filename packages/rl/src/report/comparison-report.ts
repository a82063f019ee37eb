import { largest, smallest } from "@advantage/engine";
import { readable } from "../core/readable.js";
import { axisOf, type Unit } from "../runner/unit.js";
import type { Comparison } from "./compare-variants.js";
import { type Chart, type ChartLibrary, chartHtml, escapeHtml, legendHtml, page } from "./page.js";
import { duration } from "./report-html.js";
import type { Estimate, PerSeed } from "./seed-estimates.js";

/** What a comparison's report shows. */
export interface ComparisonReport {
  readonly environment: string;
  readonly comparison: Comparison;
  /** In the order of the comparison's. */
  readonly variants: readonly ReportedVariant[];
  readonly seeds: readonly number[];
  readonly evaluationEpisodes: number;
  /** Names and values: versions, machine, where it is kept. */
  readonly facts: Readonly<Record<string, string>>;
  /** What to type, by what for. */
  readonly commands: Readonly<Record<string, string>>;
}

/** A variant as the report of a comparison names it. */
export interface ReportedVariant {
  readonly label: string;
  /** The algorithm's. */
  readonly title: string;
  readonly unit?: Unit;
  readonly logarithmic?: readonly string[];
  readonly preset?: string;
  /** Settings that are not the algorithm's defaults. */
  readonly settings: Readonly<Record<string, string>>;
  /** The reports of the single runs, as addresses relative to this one; absent where there is none. */
  readonly runs: readonly { readonly seed: number; readonly report?: string }[];
}

const COLOURS = 8;

/** The name of the chart over returns instead of steps. */
const VARIANCE = "gradientVariance at equal return";

/** Algorithms side by side over several seeds, as one self-contained HTML page. */
export function comparisonReport(report: ComparisonReport, library: ChartLibrary): string {
  const { environment, comparison, seeds } = report;
  const count = comparison.variants.length;
  const title = `${count} variant${count === 1 ? "" : "s"} on ${environment}`;
  const charts = chartsOf(report);
  const body = `
<style>${STYLE}</style>
<header>
  <h1>${count} variant${count === 1 ? "" : "s"} <span>on</span> <b>${escapeHtml(environment)}</b></h1>
  <p class="sub">${counted(seeds.length, "seed")} each. Lines and scores are interquartile means over the seeds, bands and intervals hold 95 % of a stratified bootstrap.</p>
  ${notes(comparison)}
</header>
<section class="card">
  <div class="title"><h3>${comparison.metric === "episodeReturn" ? "Training return" : escapeHtml(comparison.metric)}</h3></div>
  <p class="sub" style="font-size:13px">${comparison.metric === "episodeReturn" ? "mean undiscounted sum of rewards of the last 100 training episodes, " : ""}over ${xLabel(report)}</p>
  ${chartHtml(comparison.metric, 380)}${legendHtml(charts[comparison.metric])}
</section>
<h2>Final score</h2>
<p class="key">${scoreText(report)}</p>
<section class="card scroll flush">${scoreTable(comparison)}</section>
<h2>Steps and time</h2>
<p class="key">${speedText(comparison)}</p>
<section class="card scroll flush">${speedTable(comparison, report)}</section>
${varianceSection(comparison, charts)}
${metricsSection(report, charts)}
<h2>What was compared</h2>
<section class="card scroll flush">${settingsTable(report)}</section>
<h2>How it was made</h2>
<section class="pair">
  <div class="card">${Object.entries(report.commands)
    .map(
      ([what, command]) =>
        `<p class="sub">${escapeHtml(what)}</p><div class="command"><code>${escapeHtml(command)}</code><button type="button" data-copy>Copy</button></div>`,
    )
    .join("")}<p class="method">${METHOD}</p></div>
  <div class="card"><dl>${Object.entries({ seeds: seeds.join(", "), ...report.facts })
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join("")}</dl></div>
</section>`;
  return page(`${title} · Advantage`, body, charts, library);
}

const METHOD = `Interquartile mean: the mean of the middle half of the seeds' values, those at its ends by the share that is inside.
Interval: quantiles 2.5 % and 97.5 % of that mean over resamples of whole runs (10,000 for scores, 1,000 for curves), after
<a href="https://arxiv.org/abs/2108.13264" rel="noreferrer">Agarwal et al. 2021</a>. With few seeds such intervals are too narrow: of a normal
distribution's centre they hold 75 % with 3 seeds, 89 % with 5, 93 % with 10. Curves logged at different steps are interpolated linearly to 101 common ones; a
curve begins and ends where all of its runs have values. Only runs that have ended count.`;

const STYLE = `
.flush { padding-left: 0; padding-right: 0; }
.flush td { vertical-align: middle; }
.flush td.right, .flush th.right { padding-right: 28px; }
.swatch { display: inline-block; width: 10px; height: 10px; border-radius: 3px; background: var(--c); margin-right: 9px; }
.strip { position: relative; display: block; min-width: 160px; height: 18px; }
.strip::before { content: ""; position: absolute; inset: 8.5px 0 auto; border-top: 1px solid var(--line); }
.strip i { position: absolute; top: 5px; height: 8px; border-radius: 4px; background: var(--c); opacity: 0.28; min-width: 2px; }
.strip b { position: absolute; top: 1px; width: 4px; height: 16px; margin-left: -2px; border-radius: 2px; background: var(--c); }
.strip u { position: absolute; top: 6px; width: 6px; height: 6px; margin-left: -3px; border-radius: 50%; border: 1.5px solid var(--c); background: var(--card); }
.metric .chart:last-child { margin-bottom: -6px; }
td.strip-cell { width: 26%; }
td.seeds { color: var(--muted); font-size: 13px; font-variant-numeric: tabular-nums; min-width: 200px; }
td.settings { font-size: 13px; color: var(--muted); }
td.settings b { font-weight: 560; color: var(--ink); }
td.best { color: var(--good); font-weight: 620; }
.scale { display: flex; justify-content: space-between; font-variant-numeric: tabular-nums; }
.method { font-size: 13px; color: var(--muted); margin-top: 14px; }
.note.bad { border-radius: 10px; white-space: pre-wrap; }
header .note + .note { margin-left: 8px; }
`;

/** That runs failed or have not ended, and which. */
function notes({ variants }: Comparison): string {
  const failed = variants.flatMap(({ label, failed }) =>
    failed.map(({ seed, message }) => `${label}, seed ${seed}: ${message}`),
  );
  const unfinished = variants.flatMap(({ label, unfinished: seeds }) =>
    seeds.length > 0 ? [`${label} (${seedsText(seeds)})`] : [],
  );
  return [
    ...(failed.length > 0
      ? [`<p class="note bad"><b>Failed, and left out of the figures:</b>\n${failed.map(escapeHtml).join("\n")}</p>`]
      : []),
    ...(unfinished.length > 0 ? [`<p class="note">Not ended: ${escapeHtml(unfinished.join(", "))}</p>`] : []),
  ].join("\n  ");
}

function seedsText(seeds: readonly number[]): string {
  return `seed${seeds.length === 1 ? "" : "s"} ${seeds.join(", ")}`;
}

function xLabel({ variants }: ComparisonReport): string {
  const axes = new Set(variants.map(({ unit }) => axisOf(unit)));
  return axes.size === 1 ? [...axes][0] : axes.size === 0 ? axisOf() : "steps";
}

function chartsOf(report: ComparisonReport): Record<string, Chart> {
  const { comparison, variants } = report;
  const names = new Set([comparison.metric, ...comparison.variants.flatMap(({ curves }) => Object.keys(curves))]);
  const { threshold, gradientVariance } = comparison;
  const atReturn = ({ label }: { readonly label: string }) => ({
    label,
    ...(gradientVariance?.variants.find((variant) => variant.label === label)?.curve ?? { x: [], y: [] }),
  });
  const further: Record<string, Chart> = gradientVariance
    ? { [VARIANCE]: { series: comparison.variants.map(atReturn), xLabel: "training return", yLog: true } }
    : {};
  const byStep = Object.fromEntries(
    [...names].map((name) => [
      name,
      {
        // Every variant has its place, and so its colour, in every chart.
        series: comparison.variants.map(({ label, curves }) => ({ label, ...(curves[name] ?? { x: [], y: [] }) })),
        reference:
          name === "episodeReturn" && threshold !== undefined
            ? { value: threshold, label: `threshold ${readable(threshold)}` }
            : undefined,
        xLabel: xLabel(report),
        yLog: variants.some(({ logarithmic }) => logarithmic?.includes(name)),
      },
    ]),
  );
  return { ...byStep, ...further };
}

function scoreText({ evaluationEpisodes, comparison }: ComparisonReport): string {
  const what =
    comparison.score === "evaluation"
      ? `Mean return of ${counted(evaluationEpisodes, "episode")} after training, acting by the most likely actions.`
      : `The last ${comparison.score === "episodeReturn" ? "training return" : escapeHtml(comparison.score)}.`;
  const steps = new Set(comparison.variants.flatMap(({ steps }) => (steps === undefined ? [] : [steps])));
  const budgets =
    steps.size > 1 ? " <b>The variants trained for different numbers of steps</b>: a score is what came of them." : "";
  const tails = comparison.variants.some(({ spread }) => spread)
    ? " Median: over the seeds, of the episodes' median; worst 5 %: the return that 5 % of the worst seed's episodes stay below."
    : "";
  return `${what}${budgets} Bar: interquartile mean; shade: its 95 % interval; rings: the seeds.${tails}`;
}

function scoreTable({ variants }: Comparison): string {
  const scores = variants.flatMap(({ score }) => (score ? [score] : []));
  const all = scores.flatMap(({ low, high, perSeed }) => [low, high, ...valuesOf(perSeed)]);
  const scale = { from: smallest(all), to: largest(all) };
  const ends =
    all.length > 0
      ? `<span class="scale"><span>${readable(scale.from)}</span><span>${scale.to > scale.from ? readable(scale.to) : ""}</span></span>`
      : "";
  const withSpread = variants.some(({ spread }) => spread);
  const rows = variants.map(({ label, score, spread, steps }, i) => {
    const cell = (value: number | undefined) =>
      `<td class="number right">${value === undefined ? "–" : readable(value)}</td>`;
    const middle = withSpread ? cell(spread?.median) + cell(spread?.q05) : "";
    const trained = `<td class="number right">${steps === undefined ? "–" : readable(steps)}</td>`;
    if (!score)
      return `<tr>${nameCell(label, i)}<td></td>${'<td class="number right">–</td>'.repeat(3)}${middle}${trained}<td class="seeds">–</td></tr>`;
    const { iqm, low, high, mean, perSeed } = score;
    return `<tr>${nameCell(label, i)}<td class="strip-cell">${strip(score, scale, i)}</td><td class="number right"><b>${readable(iqm)}</b></td><td class="number right">${interval(perSeed.length, readable(low), readable(high))}</td><td class="number right">${readable(mean)}</td>${middle}${trained}<td class="seeds">${seedValues(perSeed)}</td></tr>`;
  });
  return `<table><thead><tr><th>Variant</th><th>${ends}</th><th class="right">IQM</th><th class="right">95 % interval</th><th class="right">Mean</th>${withSpread ? '<th class="right">Median</th><th class="right">Worst 5 %</th>' : ""}<th class="right">Steps</th><th>By seed</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** "410 to 480"; seeds that agree give an interval of no width, which says nothing of how sure the mean is. */
function interval(seeds: number, low: string, high: string): string {
  if (seeds < 2) return "–";
  return low === high ? "all the same" : `${low} to ${high}`;
}

function nameCell(label: string, index: number): string {
  return `<td class="name"><i class="swatch" style="--c:var(--series-${index % COLOURS})"></i>${escapeHtml(label)}</td>`;
}

/** An estimate and the seeds on a common scale. */
function strip(
  { iqm, low, high, perSeed }: Estimate & { readonly perSeed: readonly PerSeed[] },
  { from, to }: { readonly from: number; readonly to: number },
  index: number,
): string {
  const at = (value: number) => (to > from ? (100 * (value - from)) / (to - from) : 100).toFixed(2);
  const rings = valuesOf(perSeed).map((value) => `<u style="left:${at(value)}%"></u>`);
  const width = (Number(at(high)) - Number(at(low))).toFixed(2);
  return `<span class="strip" style="--c:var(--series-${index % COLOURS})"><i style="left:${at(low)}%;width:${width}%"></i>${rings.join("")}<b style="left:${at(iqm)}%"></b></span>`;
}

function valuesOf(perSeed: readonly PerSeed[]): number[] {
  return perSeed.flatMap(({ value }) => (value === null ? [] : [value]));
}

function seedValues(perSeed: readonly PerSeed[]): string {
  return perSeed.map(({ value }) => (value === null ? "–" : readable(value))).join(" · ");
}

function speedText({ threshold }: Comparison): string {
  const steps =
    threshold === undefined
      ? ""
      : `Steps to a training return of ${readable(threshold)}: the median over the seeds, runs that never reached it counted as later than all others. `;
  return `${steps}Time of training alone and steps a second are medians over the seeds; runs side by side slow each other down.`;
}

function speedTable({ variants, threshold }: Comparison, report: ComparisonReport): string {
  const withSteps = threshold !== undefined;
  const rows = variants.map(({ label, threshold: reached, seconds, stepsPerSecond, finished }, i) => {
    const steps = withSteps
      ? `<td class="number right">${reached?.median == null ? "–" : `<b>${readable(Math.round(reached.median))}</b>`}</td><td class="number right">${reached ? `${reached.reached} of ${finished.length}` : "–"}</td><td class="seeds">${reached && reached.reached > 0 ? seedValues(reached.perSeed) : "–"}</td>`
      : "";
    const { unit = "step" } = report.variants[i];
    const rate =
      stepsPerSecond === undefined
        ? "–"
        : `${readable(Math.round(stepsPerSecond))}${unit === "step" ? "" : ` ${unit}s`}`;
    return `<tr>${nameCell(label, i)}${steps}<td class="number right">${seconds === undefined ? "–" : duration(seconds)}</td><td class="number right">${rate}</td></tr>`;
  });
  const heads = withSteps
    ? `<th class="right">Steps to ${readable(threshold)}</th><th class="right">Reached by</th><th>By seed</th>`
    : "";
  return `<table><thead><tr><th>Variant</th>${heads}<th class="right">Time a run</th><th class="right">Steps/s</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** How noisy the gradients are where the runs are equally good, and how much less than the first variant's. */
function varianceSection(
  { gradientVariance: measured, variants }: Comparison,
  charts: Readonly<Record<string, Chart>>,
): string {
  if (measured === undefined) return "";
  const log = Math.log10;
  const all = measured.variants.flatMap(({ mean }) => [mean.low, mean.high, ...valuesOf(mean.perSeed)]).map(log);
  const scale = { from: smallest(all), to: largest(all) };
  const [first] = measured.variants;
  const rows = measured.variants.map(({ label, mean }) => {
    const { iqm, low, high, perSeed } = mean;
    const index = variants.findIndex((variant) => variant.label === label);
    const logs = {
      iqm: log(iqm),
      low: log(low),
      high: log(high),
      perSeed: perSeed.map(({ seed, value }) => ({ seed, value: value === null ? null : log(value) })),
    };
    const ratio = label === first.label ? "1" : readable(Number((iqm / first.mean.iqm).toPrecision(2)));
    return `<tr>${nameCell(label, index)}<td class="strip-cell">${strip(logs, scale, index)}</td><td class="number right"><b>${scientific(iqm)}</b></td><td class="number right">${interval(perSeed.length, scientific(low), scientific(high))}</td><td class="number right">${ratio}</td></tr>`;
  });
  const ends = `<span class="scale"><span>${scientific(10 ** scale.from)}</span><span>${scientific(10 ** scale.to)}</span></span>`;
  return `<h2>Variance of the gradient</h2>
<p class="key">Trace of the covariance of one episode's gradient estimate. It grows with the return, so it is compared where the runs are equally good: each run's variance is read where its training return first reaches a level. The table has geometric means over the returns that every run got through, ${readable(measured.from)} to ${readable(measured.to)}.</p>
<section class="card">${chartHtml(VARIANCE, 320)}${legendHtml(charts[VARIANCE])}</section>
<section class="card scroll flush" style="margin-top:12px"><table><thead><tr><th>Variant</th><th>${ends}</th><th class="right">Variance</th><th class="right">95 % interval</th><th class="right">Of the first</th></tr></thead><tbody>${rows.join("")}</tbody></table></section>`;
}

/** "5.1e5": numbers over many powers of ten. */
function scientific(value: number): string {
  return value >= 0.01 && value < 1000 ? readable(value) : value.toExponential(1).replace("e+", "e");
}

function metricsSection({ comparison }: ComparisonReport, charts: Readonly<Record<string, Chart>>): string {
  const cards = Object.entries(charts)
    .filter(([name]) => name !== comparison.metric && name !== VARIANCE)
    .map(([name, { series }]) => {
      const present = series.filter(({ x }) => x.length > 0).length;
      const few = present < series.length ? `<p>${present} of ${series.length} log it</p>` : "";
      return `<div class="card metric"><div class="title"><h3>${escapeHtml(name)}</h3></div>${few}${chartHtml(name, 170)}</div>`;
    });
  if (cards.length === 0) return "";
  const legend = legendHtml(charts[comparison.metric]);
  return `<h2>Metrics</h2>\n<div class="key">${legend}</div><section class="multiples">${cards.join("")}</section>`;
}

function settingsTable({ variants }: ComparisonReport): string {
  const rows = variants.map(({ label, title, preset, settings, runs }, i) => {
    const changed = Object.entries(settings).map(([name, value]) => `${escapeHtml(name)} <b>${escapeHtml(value)}</b>`);
    const links = runs.map(({ seed, report }) =>
      report === undefined ? String(seed) : `<a href="${escapeHtml(report)}">${seed}</a>`,
    );
    return `<tr>${nameCell(label, i)}<td>${escapeHtml(title)}</td><td>${preset === undefined ? "–" : escapeHtml(preset)}</td><td class="settings">${changed.join(", ") || "–"}</td><td class="number">${links.join(" ")}</td></tr>`;
  });
  return `<table><thead><tr><th>Variant</th><th>Algorithm</th><th>Preset</th><th>Settings that are not the default</th><th>Reports by seed</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function counted(count: number, noun: string): string {
  return `${readable(count)} ${noun}${count === 1 ? "" : "s"}`;
}
