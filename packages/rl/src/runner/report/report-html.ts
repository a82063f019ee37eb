import type { Algorithm, BaseConfig } from "../../core/algorithm.js";
import type { Field } from "../../core/schema.js";
import type { Evaluation } from "../evaluate.js";
import { type MetricsEvent, RUN_METRICS } from "../metric-names.js";
import type { Summary } from "../run.js";
import { type Chart, type ChartLibrary, chartHtml, escapeHtml, page, readable } from "./page.js";

/** What a report shows. */
export interface Report {
  readonly algorithm: Pick<Algorithm, "id" | "title" | "summary" | "papers" | "metrics" | "config">;
  readonly summary: Summary;
  readonly events: readonly MetricsEvent[];
  readonly config: BaseConfig;
  readonly preset?: { readonly name: string; readonly source: string };
  /** Whether the run was stopped before its last step. */
  readonly stopped: boolean;
  /** The mean return that counts as solving the environment, where one is published. */
  readonly solvedAt?: number;
  /** Names and values: versions, when it was started, where it is kept. */
  readonly facts: Readonly<Record<string, string>>;
  /** What to type, by what for: "Reproduce", "Resume". */
  readonly commands: Readonly<Record<string, string>>;
}

/** The report of a run as one self-contained HTML page. */
export function reportHtml(report: Report, library: ChartLibrary): string {
  const { algorithm, summary, stopped } = report;
  const title = `${algorithm.title} on ${summary.environment}`;
  const body = `
<header>
  <h1>${escapeHtml(algorithm.title)} <span>on</span> <b>${escapeHtml(summary.environment)}</b></h1>
  <p class="sub">${escapeHtml(algorithm.summary)}</p>
  ${stopped ? `<p class="note">Stopped at step ${readable(summary.steps)} of ${readable(report.config.totalSteps)}</p>` : ""}
</header>
<section class="tiles">${tiles(report)}</section>
<section class="card">
  <div class="title"><h3>Training return</h3><output>${latest(report.events, "episodeReturn")}</output></div>
  <p class="sub" style="font-size:13px">mean undiscounted sum of rewards of the last 100 training episodes, over environment steps</p>
  ${chartHtml("episodeReturn", 320)}
</section>
${metricsSection(report)}
<h2>Settings</h2>
<p class="key">${report.preset ? `Preset ${escapeHtml(report.preset.name)}, from ${escapeHtml(report.preset.source)}. ` : ""}<b>●</b> differs from the default.</p>
<section class="card scroll" style="padding-left:0;padding-right:0">${settingsTable(report)}</section>
<h2>Do it again</h2>
<section class="pair">
  <div class="card">${commands(report.commands)}</div>
  <div class="card"><dl>${facts(report)}</dl></div>
</section>`;
  return page(`${title} · Advantage`, body, charts(report), library);
}

function tiles({ summary, events }: Report): string {
  const { evaluation, stochasticEvaluation, stepsPerSecond, steps, seconds } = summary;
  const episodes = events.at(-1)?.episodes ?? 0;
  const all: (readonly [kind: string, value: string, label: string, more: string])[] = [
    ...(evaluation ? [["main", score(evaluation), "Evaluation", played(evaluation)] as const] : []),
    ...(stochasticEvaluation
      ? [["", score(stochasticEvaluation), "Sampling actions", played(stochasticEvaluation)] as const]
      : []),
    ["", readable(steps), "Steps", `${readable(episodes)} episodes`],
    ["", duration(seconds), "Training time", `${readable(Math.round(stepsPerSecond))} steps/s`],
  ];
  return all
    .map(
      ([kind, value, label, more]) =>
        `<div class="card tile ${kind}"><small>${label}</small><b>${value}</b><small>${more}</small></div>`,
    )
    .join("");
}

function score({ mean, std }: Evaluation): string {
  return `${readable(mean)} <i>± ${readable(std)}</i>`;
}

function played({ episodes, min, max }: Evaluation): string {
  return `${readable(episodes)} episodes, ${min === max ? "all the same" : `${readable(min)} to ${readable(max)}`}`;
}

function metricsSection({ algorithm, events }: Report): string {
  const known = {
    episodeLength: RUN_METRICS.episodeLength,
    ...algorithm.metrics,
    stepsPerSecond: RUN_METRICS.stepsPerSecond,
  };
  const logged = Object.entries(known).filter(([name]) => events.some((event) => event[name] !== undefined));
  const silent = Object.keys(known).filter((name) => !logged.some(([other]) => other === name));
  const cards = logged.map(
    ([name, { meaning, healthy }]) => `
<div class="card metric">
  <div class="title"><h3>${escapeHtml(name)}</h3><output>${latest(events, name)}</output></div>
  <p>${escapeHtml(meaning)}</p>
  ${chartHtml(name, 150)}
  <p class="healthy"><b>Healthy</b> ${escapeHtml(healthy)}</p>
</div>`,
  );
  return `<h2>Metrics</h2>
<section class="multiples">${cards.join("")}</section>
${silent.length > 0 ? `<p class="key" style="margin-top:12px">Not logged with these settings: ${silent.map(escapeHtml).join(", ")}.</p>` : ""}`;
}

function charts({ algorithm, events, solvedAt }: Report): Record<string, Chart> {
  const names = ["episodeReturn", "episodeLength", ...Object.keys(algorithm.metrics), "stepsPerSecond"];
  return Object.fromEntries(
    names.map((name) => {
      const reference =
        name === "episodeReturn" && solvedAt !== undefined
          ? { value: solvedAt, label: `solved at ${solvedAt}` }
          : undefined;
      return [name, { series: [seriesOf(events, name, name)], reference }];
    }),
  );
}

/** The line of one metric; events without it are left out. */
export function seriesOf(events: readonly MetricsEvent[], name: string, label: string) {
  const present = events.filter((event) => event[name] !== undefined);
  return { label, steps: present.map((event) => event.step), values: present.map((event) => event[name] as number) };
}

function latest(events: readonly MetricsEvent[], name: string): string {
  const last = events.findLast((event) => event[name] !== undefined)?.[name];
  return last === undefined ? "" : readable(last);
}

function settingsTable({ algorithm, config }: Report): string {
  const rows = Object.values(algorithm.config.fields).map((field: Field) => {
    const value = settingText((config as BaseConfig & Record<string, unknown>)[field.name]);
    const usual = settingText(field.default);
    return `<tr class="${value === usual ? "" : "changed"}"><td class="name">${escapeHtml(field.name)}</td><td class="symbol">${escapeHtml(field.symbol ?? "")}</td><td class="number value">${escapeHtml(value)}</td><td class="number muted">${escapeHtml(usual)}</td><td class="help">${escapeHtml(field.help)}</td></tr>`;
  });
  return `<table><thead><tr><th>Setting</th><th></th><th>Value</th><th>Default</th><th class="help">Meaning</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** A setting's value as it may be typed on the command line. */
export function settingText(value: unknown): string {
  if (value === undefined || value === null) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(",");
  if (typeof value === "object") {
    const { from, to } = value as { from: number; to: number };
    return `${from}:${to}`;
  }
  return String(value);
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
  ];
  return rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${value}</dd>`).join("");
}

/** "8.3 s", "2 min 05 s", "1 h 02 min". */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
