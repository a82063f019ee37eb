import type { GridFigure } from "../core/figure.js";
import { readable } from "../core/readable.js";
import { HEAT_COLOURS, heatColour } from "./heat-colours.js";
import { escapeHtml } from "./page.js";

/** Up to so many columns a cell has room for its number. */
const NUMBERED_COLUMNS = 16;
/** Up to so many, for its arrows. */
const ARROW_COLUMNS = 48;
/** From so many cells on, a map is one image of one pixel a cell. */
const DRAWN_CELLS = 2500;

/** Characters of a map that say nothing: floors and walls. */
const PLAIN = new Set([" ", ".", "F", "_", "-", "#"]);
const MEANINGS: Readonly<Record<string, string>> = { S: "start", G: "goal", H: "hole", C: "cliff" };

/** A map as a picture: values as colours, the policy as arrows, with a legend. */
export function gridHtml(figure: GridFigure): string {
  const { rows, columns } = figure;
  const { low, high } = heatRange(figure);
  const picture =
    rows * columns > DRAWN_CELLS
      ? imageOf(figure, shareIn(low, high))
      : `<div class="map">${drawingOf(figure, shareIn(low, high), decimalsFor(low, high))}</div>`;
  if (low > high) return picture;
  return `${picture}${heatLegend(low, high)}`;
}

/** What the colours from the lowest to the highest value stand for. */
export function heatLegend(low: number, high: number): string {
  const scale =
    high > low
      ? `<span>${readable(low)}</span><i style="background:linear-gradient(90deg,${HEAT_COLOURS.join(",")})"></i><span>${readable(high)}</span>`
      : `<span>${readable(low)} everywhere</span>`;
  return `<p class="heat">${scale}</p>`;
}

/** The cells of a map as SVG, each 100 wide and high; `FIGURE_STYLE` says what they look like. */
export function gridCells(figure: GridFigure): string {
  const { low, high } = heatRange(figure);
  return cellsOf(figure, shareIn(low, high), decimalsFor(low, high));
}

