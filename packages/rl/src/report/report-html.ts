import type { AnyAlgorithm, BaseConfig, Metric } from "../core/algorithm.js";
import { spelledNotes } from "../core/course-notes.js";
import type { Figure } from "../core/figure.js";
import { readable } from "../core/readable.js";
import type { Field } from "../core/schema.js";
import { stepsEnvironment } from "../core/task.js";
import type { Evaluation } from "../runner/evaluate.js";
import { judgeMetric } from "../runner/judge-metric.js";
import type { Look } from "../runner/looks.js";
import { type MetricsEvent, metricNames } from "../runner/metric-names.js";
import type { Summary } from "../runner/run-options.js";
import { environmentText, settingText } from "../runner/setting-text.js";
import { axisOf, counted, perSecond } from "../runner/unit.js";
import { figureCharts, figuresHtml } from "./figure-html.js";
import { type Chart, type ChartLibrary, chartHtml, escapeHtml, legendHtml, page } from "./page.js";
import { spreadText } from "./spread-text.js";

/** What a report shows. */
export interface Report {
  readonly algorithm: Pick<
    AnyAlgorithm,
    "id" | "title" | "summary" | "papers" | "metrics" | "mainMetric" | "config" | "unit" | "needs"
  > &
    Partial<Pick<AnyAlgorithm, "notes">>;
  readonly summary: Summary;
  readonly events: readonly MetricsEvent[];
  /** The looks at the policy while it trained. */
  readonly looks?: readonly Look[];
  /** What was learnt. */
  readonly figures?: readonly Figure[];
  readonly config: BaseConfig;
  readonly preset?: { readonly name: string; readonly source: string };
  /** Whether the run was stopped before its last step. */
  readonly stopped: boolean;
  /** Why it failed, if it did. */
  readonly failed?: string;
  /** The mean return that counts as solving the environment, where one is published. */
  readonly solvedAt?: number;
  /** Names and values: versions, when it was started, where it is kept. */
  readonly facts: Readonly<Record<string, string>>;
  /** What to type, by what for: "Reproduce", "Resume". */
  readonly commands: Readonly<Record<string, string>>;
}

/** The report of a run as one self-contained HTML page. */
export function reportHtml(report: Report, library: ChartLibrary): string {
  const { algorithm, summary, figures = [] } = report;
  const environment = environmentText(summary.environment, summary.environmentOptions);
  const title = `${algorithm.title} on ${environment}`;
  const body = `
<header>
  <h1>${escapeHtml(algorithm.title)} <span>on</span> <b>${escapeHtml(environment)}</b></h1>
  <p class="sub">${escapeHtml(algorithm.summary)}</p>
  ${note(report)}
</header>
<section class="tiles">${tiles(report)}</section>
${mainSection(report)}
${figures.length > 0 ? `<h2>What was learnt</h2>\n${figuresHtml(figures)}` : ""}
${metricsSection(report)}
<h2>Settings</h2>
<p class="key">${report.preset ? `Preset ${escapeHtml(report.preset.name)}, from ${escapeHtml(report.preset.source)}. ` : ""}<b>●</b> differs from the default.</p>
<section class="card scroll" style="padding-left:0;padding-right:0">${settingsTable(report)}</section>
<h2>Do it again</h2>
<section class="pair">
  <div class="card">${commands(report.commands)}</div>
  <div class="card"><dl>${facts(report)}</dl></div>
</section>`;
  return page(`${title} · Advantage`, body, { ...charts(report), ...figureCharts(figures) }, library);
}

/** That the run did not come to its end, and why. */
function note({ stopped, failed, summary, config, algorithm }: Report): string {
  if (failed !== undefined)
    return `<p class="note bad">Failed after ${counted(summary.steps, algorithm.unit)}: ${escapeHtml(failed)}</p>`;
  if (!stopped) return "";
  return `<p class="note">Stopped at ${algorithm.unit ?? "step"} ${readable(summary.steps)} of ${readable(config.totalSteps)}</p>`;
}

function tiles({ summary, events, algorithm, config, stopped, failed }: Report): string {
  const { evaluation, stochasticEvaluation, stepsPerSecond, steps, seconds } = summary;
  const { unit = "step" } = algorithm;
  const episodes = events.at(-1)?.episodes ?? 0;
  const early = steps < config.totalSteps && !stopped && failed === undefined;
  const ofSteps = early
    ? `of at most ${readable(config.totalSteps)}`
    : episodes > 0
      ? plural(episodes, "episode")
      : `of ${readable(config.totalSteps)}`;
  const all: (readonly [kind: string, value: string, label: string, more: string])[] = [
    ...(evaluation ? [["main", score(evaluation), "Evaluation", played(evaluation)] as const] : []),
    ...(stochasticEvaluation
      ? [["", score(stochasticEvaluation), "Sampling actions", played(stochasticEvaluation)] as const]
      : []),
    ["", readable(steps), `${unit[0].toUpperCase()}${unit.slice(1)}s`, ofSteps],
    ["", duration(seconds), "Training time", perSecond(stepsPerSecond, unit)],
  ];
  return all
    .map(
      ([kind, value, label, more]) =>
        `<div class="card tile ${kind}"><small>${label}</small><b>${value}</b><small>${more}</small></div>`,
    )
    .join("");
}

