import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { walk } from "../../../../test/counter.js";
import { loadEnvironment } from "./load-environment.js";

// The walk comes to the modules by a global name, and what they see on the way by its id.
Object.assign(globalThis, { walkOfLoading: walk });

let folder: string;

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "advantage-load-")));
});

afterEach(() => {
  vi.doUnmock("esbuild");
  fs.rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

async function idOf(file: string): Promise<string> {
  const { env, module } = await loadEnvironment(file);
  expect(module).toBe(file);
  return (env as () => { id: string })().id;
}

/** Its id is what stands in its folder while it loads. */
const listing = `import fs from "node:fs";
const id = fs.readdirSync(new URL(".", import.meta.url)).join(" ");
export default () => globalThis.walkOfLoading(id);`;

test.each(["own.js", "own.mjs", "own.ts", "own.mts"])("%s is loaded without a file being written", async (name) => {
  const file = write(name, listing);
  expect(await idOf(file)).toBe(name);
  expect(fs.readdirSync(folder)).toEqual([name]);
});

test("TypeScript brings its own files along and finds packages and files from its own folder", async () => {
  write(
    "node_modules/boards/package.json",
    `{ "name": "boards", "exports": { "import": "./board.mjs", "require": "./other.cjs" } }`,
  );
  write("node_modules/boards/board.mjs", `export const size = 7;`);
  write("name.ts", `export const name: string = "Own";`);
  write("map.txt", "SFFG");
  const file = write(
    "own.ts",
    `import fs from "node:fs"; import { size } from "boards";
import { name } from "./name.js";
const map: string = fs.readFileSync(new URL("map.txt", import.meta.url), "utf8");
export default () => (globalThis as any).walkOfLoading(\`\${name}-\${size}-\${map}\`);`,
  );
  expect(await idOf(file)).toBe("Own-7-SFFG");
});

test("what is wrong with a module is said", async () => {
  await expect(loadEnvironment(write("bad.ts", `const a: = 1;`))).rejects.toThrow(/cannot load .*bad\.ts/);
  await expect(loadEnvironment(write("top.mjs", `throw new Error("no map");`))).rejects.toThrow(
    /cannot load .*top\.mjs: no map/,
  );
  await expect(loadEnvironment(write("async.mjs", `export default async () => 1;`))).rejects.toThrow(
    "the function returned a Promise",
  );
});

test("without esbuild JavaScript works, and TypeScript says what is missing", async () => {
  vi.doMock("esbuild", () => {
    throw new Error("not installed");
  });
  expect(await idOf(write("own.mjs", listing))).toBe("own.mjs");
  fs.rmSync(path.join(folder, "own.mjs"));
  const file = write("own.ts", listing);
  if ((process.features as { typescript?: unknown }).typescript) expect(await idOf(file)).toBe("own.ts");
  else
    await expect(loadEnvironment(file)).rejects.toThrow("TypeScript is compiled with esbuild, which is not installed");
});
