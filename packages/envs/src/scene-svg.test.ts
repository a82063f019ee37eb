import { expect, test } from "vitest";
import { darkTheme, type Scene, sceneProblems } from "./scene.js";
import { sceneToSvg } from "./scene-svg.js";

const scene: Scene = {
  view: [-1, -1, 3, 1],
  shapes: [
    {
      kind: "line",
      points: [
        [-1, -1],
        [3, 1],
      ],
      colour: "ink",
      width: 0.1,
    },
    {
      kind: "polygon",
      points: [
        [0, 0],
        [1, 0],
        [0, 1],
      ],
      fill: "#123456",
    },
    { kind: "circle", centre: [1, 0], radius: 0.5, fill: "accent" },
    { kind: "text", at: [1, 0.5], text: `a < b & "c"`, size: 0.2, colour: '"><script>' },
  ],
};

test("y points up, units become pixels, text is escaped", () => {
  const svg = sceneToSvg(scene, { width: 400, theme: "dark" });
  expect(svg).toContain('width="400" height="200" viewBox="0 0 400 200"');
  expect(svg).toContain('<polyline points="0,200 400,0"');
  expect(svg).toContain('stroke-width="10"');
  expect(svg).toContain('<polygon points="100,100 200,100 100,0" fill="#123456"/>');
  expect(svg).toContain(`<circle cx="200" cy="100" r="50" fill="${darkTheme.accent}"/>`);
  expect(svg).toContain("a &lt; b &amp; &quot;c&quot;");
  expect(svg).not.toContain("<script>");
});

test("impossible scenes are refused", () => {
  expect(() => sceneToSvg({ view: [0, 0, 0, 1], shapes: [] })).toThrow("view must have left < right");
  expect(() => sceneToSvg(scene, { width: 0 })).toThrow("width must be > 0, got 0");
  expect(sceneProblems(scene)).toEqual([]);
  expect(sceneProblems({ view: [0, 1], shapes: [{ kind: "blob" }, { kind: "circle", centre: [0, NaN] }] })).toEqual([
    "view must be [left, bottom, right, top] with left < right and bottom < top, got [0,1]",
    'shapes[0] must have the kind line, polygon, circle or text, got "blob"',
    "shapes[1] (circle) must have a centre of two finite numbers",
  ]);
});
