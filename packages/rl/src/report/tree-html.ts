import type { TextFigure, TreeFigure } from "../core/figure.js";
import { readable } from "../core/readable.js";
import { heatLegend } from "./grid-html.js";
import { escapeHtml } from "./page.js";
import { treeSvg, valueRange } from "./tree-svg.js";

/** A tree as a picture, which may be moved sideways where it is wide, with the legend of its colours. */
export function treeHtml(figure: TreeFigure): string {
  const { low, high } = valueRange(figure.root);
  return `<div class="map">${treeSvg(figure).svg}</div>${low > high ? "" : heatLegend(low, high)}`;
}

/** Passages of text with their labels. */
export function textHtml({ passages }: TextFigure): string {
  const rows = passages.map(({ label, text, value }) => {
    const worth = value === undefined ? "" : `<output>${readable(value)}</output>`;
    return `<figure class="passage"><figcaption>${escapeHtml(label)}${worth}</figcaption><blockquote>${escapeHtml(text)}</blockquote></figure>`;
  });
  return `<div class="passages">${rows.join("")}</div>`;
}
