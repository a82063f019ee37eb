import { describe, expect, it } from "vitest";
import type { Figure, TreeNode } from "../core/figure.js";
import { pictureSvg } from "./picture-svg.js";

const curves: Figure = {
  kind: "curves",
  title: "Error < bound",
  caption: "",
  xLabel: "k",
  yLabel: "error",
  curves: [{ label: "error", x: [0, 1], y: [1, 2] }],
};
const grid: Figure = {
  kind: "grid",
  title: "Values",
  caption: "",
  rows: 1,
  columns: 2,
  values: [1, 0],
  arrows: [[[1, 0]], []],
  labels: ["SG"],
};

describe("pictureSvg", () => {
  it("draws curves and maps with their titles, escaped, into one self-contained picture", () => {
    const svg = pictureSvg([curves, grid]);
    expect(svg).toMatch(/Error &[#\w]+; bound/);
    expect(svg.match(/<polyline/g)).toHaveLength(1);
    expect(svg.match(/class="arrow"/g)).toHaveLength(1);
    expect(svg).not.toMatch(/href|NaN|undefined|Infinity/);
  });

  it("draws trees that fit, with their styles", () => {
    const levels = (depth: number): TreeNode => ({
      label: "node",
      value: depth,
      children: depth === 0 ? [] : [levels(depth - 1)],
    });
    const svg = pictureSvg([{ kind: "tree", title: "Ahead", caption: "", root: levels(9) }]);
    expect(svg).toContain("scale(0.4748)"); // 792 / (9 · 172 + 116 + 4)
    expect(svg.match(/class="way"/g)).toHaveLength(9);
    expect(svg).toContain("svg.tree .way {");
    expect(svg).not.toMatch(/href|NaN|undefined|Infinity/);
  });

  it("refuses tables", () => {
    const table: Figure = { kind: "table", title: "Rows", caption: "", columns: [], rows: [] };
    expect(() => pictureSvg([table])).toThrow("'Rows' is a table: choose a figure of curves, a map or a tree");
  });
});
