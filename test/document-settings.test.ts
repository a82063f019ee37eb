import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { algorithms } from "../packages/rl/src/index.js";

const root = path.resolve(import.meta.dirname, "..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-declarations-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const declaration = (before: string) => `/** The doubler. */
declare const config: import("./schema.js").Schema<{
    ${before}readonly numEnvs: number;
    readonly unknown: number;
}>;
export declare const doubler: Algorithm<ConfigOf<typeof config>>;
`;

function document(help: string, before = "") {
  const dist = path.join(folder, "packages", "rl", "dist");
  fs.mkdirSync(dist, { recursive: true });
  fs.mkdirSync(path.join(folder, "packages", "envs", "dist"), { recursive: true });
  const field = { name: "numEnvs", symbol: "N", help, optional: false, default: 1, range: "≥ 1" };
  // A module is imported once in a process, and this script is a process of its own.
  fs.writeFileSync(
    path.join(dist, "doubler.js"),
    `export const doubler = { config: { fields: ${JSON.stringify({ numEnvs: field })} } };`,
  );
  fs.writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  fs.writeFileSync(path.join(dist, "doubler.d.ts"), declaration(before));
  execFileSync(process.execPath, [path.join(root, "scripts", "document-settings.mjs"), folder]);
  return fs.readFileSync(path.join(dist, "doubler.d.ts"), "utf8");
}

describe("the help of settings in the declarations", () => {
  it("stands before each setting, on its line", () => {
    const said = "/** N: environments (≥ 1; default 1) */ ";
    expect(document("environments")).toBe(declaration(said));
    expect(document("environments", said)).toBe(declaration(said)); // again
    expect(document("environments", "/** what it said before */ ")).toBe(declaration(said));
  });

  it("is there for every setting of every algorithm, after a build", () => {
    const dist = path.join(root, "packages", "rl", "dist", "algorithms");
    const declarations = fs
      .readdirSync(dist, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".d.ts"))
      .map((name) => fs.readFileSync(path.join(dist, name), "utf8"));
    for (const { id, config } of algorithms) {
      const own = declarations.filter((text) => Object.keys(config.fields).every((name) => text.includes(` ${name}`)));
      for (const { name, help } of Object.values(config.fields))
        expect(
          own.some((text) => text.includes(`${help} (`) && text.includes(`*/ readonly ${name}: `)),
          `${id} ${name}`,
        ).toBe(true);
    }
  });
});