function score({ mean, std, episodes }: Evaluation): string {
  return episodes === 1 ? readable(mean) : `${readable(mean)} <i>± ${readable(std)}</i>`;
}

function played(evaluation: Evaluation): string {
  const { episodes, min, max, cut } = evaluation;
  const range = min === max ? "all the same" : `${readable(min)} to ${readable(max)}`;
  const unended = cut ? `; ${readable(cut.episodes)} cut at ${readable(cut.steps)} steps` : "";
  const spread = spreadText(evaluation);
  return `${plural(episodes, "episode")}${episodes === 1 ? "" : `, ${range}`}${spread === "" ? "" : `; ${spread}`}${unended}`;
}

function plural(count: number, noun: string): string {
  return `${readable(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** The training return; where no episodes are played, the metric that says most: one with a bound, or a residual. */
function mainSection(report: Report): string {
  const { events, algorithm } = report;
  const name = mainMetric(report);
  if (name === undefined) return "";
  const [heading, meaning] =
    name === "episodeReturn"
      ? ["Training return", "mean undiscounted sum of rewards of the last 100 training episodes"]
      : [name, metricNames(algorithm)[name].meaning.replace(/\.$/, "")];
  return `<section class="card">
  <div class="title"><h3>${escapeHtml(heading)}</h3><output>${latest(events, name)}</output></div>
  <p class="sub" style="font-size:13px">${escapeHtml(meaning)}, over ${axisOf(algorithm.unit)}</p>
  ${chartHtml(name, 320)}${legendHtml(charts(report)[name])}
</section>`;
}

function mainMetric({ events, algorithm, figures = [] }: Report): string | undefined {
  const { metrics, mainMetric: chosen, unit = "step" } = algorithm;
  if (chosen !== undefined && isLogged(events, chosen)) return chosen;
  if (isConstant(events, "episodeReturn") && !isConstant(events, "episodeLength")) return "episodeLength";
  if (unit === "step" && (isLogged(events, "episodeReturn") || stepsEnvironment(algorithm))) return "episodeReturn";
  const logged = Object.keys(metrics).filter((name) => isLogged(events, name) && !isBoundOf(metrics, name));
  const main = logged.find((name) => metrics[name].bound) ?? logged.find((name) => metrics[name].logarithmic);
  const drawn = figures.some((figure) => figure.kind === "curves" && figure.yLabel === main);
  return drawn ? undefined : (main ?? (isLogged(events, "episodeReturn") ? "episodeReturn" : logged[0]));
}

/** Whether a metric is logged and never changes: a maze whose goal alone pays returns 1 for ever, and only the way gets shorter. */
function isConstant(events: readonly MetricsEvent[], name: string): boolean {
  const values = events.map((event) => event[name]).filter((value) => value !== undefined);
  return values.length > 1 && values.every((value) => value === values[0]);
}

/** Whether a metric is drawn with the one that it bounds. */
function isBoundOf(metrics: Report["algorithm"]["metrics"], name: string): boolean {
  return Object.values(metrics).some(({ bound }) => bound === name);
}

function isLogged(events: readonly MetricsEvent[], name: string): boolean {
  return events.some((event) => event[name] !== undefined);
}

function metricsSection(report: Report): string {
  const { algorithm, events, summary } = report;
  const main = mainMetric(report);
  const { episodeLength, stepsPerSecond } = metricNames(algorithm);
  const known: Record<string, Metric> = {
    ...(algorithm.unit === undefined || algorithm.unit === "step" ? { episodeLength } : {}),
    ...algorithm.metrics,
    ...(summary.seconds < 1 ? {} : { stepsPerSecond }), // a rate over milliseconds says nothing
  };
  const shown = Object.entries(known).filter(
    ([name]) => isLogged(events, name) && name !== main && !isBoundOf(algorithm.metrics, name),
  );
  const silent = Object.keys(algorithm.metrics).filter((name) => !isLogged(events, name));
  const drawn = charts(report);
  const cards = shown.map(
    ([name, metric]) => `
<div class="card metric">
  <div class="title"><h3>${escapeHtml(name)}</h3><output>${latest(events, name)}</output></div>
  <p>${escapeHtml(metric.meaning)}</p>
  ${chartHtml(name, 150)}${legendHtml(drawn[name])}
  <p class="expected">${judgementHtml(name, metric, events)}</p>
</div>`,
  );
  const absent =
    silent.length > 0
      ? `<p class="key" style="margin-top:12px">Not logged with these settings: ${silent.map(escapeHtml).join(", ")}.</p>`
      : "";
  if (cards.length === 0) return absent;
  return `<h2>Metrics</h2>\n<section class="multiples">${cards.join("")}</section>\n${absent}`;
}

/** What a healthy run shows, after a verdict where the numbers allow one. */
function judgementHtml(name: string, metric: Metric, events: readonly MetricsEvent[]): string {
  const judgement = judgeMetric(name, metric, events);
  const expected = `<span>Expected</span> ${escapeHtml(metric.healthy)}`;
  if (judgement === undefined || judgement.verdict === "unclear") return expected;
  const { verdict, grounds } = judgement;
  const said = verdict === "healthy" ? "Healthy" : verdict === "too high" ? "Too high" : "Too low";
  return `<b class="${verdict === "healthy" ? "good" : "bad"}">${said}</b> ${escapeHtml(grounds)}. ${expected}`;
}

function charts({ algorithm, events, looks = [], solvedAt }: Report): Record<string, Chart> {
  const names = ["episodeReturn", "episodeLength", ...Object.keys(algorithm.metrics), "stepsPerSecond"];
  return Object.fromEntries(
    names.map((name) => {
      const { bound, logarithmic } = algorithm.metrics[name] ?? {};
      const reference =
        name === "episodeReturn" && solvedAt !== undefined
          ? { value: solvedAt, label: `solved at ${solvedAt}` }
          : undefined;
      const series = [
        seriesOf(events, name, name),
        ...(name === "episodeReturn" && looks.length > 0 ? looksSeries(looks) : []),
        ...(bound !== undefined && isLogged(events, bound)
          ? [{ ...seriesOf(events, bound, bound), reference: true }]
          : []),
      ];
      return [name, { series, reference, xLabel: axisOf(algorithm.unit), yLog: logarithmic }];
    }),
  );
}

/** What the looks saw, beside the training return. */
function looksSeries(looks: readonly Look[]) {
  const x = looks.map(({ step }) => step);
  return [
    { label: "evaluated, by the mode", x, y: looks.map(({ evaluation }) => evaluation.mean) },
    { label: "evaluated, by samples", x, y: looks.map(({ stochasticEvaluation }) => stochasticEvaluation.mean) },
  ];
}

/** The line of one metric; events without it are left out. */
export function seriesOf(events: readonly MetricsEvent[], name: string, label: string) {
  const present = events.filter((event) => event[name] !== undefined);
  return { label, x: present.map((event) => event.step), y: present.map((event) => event[name] as number) };
}

function latest(events: readonly MetricsEvent[], name: string): string {
  const last = events.findLast((event) => event[name] !== undefined)?.[name];
  return last === undefined ? "" : readable(last);
}

function settingsTable({ algorithm, config }: Report): string {
  const rows = Object.values(algorithm.config.fields).map((field: Field) => {
    const value = clipped(settingText((config as BaseConfig & Record<string, unknown>)[field.name]));
    const usual = settingText(field.default);
    return `<tr class="${value === usual ? "" : "changed"}"><td class="name">${escapeHtml(field.name)}</td><td class="symbol">${escapeHtml(field.symbol ?? "")}</td><td class="number value">${escapeHtml(value)}</td><td class="number muted">${escapeHtml(usual)}</td><td class="help">${escapeHtml(field.help)}</td></tr>`;
  });
  return `<table><thead><tr><th>Setting</th><th></th><th>Value</th><th>Default</th><th class="help">Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** Long lists by their beginning. */
function clipped(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}

function commands(all: Readonly<Record<string, string>>): string {
  return Object.entries(all)
    .map(
      ([what, command]) =>
        `<p class="sub">${escapeHtml(what)}</p><div class="command"><code>${escapeHtml(command)}</code><button type="button" data-copy>Copy</button></div>`,
    )
    .join("");
}

function facts({ algorithm, facts, summary }: Report): string {
  const papers = algorithm.papers.map(
    ({ title, authors, year, url }) =>
      `<a href="${escapeHtml(url)}" rel="noreferrer">${escapeHtml(title)}</a>, ${escapeHtml(authors)} ${year}`,
  );
  const rows: [string, string][] = [
    ["seed", String(summary.seed)],
    ...Object.entries(facts).map(([name, value]) => [name, escapeHtml(value)] as [string, string]),
    ...papers.map((paper) => ["paper", paper] as [string, string]),
    ...(algorithm.notes?.length
      ? [["course notes", escapeHtml(spelledNotes(algorithm.notes))] as [string, string]]
      : []),
  ];
  return rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${value}</dd>`).join("");
}

/** "12 ms", "8.3 s", "2 min 05 s", "1 h 02 min". */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return seconds < 0.0005 ? "under 1 ms" : `${Math.round(1000 * seconds)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
