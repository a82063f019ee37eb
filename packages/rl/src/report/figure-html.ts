import type { CurvesFigure, Figure, TableFigure } from "../core/figure.js";
import { readable } from "../core/readable.js";
import { gridHtml, isNarrowGrid } from "./grid-html.js";
import { type Chart, chartHtml, escapeHtml, legendHtml } from "./page.js";
import { textHtml, treeHtml } from "./tree-html.js";

/** A figure as a card of a page. The charts among them are drawn by `figureCharts`, under the same names. */
export function figureHtml(figure: Figure, name: string): string {
  return `<div class="card figure${figure.kind === "grid" ? (isNarrowGrid(figure) ? " narrow" : " wide") : ""}">
  <h3>${escapeHtml(figure.title)}</h3>
  <p class="caption">${escapeHtml(figure.caption)}</p>
  ${contentOf(figure, name)}
</div>`;
}

/** Figures one after the other, small ones side by side. */
export function figuresHtml(figures: readonly Figure[]): string {
  return `<section class="figures">${figures.map((figure, i) => figureHtml(figure, figureName(i))).join("\n")}</section>`;
}

/** What `figuresHtml` leaves to the page's script. */
export function figureCharts(figures: readonly Figure[]): Record<string, Chart> {
  return Object.fromEntries(
    figures.flatMap((figure, i) => (figure.kind === "curves" ? [[figureName(i), curvesChart(figure)]] : [])),
  );
}

function contentOf(figure: Figure, name: string): string {
  switch (figure.kind) {
    case "grid":
      return gridHtml(figure);
    case "curves":
      return `${chartHtml(name, 320)}${legendHtml(curvesChart(figure))}`;
    case "table":
      return tableHtml(figure);
    case "tree":
      return treeHtml(figure);
    case "text":
      return textHtml(figure);
  }
}

function curvesChart({ curves, xLabel, yLabel, xLog, yLog }: CurvesFigure): Chart {
  return { series: curves, xLabel, yLabel, xLog, yLog };
}

function tableHtml({ columns, rows }: TableFigure): string {
  const numeric = columns.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === "number"));
  const kind = (i: number) => (numeric[i] ? ' class="number right"' : i === 0 ? ' class="name"' : "");
  const head = columns.map((column, i) => `<th${numeric[i] ? ' class="right"' : ""}>${escapeHtml(column)}</th>`);
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, i) => `<td${kind(i)}>${typeof cell === "number" ? readable(cell) : escapeHtml(cell)}</td>`).join("")}</tr>`,
  );
  return `<div class="scroll bleed"><table><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table></div>`;
}

function figureName(index: number): string {
  return `figure ${index}`;
}
