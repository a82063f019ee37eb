import { describe, expect, it } from "vitest";
import type { CurvesFigure, Figure, GridFigure, TextFigure, TreeFigure } from "../core/figure.js";
import { curveColour } from "./curve-colours.js";
import { curvesSvg } from "./curves-svg.js";
import { figuresPage } from "./figures-page.js";
import { gridHtml } from "./grid-html.js";
import { heatColour } from "./heat-colours.js";
import { textHtml, treeHtml } from "./tree-html.js";

/** Relative luminance, WCAG 2. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe("heat colours", () => {
  it("grow lighter all the way", () => {
    const shades = Array.from({ length: 101 }, (_, i) => luminance(heatColour(i / 100).fill));
    for (let i = 1; i < shades.length; i++) expect(shades[i]).toBeGreaterThanOrEqual(shades[i - 1]);
    expect([heatColour(0).fill, heatColour(1).fill, heatColour(-1).fill]).toEqual(["#440154", "#fde725", "#440154"]);
    expect(heatColour(0.05).fill).toBe("#461365"); // half way between #440154 and #482475
  });

  it("leave what is written on them readable: a contrast of 4 or more", () => {
    for (let i = 0; i <= 100; i++) {
      const { fill, ink } = heatColour(i / 100);
      const [low, high] = [luminance(fill), ink === "light" ? 1 : luminance("#0d1512")].sort((a, b) => a - b);
      expect((high + 0.05) / (low + 0.05)).toBeGreaterThan(4);
    }
  });
});

const lake: GridFigure = {
  kind: "grid",
  title: "Values",
  caption: "V*",
  rows: 2,
  columns: 3,
  values: [0.25, 0.5, null, 0, 1, 0],
  arrows: [[[1, 0]], [[0, 1], [1, 0]], [], [], [[1, 0]], []], // biome-ignore format: a cell each
  labels: ["SF#", "HFG"],
};

describe("a map", () => {
  const html = gridHtml(lake);
  const cells = html.split("<g ").slice(1);

  it("has colours from the lowest to the highest value of the cells where something is to come", () => {
    expect(cells).toHaveLength(6);
    expect(cells[0]).toContain('fill="#440154"');
    expect(cells[4]).toContain('fill="#fde725"');
    expect(html).toMatch(/<span>0\.25<\/span>.*<span>1<\/span>/);
  });

  it("has an arrow for each of the actions, the value and the place", () => {
    expect(cells.map((cell) => cell.match(/class="arrow"/g)?.length ?? 0)).toEqual([1, 2, 0, 0, 1, 0]);
    expect(cells[1]).toContain(">0.50<");
    expect(cells[0]).toContain('data-tip="row 1, column 1, start|0.25|right"');
    expect(cells[1]).toContain("|down or right");
  });

  it("marks walls and ends", () => {
    expect(cells[2]).toContain('class="wall"');
    expect(cells[3]).toMatch(/class="end hole".*>H</s);
    expect(cells[5]).toMatch(/class="end goal".*>G</s);
  });

  it("says so if all values are equal, and does without values", () => {
    expect(gridHtml({ ...lake, values: [2, 2, 2, 2, 2, 2] })).toContain("2 everywhere");
    expect(gridHtml({ ...lake, values: [null, null, null, null, null, null] })).not.toMatch(/NaN|Infinity/);
  });

  it("is an image if it is large", () => {
    const values = Array.from({ length: 60 * 60 }, (_, i) => (i === 7 ? null : i));
    const large = gridHtml({ kind: "grid", title: "Large", caption: "", rows: 60, columns: 60, values });
    expect(large).toContain('<canvas class="heat-map" width="60" height="60"');
    const levels = /data-levels="([^"]*)"/.exec(large)?.[1].split(",") ?? [];
    expect([levels[0], levels[7], levels[3599]]).toEqual(["0", "-1", "255"]);
  });
});

const regret: CurvesFigure = {
  kind: "curves",
  title: "Regret",
  caption: "c",
  xLabel: "rounds",
  yLabel: "regret",
  xLog: true,
  yLog: true,
  curves: [
    { label: "EXP3", x: [0, 1, 10, 100], y: [5, 1, 10, 100] },
    { label: "EXP3 bound", x: [1, 100], y: [2, 200], reference: true },
    { label: "best <arm>", x: [1, 100], y: [1, 1], reference: true },
  ],
};

describe("a tree", () => {
  const tree: TreeFigure = {
    kind: "tree",
    title: "Ahead",
    caption: "Two moves",
    root: {
      label: "now",
      value: 1,
      children: [
        { label: "<left>", value: 2, visits: 1, chosen: true, children: [{ label: "up", value: 0, visits: 1 }] },
        { label: "right and then further", visits: 4 },
      ],
    },
  };
  const html = treeHtml(tree);
  const nodes = html.split("<g ").slice(1);
  const placeOf = (node: string) => /translate\((\d+) (\d+)\)/.exec(node)?.slice(1).map(Number) ?? [];

  it("has its nodes in levels, a parent in the middle of its children", () => {
    const [now, left, up, right] = nodes.map(placeOf);
    expect([now[0] < left[0], left[0] === right[0], left[0] < up[0]]).toEqual([true, true, true]);
    expect(now[1]).toBe((left[1] + right[1]) / 2);
    expect(left[1]).toBe(up[1]);
  });

  it("has colours by value, a tip, and no value where none is known", () => {
    expect(nodes[1]).toContain('fill="#fde725"');
    expect(nodes[2]).toContain('fill="#440154"');
    expect(nodes[1]).toContain('data-tip="&#60;left&#62;|value 2|1 visit"');
    expect(nodes[3]).toContain('data-tip="right and then further|4 visits"');
    expect(nodes[3]).toContain(">right and the…<");
    expect(nodes[3]).not.toContain("fill=");
    expect(html).toMatch(/<span>0<\/span>.*<span>2<\/span>/);
  });

  it("has ways as wide as they were often gone, the one that is taken on top", () => {
    const ways = [...html.matchAll(/<path class="(way[^"]*)" stroke-width="([\d.]+)"/g)].map(([, kind, width]) => [
      kind,
      Number(width),
    ]);
    expect(ways).toEqual([
      ["way", 3.75], // 1.25 + 5 √(1/4)
      ["way", 6.25],
      ["way chosen", 3.75],
    ]);
  });
});

it("a text keeps its lines, its labels and what it is worth, and is no markup", () => {
  const text: TextFigure = {
    kind: "text",
    title: "Answers",
    caption: "Two",
    passages: [
      { label: "prompt", text: "a <b>\nc" },
      { label: "answer", text: "d", value: 0.5 },
    ],
  };
  const html = textHtml(text);
  expect(html).toContain("<blockquote>a &#60;b&#62;\nc</blockquote>");
  expect(html).toContain("<figcaption>prompt</figcaption>");
  expect(html).toContain("<figcaption>answer<output>0.5</output></figcaption>");
});

describe("curves", () => {
  it("have the colour of the line that they are named after; other references are grey unless each line has one", () => {
    expect(regret.curves.map((_, i) => curveColour(regret.curves, i))).toEqual([0, 0, undefined]);
    const [a, b] = [{ label: "a", x: [], y: [] }, { label: "b", x: [], y: [] }]; // biome-ignore format: two lines
    const twice = [a, b, { ...a, label: "first", reference: true }, { ...b, label: "second", reference: true }];
    expect(twice.map((_, i) => curveColour(twice, i))).toEqual([0, 1, 0, 1]);
  });

  it("as a picture: logarithmic axes, dashed references, nothing that has no logarithm", () => {
    const svg = curvesSvg(regret);
    const points = [...svg.matchAll(/<polyline[^>]*points="([^"]*)"/g)].map((match) => match[1].split(" "));
    expect(points.map((list) => list.length)).toEqual([3, 2, 2]); // x = 0 is left out
    const [first, middle, last] = points[0].map((point) => point.split(",").map(Number));
    expect(middle[0]).toBeCloseTo((first[0] + last[0]) / 2, 0); // 10 is half way from 1 to 100
    expect(svg.match(/stroke-dasharray="6 5"/g)).toHaveLength(2);
    expect(svg).toContain("best &#60;arm&#62;");
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(curvesSvg({ ...regret, curves: [] })).not.toMatch(/NaN|Infinity/);
    const sizes = [-1e300, -1, 0, 5e-324, 1e-300, 4e-29, 1, 1e20, 1e20 + 2 ** 14, Number.MAX_VALUE, Number.NaN];
    for (const a of sizes)
      for (const b of sizes)
        for (const yLog of [true, false]) {
          const drawn = curvesSvg({ ...regret, yLog, curves: [{ label: "any", x: [1, 2], y: [a, b] }] });
          expect(drawn, `${a} ${b}`).not.toMatch(/NaN|Infinity/);
          expect(drawn.length, `${a} ${b}`).toBeLessThan(4_000);
        }
  });
});

describe("a page of figures", () => {
  it("shows maps, curves and tables and hands the curves to the script", () => {
    const table: Figure = {
      kind: "table",
      title: "Numbers",
      caption: "",
      columns: ["name", "value"],
      rows: [
        ["a & b", 1234.5],
        ["c", 0.00012],
      ],
    };
    const library = { script: "", style: "" };
    const html = figuresPage(
      { title: "T", summary: "s", figures: [lake, regret, table], facts: { seed: "1" } },
      library,
    );
    expect(html).toContain('<td class="name">a &#38; b</td><td class="number right">1,235</td>');
    expect(html).toContain('class="dashed" style="--c:var(--series-0)">EXP3 bound');
    const charts = JSON.parse(/id="charts">(.*?)<\/script>/s.exec(html)?.[1] ?? "");
    expect(Object.keys(charts)).toEqual(["figure 1"]);
    expect(charts["figure 1"]).toMatchObject({ xLog: true, yLog: true, xLabel: "rounds" });
    expect(charts["figure 1"].series[0]).toEqual({
      label: "EXP3",
      x: [1, 10, 100],
      y: [1, 10, 100],
      colour: "--series-0",
    });
    expect(html).toContain('data-chart="figure 1"');
  });
});

describe("bands", () => {
  const banded: CurvesFigure = {
    ...regret,
    xLog: false,
    yLog: false,
    curves: [
      { label: "a", x: [0, 1], y: [1, 2], low: [0, 1], high: [2, 10] },
      { label: "b", x: [0, 1], y: [3, 3] },
    ],
  };

  it("as a picture: a shape around the line, within the axes", () => {
    const svg = curvesSvg(banded);
    const polygons = [...svg.matchAll(/<polygon [^>]*points="([^"]*)"/g)].map((match) => match[1].split(" "));
    expect(polygons.map((corners) => corners.length)).toEqual([4]);
    const ys = polygons[0].map((corner) => Number(corner.split(",")[1]));
    // Ticks are 0, 2, …, 10 from y = 406 up to 20: high ends 2 and 10, then low ends 1 and 0 backwards.
    expect(ys).toEqual([328.8, 20, 367.4, 406]);
    expect(svg.indexOf("<polygon")).toBeLessThan(svg.indexOf("<polyline")); // lines are on top
  });

  it("on a page: both ends beside the line, which stands in for an end that has no logarithm", () => {
    const charts = (figure: CurvesFigure) => {
      const html = figuresPage({ title: "", summary: "", figures: [figure], facts: {} }, { script: "", style: "" });
      return JSON.parse(/id="charts">(.*?)<\/script>/s.exec(html)?.[1] ?? "");
    };
    expect(charts(banded)["figure 0"].series[0]).toMatchObject({ y: [1, 2], low: [0, 1], high: [2, 10] });
    expect(charts(banded)["figure 0"].series[1]).not.toHaveProperty("low");
    expect(charts({ ...banded, yLog: true })["figure 0"].series[0]).toMatchObject({ low: [1, 1], high: [2, 10] });
  });
});
