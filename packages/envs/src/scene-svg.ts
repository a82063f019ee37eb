import { darkTheme, lightTheme, type Point, type Scene, type SceneTheme, type Shape } from "./scene.js";

/** Size and colours of a scene as SVG. */
export interface SceneSvgOptions {
  /** Pixels; the height follows from the scene's proportions. Default: 600. */
  readonly width?: number;
  /** Default: `"light"`. */
  readonly theme?: "light" | "dark" | SceneTheme;
}

/** A scene as a self-contained SVG document. */
export function sceneToSvg(scene: Scene, { width = 600, theme = "light" }: SceneSvgOptions = {}): string {
  if (!(width > 0 && width < Infinity)) throw new RangeError(`width must be > 0, got ${width}`);
  const [left, bottom, right, top] = scene.view;
  if (!(left < right && bottom < top)) {
    throw new RangeError(`view must have left < right and bottom < top, got [${scene.view.join(", ")}]`);
  }
  const colours = theme === "light" ? lightTheme : theme === "dark" ? darkTheme : theme;
  const scale = width / (right - left);
  const height = (top - bottom) * scale;
  const draw = (shape: Shape) => {
    const x = (at: Point) => number((at[0] - left) * scale);
    const y = (at: Point) => number((top - at[1]) * scale);
    const points = (list: readonly Point[]) => list.map((at) => `${x(at)},${y(at)}`).join(" ");
    const colour = (name: string) => escapeXml(Object.hasOwn(colours, name) ? colours[name as keyof SceneTheme] : name);
    switch (shape.kind) {
      case "line":
        return `<polyline points="${points(shape.points)}" fill="none" stroke="${colour(shape.colour)}" stroke-width="${number(shape.width * scale)}" stroke-linecap="round" stroke-linejoin="round"/>`;
      case "polygon":
        return `<polygon points="${points(shape.points)}" fill="${colour(shape.fill)}"/>`;
      case "circle":
        return `<circle cx="${x(shape.centre)}" cy="${y(shape.centre)}" r="${number(shape.radius * scale)}" fill="${colour(shape.fill)}"/>`;
      case "text":
        return `<text x="${x(shape.at)}" y="${y(shape.at)}" dy="0.35em" text-anchor="middle" font-family="system-ui, sans-serif" font-size="${number(shape.size * scale)}" fill="${colour(shape.colour)}">${escapeXml(shape.text)}</text>`;
    }
  };
  const size = `${number(width)} ${number(height)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${number(width)}" height="${number(height)}" viewBox="0 0 ${size}">`,
    `<rect width="100%" height="100%" fill="${escapeXml(colours.paper)}"/>`,
    ...scene.shapes.map(draw),
    "</svg>",
  ].join("\n");
}

/** At most two decimals: a hundredth of a pixel. */
function number(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
