import type { Figure, TreeNode } from "@advantage/rl";

/** The numbers of a figure as CSV (RFC 4180): of curves a row a point (with the ends of its interval, if it has one), of maps a row a cell, of trees a row a node. */
export function figureCsv(figure: Figure): string {
  switch (figure.kind) {
    case "curves": {
      const bands = figure.curves.some(({ low }) => low);
      return csv(
        ["curve", figure.xLabel, figure.yLabel, ...(bands ? ["low", "high"] : [])],
        figure.curves.flatMap(({ label, x, y, low, high }) =>
          x.map((at, i) => [label, at, y[i], ...(bands ? [low?.[i] ?? "", high?.[i] ?? ""] : [])]),
        ),
      );
    }
    case "grid":
      return csv(
        ["row", "column", "value"],
        figure.values.map((value, i) => [Math.floor(i / figure.columns) + 1, (i % figure.columns) + 1, value ?? ""]),
      );
    case "table":
      return csv(figure.columns, figure.rows);
    case "tree":
      return csv(["node", "value", "visits"], nodesOf(figure.root));
    case "text":
      return csv(
        ["passage", "text", "value"],
        figure.passages.map(({ label, text, value }) => [label, text, value ?? ""]),
      );
  }
}

/** Each node by the way to it. */
function nodesOf({ label, value, visits, children = [] }: TreeNode, before = ""): (string | number)[][] {
  const way = `${before}${label}`;
  return [[way, value ?? "", visits ?? ""], ...children.flatMap((child) => nodesOf(child, `${way} › `))];
}

function csv(names: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  return [names, ...rows].map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
