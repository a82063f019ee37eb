import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import { root } from "./markdown.js";

const check = (version: string) =>
  spawnSync(process.execPath, [path.join(root, "scripts", "check-node.cjs"), version], { encoding: "utf8" });

it("a clone names the Nodes that it runs on to all others", () => {
  for (const version of ["20.19.0", "20.20.2", "22.12.0", "24.0.0", "26.1.0"])
    expect(check(version)).toMatchObject({ status: 0, stderr: "" });
  for (const version of ["18.20.0", "20.9.0", "20.18.3", "21.7.0", "22.11.0", "23.5.0"])
    expect(check(version).status, version).toBe(1);
  expect(check("20.9.0").stderr).toBe(
    "A clone of Advantage needs Node 20.19 or a later 20, 22.12 or a later 22, 24 or newer: this is 20.9.0. Get another one from https://nodejs.org\n",
  );
});
