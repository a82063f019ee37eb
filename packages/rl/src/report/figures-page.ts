import type { Figure } from "../core/figure.js";
import { figureCharts, figuresHtml } from "./figure-html.js";
import { type ChartLibrary, escapeHtml, page } from "./page.js";

/** Figures under a heading: the report of an experiment. */
export interface FiguresPage {
  readonly title: string;
  /** One sentence or two. */
  readonly summary: string;
  readonly figures: readonly Figure[];
  /** Names and values: source, seed, versions. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Figures as one self-contained HTML page. */
export function figuresPage({ title, summary, figures, facts }: FiguresPage, library: ChartLibrary): string {
  const rows = Object.entries(facts).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  const body = `
<header><h1>${escapeHtml(title)}</h1><p class="sub">${escapeHtml(summary)}</p></header>
${figuresHtml(figures)}
<h2>How it was made</h2>
<section class="card"><dl>${rows.join("")}</dl></section>`;
  return page(`${title} · Advantage`, body, figureCharts(figures), library);
}