/** The lowest and highest values that colours stand for; Infinity and −Infinity if there are none. */
export function heatRange(figure: GridFigure): { readonly low: number; readonly high: number } {
  // Where the task has ended there is nothing to come, and 0 would be the darkest or brightest of all.
  const finite = figure.values.filter((value, i): value is number => isNumber(value) && !isEnd(figure, i));
  return {
    low: finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    high: finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}

function shareIn(low: number, high: number): (value: number) => number {
  return (value) => (high > low ? (value - low) / (high - low) : 0.5);
}

/** Whether the task has ended in a marked cell (a goal, a hole) or cannot come there (a cliff): nothing is to come and nothing is chosen. */
function isEnd({ arrows, labels, columns, values }: GridFigure, index: number): boolean {
  const label = labels?.[Math.floor(index / columns)]?.[index % columns] ?? "";
  if (values[index] !== 0 || label === "" || label === "S" || PLAIN.has(label)) return false;
  const directions = arrows?.[index]?.length ?? 0;
  return directions === 0 || directions > 2; // a table that was never written prefers nothing
}

function drawingOf(figure: GridFigure, share: (value: number) => number, decimals: number): string {
  const { rows, columns, title } = figure;
  const size =
    columns <= NUMBERED_COLUMNS
      ? `width:min(100%,${columns * cellWidth(figure)}px);min-width:${columns * 46}px`
      : `width:100%;max-width:${columns * 40}px`;
  return `<svg viewBox="0 0 ${100 * columns} ${100 * rows}" style="${size}" role="img" aria-label="${escapeHtml(title)}">${cellsOf(figure, share, decimals)}</svg>`;
}

function cellsOf(figure: GridFigure, share: (value: number) => number, decimals: number): string {
  const { columns, values, arrows, labels } = figure;
  const numbered = columns <= NUMBERED_COLUMNS;
  const longest = values.reduce<number>(
    (most, value) => Math.max(most, isNumber(value) ? short(value, decimals).length : 0),
    0,
  );
  const pointed = columns <= ARROW_COLUMNS;
  const cells = values.map((value, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    const label = labels?.[row]?.[column] ?? "";
    const place = `transform="translate(${100 * column} ${100 * row})"`;
    const known = MEANINGS[label] ? `, ${MEANINGS[label]}` : "";
    const where = `row ${row + 1}, column ${column + 1}${known}`;
    if (!isNumber(value)) {
      const inside = label === "" || PLAIN.has(label) ? "" : text(50, 64, 40, label, "wall-label");
      return `<g ${place} data-tip="${escapeHtml(`${where}|no state here`)}"><rect class="wall" x="2" y="2" width="96" height="96" rx="8"/>${inside}</g>`;
    }
    if (isEnd(figure, i)) {
      const kind = label === "G" ? " goal" : label === "H" || label === "C" ? " hole" : "";
      return `<g ${place} class="end${kind}" data-tip="${escapeHtml(`${where}|${full(value)}`)}"><rect x="4" y="4" width="92" height="92" rx="8"/>${text(50, 64, 40, label, "mark")}</g>`;
    }
    const directions = arrows?.[i] ?? [];
    const { fill, ink } = heatColour(share(value));
    const tip = `${where}|${full(value)}${directions.length > 0 ? `|${directions.map(directionName).join(" or ")}` : ""}`;
    const marked = label !== "" && !PLAIN.has(label);
    const parts = [
      `<rect x="2" y="2" width="96" height="96" rx="8" fill="${fill}"/>`,
      ...(pointed ? directions.map((direction) => arrow(direction, numbered ? 38 : 50, directions.length)) : []),
      marked ? text(20, 29, 22, label, "mark") : "",
      numbered ? text(50, arrows ? 88 : 57, longest > 5 ? 18 : 21, short(value, decimals), "value") : "",
    ];
    return `<g ${place} class="on-${ink}" data-tip="${escapeHtml(tip)}">${parts.join("")}</g>`;
  });
  return cells.join("");
}

/** In pixels, where there is room for it: tall maps have smaller cells. */
function cellWidth({ rows }: GridFigure): number {
  return Math.min(80, Math.max(48, Math.round(720 / rows)));
}

/** Whether there is room for another map beside this one. */
export function isNarrowGrid(figure: GridFigure): boolean {
  return figure.columns <= NUMBERED_COLUMNS && figure.columns * cellWidth(figure) <= 500;
}

/** Drawn by the page's script: a hundred thousand shapes would be slow to open. */
function imageOf({ rows, columns, values, title }: GridFigure, share: (value: number) => number): string {
  const levels = values.map((value) => (isNumber(value) ? Math.round(255 * share(value)) : -1));
  const colours = Array.from({ length: 256 }, (_, level) => heatColour(level / 255).fill.slice(1)).join("");
  const data = values.map((value) => (isNumber(value) ? Number(value.toPrecision(4)) : ""));
  return `<canvas class="heat-map" width="${columns}" height="${rows}" style="aspect-ratio:${columns}/${rows};max-width:${Math.round((640 * columns) / rows)}px" role="img" aria-label="${escapeHtml(title)}" data-colours="${colours}" data-levels="${levels.join(",")}" data-values="${data.join(",")}"></canvas>`;
}

/** From the middle of the cell towards where it points; a dot for staying. */
function arrow([dx, dy]: readonly [number, number], middle: number, count: number): string {
  const length = Math.sqrt(dx * dx + dy * dy);
  if (length === 0) return `<circle class="stay" cx="50" cy="${middle}" r="7"/>`;
  const [x, y] = [dx / length, dy / length];
  // One arrow is centred in the cell, several leave from its middle.
  const [from, to] = count === 1 ? [-20, 21] : [7, 27];
  const at = (along: number, across: number) =>
    `${point(50 + along * x - across * y)} ${point(middle + along * y + across * x)}`;
  const head = count === 1 ? 12 : 8;
  return `<path class="arrow" d="M${at(from, 0)}L${at(to, 0)}M${at(to - head, -head)}L${at(to, 0)}L${at(to - head, head)}"/>`;
}

function directionName([dx, dy]: readonly [number, number]): string {
  const vertical = dy < 0 ? "up" : dy > 0 ? "down" : "";
  const horizontal = dx < 0 ? "left" : dx > 0 ? "right" : "";
  return [vertical, horizontal].filter((word) => word !== "").join(" ") || "stay";
}

function text(x: number, y: number, size: number, content: string, kind: string): string {
  return `<text class="${kind}" x="${x}" y="${y}" font-size="${size}">${escapeHtml(content)}</text>`;
}

/** As many decimals as show three digits of the largest. */
function decimalsFor(low: number, high: number): number {
  const size = Math.max(Math.abs(low), Math.abs(high));
  return size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
}

/** What fits into a cell. */
function short(value: number, decimals: number): string {
  const size = Math.abs(value);
  return size >= 1e6 || (decimals === 3 && size < 0.0005 && size > 0)
    ? value.toExponential(0)
    : value.toFixed(decimals);
}

function isNumber(value: number | null): value is number {
  return value !== null && Number.isFinite(value);
}

function full(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function point(value: number): string {
  return String(Math.round(10 * value) / 10);
}
