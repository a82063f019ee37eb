import { frozenLake, type MdpLayout, type Scene, taxi } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { colourCode } from "./colours.js";
import { episodeHtml, episodeSvg } from "./episode-page.js";
import { actionText, endText, momentText, observationText } from "./in-words.js";
import { mapLines } from "./map-lines.js";
import { sceneLines } from "./scene-lines.js";

const plain = { columns: 40, rows: 20, colours: false };

describe("a scene as braille", () => {
  it("fills the characters that a shape covers", () => {
    // 4 × 4 units on 4 columns and 2 lines: 2 × 2 dots a unit.
    const square: Scene = {
      view: [0, 0, 4, 4],
      shapes: [{ kind: "polygon", fill: "ink", points: [[0, 2], [2, 2], [2, 4], [0, 4]] }], // biome-ignore format: corners
    };
    expect(sceneLines(square, { columns: 4, rows: 2, colours: false })).toEqual(["⣿⣿", ""]);
  });

  it("draws lines, discs and letters in their places", () => {
    const scene: Scene = {
      view: [0, 0, 8, 8],
      shapes: [
        { kind: "line", points: [[0, 0.25], [8, 0.25]], colour: "accent", width: 0.01 }, // biome-ignore format: two ends
        { kind: "circle", centre: [7, 7], radius: 1, fill: "bad" },
        { kind: "text", at: [2, 6], text: "ab", size: 1, colour: "ink" },
      ],
    };
    const lines = sceneLines(scene, { columns: 8, rows: 4, colours: false });
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatch(/^[⣀⠤⠒]+$/u);
    expect(lines[1].slice(1, 3)).toBe("ab");
    expect(lines[0].trimStart().length).toBeGreaterThan(0);
    const coloured = sceneLines(scene, { columns: 8, rows: 4, colours: true });
    expect(coloured[3]).toContain("\x1b[94m");
    expect(coloured.every((line) => line.endsWith("\x1b[0m"))).toBe(true);
  });

  it("keeps the proportions and never leaves its place", () => {
    const wide: Scene = {
      view: [0, 0, 100, 1],
      shapes: [{ kind: "circle", centre: [500, 9], radius: 3, fill: "ink" }],
    };
    expect(sceneLines(wide, { columns: 50, rows: 20, colours: false })).toHaveLength(1);
  });
});

describe("a map as text", () => {
  const layoutOf = (env: { mdp(): { layout?: MdpLayout } }) => env.mdp().layout as MdpLayout;

  it("has the agent in its place", () => {
    expect(mapLines(layoutOf(frozenLake()), 6, plain)).toEqual(["S · · ·", "· H @ H", "· · · H", "H · · G"]);
    expect(mapLines(layoutOf(frozenLake()), 6, { ...plain, colours: true })[1]).toContain("@");
  });

  it("says which of several maps it is", () => {
    const lines = mapLines(layoutOf(taxi()), 0, plain);
    expect(lines[0]).toBe("@ · · · G");
    expect(lines.at(-1)).toBe("passenger at R, to R");
  });

  it("shows the part around the agent of a map that is too large", () => {
    const size = 100;
    const states = Array.from({ length: size * size }, (_, state) => state);
    const layout: MdpLayout = {
      rows: size,
      columns: size,
      row: Int32Array.from(states, (state) => Math.floor(state / size)),
      column: Int32Array.from(states, (state) => state % size),
      map: Array.from({ length: size }, () => ".".repeat(size)),
    };
    const at = (row: number, column: number) =>
      mapLines(layout, row * size + column, { ...plain, columns: 10, rows: 3 });
    expect(at(50, 50)).toEqual(["· · · · ·", "· · @ · ·", "· · · · ·"]);
    expect(at(0, 99)).toEqual(["· · · · @", "· · · · ·", "· · · · ·"]);
  });
});

describe("words", () => {
  it("name actions, observations and ends", () => {
    const moves = [[0, -1], [1, 0], null] as const; // biome-ignore format: a move each
    expect([0, 1, 2].map((action) => actionText(action, moves))).toEqual(["← left", "↓ down", "action 2"]);
    expect(actionText(Float32Array.of(0.5, -1), undefined)).toBe("[0.5, -1]");
    expect(observationText(3, frozenLake().observationSpace)).toBe("state 3");
    const moment = { episode: 1, step: 1, action: 0, reward: -1, return: -1, observation: 0 };
    expect(momentText(moment, moves)).toBe("step 1 · ← left · reward -1 · return -1");
    expect(endText({ ...moment, end: "terminated" })).toBe("ended after 1 step, return -1");
    expect(endText({ ...moment, step: 1000, end: "cut" })).toBe("did not end and was cut after 1,000 steps, return -1");
  });
});

describe("colours", () => {
  it("are the terminal's own for the theme, else the nearest of 256", () => {
    expect([colourCode("bad", "text"), colourCode("ink", "text"), colourCode("good", "background")]).toEqual([
      "\x1b[31m",
      "",
      "\x1b[42m",
    ]);
    expect([colourCode("#ff0000", "text"), colourCode("#000", "background"), colourCode("tomato", "text")]).toEqual([
      "\x1b[38;5;196m",
      "\x1b[48;5;16m",
      "",
    ]);
  });
});

describe("an episode as a file", () => {
  const env = frozenLake();
  const scene: Scene = {
    view: [0, 0, 1, 1],
    shapes: [{ kind: "text", at: [0, 0], text: "</script>", size: 1, colour: "ink" }],
  };
  const film = {
    title: `a < b on ${env.id}`,
    scenes: [scene, scene, scene],
    captions: ["0", "1", "2"],
    stepsPerSecond: 2,
  };

  it("is a page that loads nothing", () => {
    const html = episodeHtml(film);
    expect(html).toContain("<title>a &#60; b on FrozenLake-v1</title>");
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
    expect(JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "").frames).toHaveLength(3);
  });

  it("is one picture that shows its frames in turn", () => {
    const svg = episodeSvg(film);
    expect(svg.match(/<svg/g)).toHaveLength(1);
    expect(svg.match(/<animate /g)).toHaveLength(3);
    expect(svg).toContain('values="none;inline;none" keyTimes="0;0.33333;0.66667"');
    expect(svg).toContain('dur="1.50s"');
  });
});
