import type { Colour, Point, Scene, Shape } from "../scene.js";
import type { MdpLayout } from "./finite-mdp.js";

/** How the cells of one character are drawn. Characters without a style are plain ground with the character on it. */
export interface CellStyle {
  readonly fill?: Colour;
  /** Written in the cell */
  readonly label?: string;
  readonly labelColour?: Colour;
  /** A hole is drawn as a disc of this colour. */
  readonly disc?: Colour;
}

/** What is shown of a layout: the agent, and the cells in colours of their own. */
export interface LayoutSceneOptions {
  /** Where the agent is; it is not drawn if this is missing or off the map. */
  readonly row?: number;
  readonly column?: number;
  /** The last action: turns the agent's head, if the layout has moves. */
  readonly action?: number;
  readonly styles?: Readonly<Record<string, CellStyle>>;
}

const STYLES: Readonly<Record<string, CellStyle>> = {
  "#": { fill: "muted" },
  S: { label: "S", labelColour: "muted" },
  G: { fill: "good", label: "G", labelColour: "paper" },
  H: { disc: "bad" },
  C: { fill: "bad" },
};

/** Maps with more cells than this are drawn without grid lines and letters. */
const DETAILED_CELLS = 2500;

/**
 * A map with the agent on it. A cell is 1 × 1; the map's row 0 is at the top. Cells of one kind that follow each other in a row are one
 * shape, so that large maps stay small pictures.
 */
export function layoutScene(layout: Pick<MdpLayout, "map" | "moves">, options: LayoutSceneOptions = {}): Scene {
  const { map, moves } = layout;
  const styles = { ...STYLES, ...options.styles };
  const rows = map.length;
  const columns = map[0].length;
  const detailed = rows * columns <= DETAILED_CELLS;
  const shapes: Shape[] = [{ kind: "polygon", points: rectangle(0, 0, columns, rows), fill: "faint" }];
  const details: Shape[] = [];

  map.forEach((line, i) => {
    const top = rows - i;
    for (let from = 0; from < columns; ) {
      const character = line[from];
      let to = from + 1;
      while (to < columns && line[to] === character) to += 1;
      const style = styles[character] ?? plainStyle(character);
      if (style.fill !== undefined) {
        shapes.push({ kind: "polygon", points: rectangle(from, top - 1, to, top), fill: style.fill });
      }
      if (style.disc !== undefined || (detailed && style.label !== undefined)) {
        for (let j = from; j < to; j++) {
          for (const detail of cellDetails(style, [j + 0.5, top - 0.5], detailed)) details.push(detail);
        }
      }
      from = to;
    }
  });
  if (detailed) for (const shape of gridLines(rows, columns)) shapes.push(shape);
  for (const detail of details) shapes.push(detail); // too many, on a large map, to be arguments of one call

  const { row = -1, column = -1, action } = options;
  if (row >= 0 && column >= 0) {
    const centre: Point = [column + 0.5, rows - row - 0.5];
    const move = action === undefined ? undefined : moves?.[action];
    for (const shape of agent(centre, move ?? undefined, Math.max(1, Math.max(rows, columns) / 25))) shapes.push(shape);
  }
  const margin = 0.04 * Math.max(1, Math.min(rows, columns) / 4);
  return { view: [-margin, -margin, columns + margin, rows + margin], shapes };
}

function plainStyle(character: string): CellStyle {
  return ".F ".includes(character) ? {} : { label: character, labelColour: "ink" };
}

function cellDetails({ disc, label, labelColour = "ink" }: CellStyle, centre: Point, detailed: boolean): Shape[] {
  const shapes: Shape[] = [];
  if (disc !== undefined) shapes.push({ kind: "circle", centre, radius: 0.34, fill: disc });
  if (detailed && label !== undefined) {
    shapes.push({ kind: "text", at: centre, text: label, size: 0.46, colour: labelColour });
  }
  return shapes;
}

function gridLines(rows: number, columns: number): Shape[] {
  const line = (points: readonly Point[]): Shape => ({ kind: "line", points, colour: "paper", width: 0.03 });
  return [
    ...Array.from({ length: rows - 1 }, (_, i) =>
      line([
        [0, i + 1],
        [columns, i + 1],
      ]),
    ),
    ...Array.from({ length: columns - 1 }, (_, j) =>
      line([
        [j + 1, 0],
        [j + 1, rows],
      ]),
    ),
  ];
}

/** A disc with an arrow head towards the last move. `size` enlarges it on maps so large that a cell is a few pixels. */
function agent(centre: Point, move: readonly [number, number] | undefined, size: number): Shape[] {
  const shapes: Shape[] = [
    { kind: "circle", centre, radius: 0.36 * size, fill: "paper" },
    { kind: "circle", centre, radius: 0.31 * size, fill: "accent" },
  ];
  if (move === undefined || (move[0] === 0 && move[1] === 0)) return shapes;
  const norm = Math.sqrt(move[0] * move[0] + move[1] * move[1]);
  const dx = (size * move[1]) / norm;
  const dy = (-size * move[0]) / norm;
  const at = (along: number, aside: number): Point => [
    centre[0] + along * dx - aside * dy,
    centre[1] + along * dy + aside * dx,
  ];
  shapes.push({ kind: "polygon", points: [at(0.21, 0), at(-0.1, 0.15), at(-0.1, -0.15)], fill: "paper" });
  return shapes;
}

/** A rectangle's corners. */
export function rectangle(left: number, bottom: number, right: number, top: number): Point[] {
  return [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ];
}
