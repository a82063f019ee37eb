import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "./markdown.js";

// What somebody gets who installs a package.
describe.each(["engine", "envs", "rl", "advantage"])("packages/%s", (name) => {
  const folder = path.join(root, "packages", name);
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const [{ files }] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: folder,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      shell: process.platform === "win32",
    }),
  );
  const shipped = (files as { path: string }[]).map((file) => file.path);

  test("licence, notice and README come along", () => {
    expect(shipped).toEqual(expect.arrayContaining(["LICENSE", "NOTICE", "README.md", "package.json"]));
    for (const file of ["LICENSE", "NOTICE"])
      expect(readFileSync(path.join(folder, file), "utf8")).toBe(readFileSync(path.join(root, file), "utf8"));
  });

  test("tests and what only they use stay at home, what is exported comes along", () => {
    expect(shipped.filter((file) => /\.test\.|finite-mdp\/testing/.test(file))).toEqual([]);
    const entries = Object.values(manifest.exports as Record<string, Record<string, string>>);
    for (const { source } of entries) expect(shipped).toContain(source.slice(2));
  });

  test("nothing native is installed with it", () => {
    expect(Object.keys(manifest.dependencies)).not.toContain("esbuild");
    expect(manifest.optionalDependencies).toBeUndefined();
  });
});
