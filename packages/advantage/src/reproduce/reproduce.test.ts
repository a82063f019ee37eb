import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Figure } from "@advantage/rl";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Experiment } from "./experiments.js";
import { figureCsv } from "./figure-csv.js";
import { reproduce } from "./reproduce.js";

const curves: Figure = {
  kind: "curves",
  title: "Squares",
  caption: "",
  xLabel: "x",
  yLabel: "x, squared",
  curves: [{ label: 'the "squares"', x: [1, 2], y: [1, 4] }],
};
const table: Figure = { kind: "table", title: "T", caption: "", columns: ["name", "value"], rows: [["a", 0.1]] };
const squares: Experiment = {
  id: "squares",
  title: "Squares",
  summary: "Numbers times themselves.",
  source: "Euclid",
  seed: 3,
  run: ({ seed }) => ({ figures: [curves, table], conclusion: `They grow (seed ${seed}).` }),
};

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-reproduce-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

it("writes the report, the picture and the numbers", async () => {
  const result = await reproduce(squares, path.join(folder, "runs", "squares"));
  expect(result).toMatchObject({ experiment: "squares", seed: 3, conclusion: "They grow (seed 3)." });
  expect(result.files.map((file) => path.basename(file))).toEqual([
    "report.html",
    "figure-1.svg",
    "figure-1.csv",
    "figure-2.csv",
    "result.json",
  ]);
  const read = (index: number) => fs.readFileSync(result.files[index], "utf8");
  expect(read(0)).toContain("They grow (seed 3).");
  expect(read(1)).toContain("<polyline");
  expect(JSON.parse(read(4))).toMatchObject({ experiment: "squares", seed: 3, figures: [{ title: "Squares" }, table] });
  expect((await reproduce(squares, folder, 8)).conclusion).toBe("They grow (seed 8).");
});

it("writes numbers as CSV", () => {
  expect(figureCsv(curves)).toBe('curve,x,"x, squared"\r\n"the ""squares""",1,1\r\n"the ""squares""",2,4\r\n');
  expect(figureCsv(table)).toBe("name,value\r\na,0.1\r\n");
  const children = [{ label: "left", value: 0.5, visits: 3 }];
  expect(figureCsv({ title: "", caption: "", kind: "tree", root: { label: "now", children } })).toBe(
    "node,value,visits\r\nnow,,\r\nnow › left,0.5,3\r\n",
  );
  expect(figureCsv({ title: "", caption: "", kind: "text", passages: [{ label: "prompt", text: "a, b" }] })).toBe(
    'passage,text,value\r\nprompt,"a, b",\r\n',
  );
  const grid = { kind: "grid", title: "", caption: "", rows: 1, columns: 2, values: [null, 2] } as const;
  expect(figureCsv(grid)).toBe("row,column,value\r\n1,1,\r\n1,2,2\r\n");
});

it("says in a sentence why it cannot write", async () => {
  fs.writeFileSync(path.join(folder, "file"), "");
  await expect(reproduce(squares, path.join(folder, "file", "x"))).rejects.toThrow(
    /^cannot write .*: part of the path/,
  );
});
