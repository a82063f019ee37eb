import { largest, smallest } from "@advantage/engine";
import type { Colour, Point, Scene, Shape } from "@advantage/envs";
import { colourCode, RESET } from "./colours.js";

export interface LinesOptions {
  /** Characters in a line, at most. */
  readonly columns: number;
  /** Lines, at most. */
  readonly rows: number;
  readonly colours: boolean;
}

/** Bits of a braille character's dots, by column and row: U+2800 and what follows. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
];

/** Colours that are ground rather than figure: left blank where there are no colours. */
const GROUND = new Set<Colour>(["paper", "faint"]);

/**
 * A scene as lines of text: each character is 2 × 4 dots of braille, in the colour that is second in number among them on the one that is
 * first.
 */
export function sceneLines(scene: Scene, { columns, rows, colours }: LinesOptions): string[] {
  const [left, bottom, right, top] = scene.view;
  // Dots are square where characters are twice as high as wide.
  const scale = Math.min((2 * columns) / (right - left), (4 * rows) / (top - bottom));
  const width = Math.max(1, Math.floor((scale * (right - left)) / 2));
  const height = Math.max(1, Math.floor((scale * (top - bottom)) / 4));
  const dots = new Array<Colour>(2 * width * 4 * height).fill("paper");
  const letters = new Map<number, { letter: string; colour: Colour }>();
  const toDots = ([x, y]: Point): Point => [scale * (x - left), scale * (top - y)];
  for (const shape of scene.shapes) {
    if (shape.kind === "text") {
      const [x, y] = toDots(shape.at);
      const from = Math.round(x / 2 - shape.text.length / 2);
      const row = Math.floor(y / 4);
      if (row < 0 || row >= height) continue;
      [...shape.text].forEach((letter, i) => {
        if (from + i >= 0 && from + i < width) letters.set(row * width + from + i, { letter, colour: shape.colour });
      });
    } else draw(shape, scale, toDots, dots, 2 * width, 4 * height);
  }
  return Array.from({ length: height }, (_, row) => {
    let line = "";
    let current = "";
    for (let column = 0; column < width; column++) {
      const cell = cellOf(dots, width, row, column);
      const written = letters.get(row * width + column);
      const letter = written?.letter ?? cell.letter(colours);
      if (!colours) {
        line += letter;
        continue;
      }
      const style = `${colourCode(cell.ground, "background")}${colourCode(written?.colour ?? cell.figure, "text")}`;
      if (style !== current) line += `${RESET}${style}`;
      current = style;
      line += letter;
    }
    return colours ? `${line}${RESET}` : line.trimEnd();
  });
}

function cellOf(dots: readonly Colour[], width: number, row: number, column: number) {
  const at = (x: number, y: number) => dots[(4 * row + y) * 2 * width + 2 * column + x];
  const counts = new Map<Colour, number>();
  for (let x = 0; x < 2; x++) for (let y = 0; y < 4; y++) counts.set(at(x, y), (counts.get(at(x, y)) ?? 0) + 1);
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  // Thin things keep their shape on the blank ground, however much of the character they fill.
  const ground = counts.has("paper") && byCount.length === 2 ? "paper" : byCount[0];
  const figure = byCount.find((colour) => colour !== ground) ?? ground;
  const letterOf = (isDot: (colour: Colour) => boolean) => {
    let bits = 0;
    for (let x = 0; x < 2; x++) for (let y = 0; y < 4; y++) if (isDot(at(x, y))) bits |= DOTS[x][y];
    return bits === 0 ? " " : String.fromCharCode(0x2800 + bits);
  };
  return {
    ground,
    figure,
    letter: (colours: boolean) => letterOf((colour) => (colours ? colour !== ground : !GROUND.has(colour))),
  };
}

/** Colours the dots whose centres a shape covers; lines are at least a dot wide. */
function draw(
  shape: Exclude<Shape, { kind: "text" }>,
  scale: number,
  toDots: (point: Point) => Point,
  dots: Colour[],
  width: number,
  height: number,
): void {
  const fill = (from: Point, to: Point, colour: Colour, covers: (x: number, y: number) => boolean) => {
    for (let y = Math.max(0, Math.floor(from[1])); y <= Math.min(height - 1, Math.ceil(to[1])); y++)
      for (let x = Math.max(0, Math.floor(from[0])); x <= Math.min(width - 1, Math.ceil(to[0])); x++)
        if (covers(x + 0.5, y + 0.5)) dots[y * width + x] = colour;
  };
  switch (shape.kind) {
    case "polygon": {
      const points = shape.points.map(toDots);
      const [from, to] = bounds(points, 0);
      fill(from, to, shape.fill, (x, y) => isInside(points, x, y));
      return;
    }
    case "circle": {
      const centre = toDots(shape.centre);
      const radius = Math.max(0.71, scale * shape.radius);
      const [from, to] = bounds([centre], radius);
      fill(from, to, shape.fill, (x, y) => (x - centre[0]) ** 2 + (y - centre[1]) ** 2 <= radius * radius);
      return;
    }
    case "line": {
      const points = shape.points.map(toDots);
      const reach = Math.max(0.5, (scale * shape.width) / 2);
      for (let i = 1; i < points.length; i++) {
        const [from, to] = bounds([points[i - 1], points[i]], reach);
        fill(from, to, shape.colour, (x, y) => distance(points[i - 1], points[i], x, y) <= reach);
      }
    }
  }
}

function bounds(points: readonly Point[], margin: number): [Point, Point] {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [
    [smallest(xs) - margin, smallest(ys) - margin],
    [largest(xs) + margin, largest(ys) + margin],
  ];
}

/** By the number of edges that a ray to the right crosses. */
function isInside(points: readonly Point[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [[ax, ay], [bx, by]] = [points[i], points[j]];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  }
  return inside;
}

/** From a point to a segment. */
function distance([ax, ay]: Point, [bx, by]: Point, x: number, y: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / length));
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}
