import type { CurvesFigure, Figure, GridFigure, TreeFigure } from "../core/figure.js";
import { readable } from "../core/readable.js";
import { curvesHeight, curvesSvg } from "./curves-svg.js";
import { gridCells, heatRange } from "./grid-html.js";
import { HEAT_COLOURS } from "./heat-colours.js";
import { escapeHtml } from "./page.js";
import { FIGURE_STYLE, THEME_STYLES } from "./page-style.js";
import { treeSvg, valueRange } from "./tree-svg.js";

const WIDTH = 840;
const GAP = 24;
const TITLE = 34;
const LEGEND = 34;
/** A cell of a map is at most so wide. */
const CELL = 72;
/** A map is at most so high. */
const MAP_HEIGHT = 400;

/** A drawing with its height at the width that it was made for. */
interface Panel {
  readonly title: string;
  readonly drawing: string;
  readonly height: number;
}

/**
 * Figures of a run as one self-contained SVG picture for documents, two side by side, or below each other where one is wide. Tables and texts cannot be drawn.
 *
 * @param figures curves, grids and trees
 */
export function pictureSvg(figures: readonly Figure[]): string {
  const columns = figures.some(isWide) ? 1 : Math.min(2, figures.length);
  const width = (WIDTH - (columns + 1) * GAP) / columns;
  const panels = figures.map((figure) => panelOf(figure, width, columns === 1 ? 380 : 290));
  let y = GAP / 2;
  const placed: string[] = [];
  for (let i = 0; i < panels.length; i += columns) {
    const row = panels.slice(i, i + columns);
    row.forEach(({ title, drawing }, column) => {
      const x = GAP + column * (width + GAP);
      placed.push(
        `<text class="title" x="${x}" y="${y + 20}">${escapeHtml(title)}</text><g transform="translate(${x} ${y + TITLE})">${drawing}</g>`,
      );
    });
    y += TITLE + row.reduce((most, { height }) => Math.max(most, height), 0) + GAP / 2;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">
<style>svg { ${THEME_STYLES.light.trim()} }${styleOfMaps()}
.title { font: 600 15px system-ui, sans-serif; fill: var(--ink); }
.scale { font: 12px system-ui, sans-serif; fill: var(--muted); }</style>
<defs><linearGradient id="heat">${HEAT_COLOURS.map((colour, i) => `<stop offset="${i / (HEAT_COLOURS.length - 1)}" stop-color="${colour}"/>`).join("")}</linearGradient></defs>
<rect width="${WIDTH}" height="${y}" rx="10" fill="#ffffff"/>
${placed.join("\n")}
</svg>
`;
}

/** Half of the width would leave no room for the numbers in the cells. */
function isWide(figure: Figure): boolean {
  return figure.kind === "tree" || (figure.kind === "grid" && figure.columns > 8);
}

function panelOf(figure: Figure, width: number, height: number): Panel {
  switch (figure.kind) {
    case "curves":
      return curvesPanel(figure, width, height);
    case "grid":
      return gridPanel(figure, width);
    case "tree":
      return treePanel(figure, width);
    case "table":
    case "text":
      throw new TypeError(`'${figure.title}' is a ${figure.kind}: choose a figure of curves, a map or a tree`);
  }
}

function curvesPanel(figure: CurvesFigure, width: number, height: number): Panel {
  const whole = curvesHeight(figure.curves.length, height);
  const drawing = curvesSvg(figure, { width, height }).replace("<svg ", `<svg width="${width}" height="${whole}" `);
  return { title: figure.title, drawing, height: whole };
}

function gridPanel(figure: GridFigure, width: number): Panel {
  const { rows, columns } = figure;
  const cell = Math.min(CELL, width / columns, MAP_HEIGHT / rows);
  const mapHeight = rows * cell;
  const { low, high } = heatRange(figure);
  const y = mapHeight + 12;
  const scale = low > high ? "" : scaleSvg(low, high, y);
  const map = `<svg class="map" width="${columns * cell}" height="${mapHeight}" viewBox="0 0 ${100 * columns} ${100 * rows}">${gridCells(figure)}</svg>`;
  return { title: figure.title, drawing: `${map}${scale}`, height: mapHeight + LEGEND };
}

function treePanel(figure: TreeFigure, width: number): Panel {
  const { svg, ...size } = treeSvg(figure);
  const scale = Math.min(1, width / size.width);
  const { low, high } = valueRange(figure.root);
  const { height } = size;
  const drawing = `<g transform="scale(${scale.toFixed(4)})">${svg}</g>`;
  if (low > high) return { title: figure.title, drawing, height: height * scale };
  const y = height * scale + 12;
  return { title: figure.title, drawing: `${drawing}${scaleSvg(low, high, y)}`, height: height * scale + LEGEND };
}

/** What colours stand for, below a picture. */
function scaleSvg(low: number, high: number, y: number): string {
  if (high === low) return `<text class="scale" x="0" y="${y + 10}">${readable(low)} everywhere</text>`;
  return `<text class="scale" x="0" y="${y + 10}">${readable(low)}</text><rect x="64" y="${y}" width="160" height="10" rx="5" fill="url(#heat)"/><text class="scale" x="234" y="${y + 10}">${readable(high)}</text>`;
}

/** The rules for cells and trees, of all that pages have. */
function styleOfMaps(): string {
  return FIGURE_STYLE.split("\n")
    .filter((rule) => /^\.(?:map (?:\.wall|text|\.mark|\.value)|on-|end|arrow)|^svg\.tree/.test(rule))
    .join("\n");
}
