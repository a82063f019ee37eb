/** The colours that follow the viewer's light or dark theme. */
export type ThemeColour = "ink" | "muted" | "faint" | "accent" | "good" | "bad" | "paper";

/** A colour: one of the theme's names, or a CSS colour. */
export type Colour = ThemeColour | (string & {});

/** A point of a scene, in its own coordinates. */
export type Point = readonly [x: number, y: number];

/** One drawing element, in scene units with y pointing up. */
export type Shape =
  /** Joined points, with round ends and joints. `width` in scene units. */
  | { readonly kind: "line"; readonly points: readonly Point[]; readonly colour: Colour; readonly width: number }
  | { readonly kind: "polygon"; readonly points: readonly Point[]; readonly fill: Colour }
  | { readonly kind: "circle"; readonly centre: Point; readonly radius: number; readonly fill: Colour }
  /** One line of text centred on `at`; `size` is the height of the font in scene units. */
  | {
      readonly kind: "text";
      readonly at: Point;
      readonly text: string;
      readonly size: number;
      readonly colour: Colour;
    };

/** A small resolution-free picture of an environment's state: drawn to a canvas in the browser, to SVG or PNG elsewhere. */
export interface Scene {
  /** The visible rectangle. */
  readonly view: readonly [left: number, bottom: number, right: number, top: number];
  /** Drawn in order, later shapes on top. */
  readonly shapes: readonly Shape[];
}

/** A CSS colour for each name. */
export type SceneTheme = Readonly<Record<ThemeColour, string>>;

/** Colours of scenes on a light ground. */
export const lightTheme: SceneTheme = {
  ink: "#26303b",
  muted: "#8b96a3",
  faint: "#e6eaef",
  accent: "#2f6db3",
  good: "#2f8f5b",
  bad: "#c9553f",
  paper: "#ffffff",
};

/** Colours of scenes on a dark ground. */
export const darkTheme: SceneTheme = {
  ink: "#dfe4ea",
  muted: "#77828f",
  faint: "#272e37",
  accent: "#68a6e6",
  good: "#5dbd88",
  bad: "#e6826d",
  paper: "#14181d",
};

/** What is wrong with a scene, in sentences; empty if it can be drawn. */
export function sceneProblems(scene: unknown): string[] {
  const { view, shapes } = (scene ?? {}) as Partial<Scene>;
  const problems: string[] = [];
  if (
    !Array.isArray(view) ||
    view.length !== 4 ||
    !view.every(Number.isFinite) ||
    view[0] >= view[2] ||
    view[1] >= view[3]
  ) {
    problems.push(
      `view must be [left, bottom, right, top] with left < right and bottom < top, got ${JSON.stringify(view)}`,
    );
  }
  if (!Array.isArray(shapes)) return [...problems, `shapes must be an array, got ${typeof shapes}`];
  shapes.forEach((shape: Shape | undefined, i) => {
    const problem = shapeProblem(shape);
    if (problem !== undefined) problems.push(`shapes[${i}] ${problem}`);
  });
  return problems;
}

function shapeProblem(shape: Shape | undefined): string | undefined {
  const point = (p: unknown) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);
  switch (shape?.kind) {
    case "line":
      if (!Array.isArray(shape.points) || shape.points.length < 2 || !shape.points.every(point)) {
        return "(line) must have at least 2 points, each two finite numbers";
      }
      if (!(shape.width > 0)) return `(line) must have a width > 0, got ${shape.width}`;
      return typeof shape.colour === "string" ? undefined : "(line) must have a colour";
    case "polygon":
      if (!Array.isArray(shape.points) || shape.points.length < 3 || !shape.points.every(point)) {
        return "(polygon) must have at least 3 points, each two finite numbers";
      }
      return typeof shape.fill === "string" ? undefined : "(polygon) must have a fill";
    case "circle":
      if (!point(shape.centre)) return "(circle) must have a centre of two finite numbers";
      if (!(shape.radius > 0)) return `(circle) must have a radius > 0, got ${shape.radius}`;
      return typeof shape.fill === "string" ? undefined : "(circle) must have a fill";
    case "text":
      if (!point(shape.at)) return "(text) must have `at`, two finite numbers";
      if (typeof shape.text !== "string") return "(text) must have a text";
      if (!(shape.size > 0)) return `(text) must have a size > 0, got ${shape.size}`;
      return typeof shape.colour === "string" ? undefined : "(text) must have a colour";
    default:
      return `must have the kind line, polygon, circle or text, got ${JSON.stringify((shape as { kind?: unknown } | undefined)?.kind)}`;
  }
}
