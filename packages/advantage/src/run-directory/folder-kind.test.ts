import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { requireFolderOf } from "./folder-kind.js";

test.each([
  ["config.json", "run", "comparison", "a run"],
  ["comparison.json", "comparison", "experiment", "a comparison"],
  ["result.json", "experiment", "comparison", "an experiment"],
] as const)("a folder with %s is one of a %s, and no other writes into it", (file, kind, other, named) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-kind-"));
  try {
    requireFolderOf(other, folder); // empty
    fs.writeFileSync(path.join(folder, file), "{}");
    requireFolderOf(kind, folder);
    expect(() => requireFolderOf(other, folder)).toThrow(`already holds ${named}, whose report would be lost`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});
