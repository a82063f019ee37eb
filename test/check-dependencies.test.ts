import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const script = path.join(root, "scripts/check-dependencies.mjs");
const planted = mkdtempSync(path.join(tmpdir(), "dependencies-"));
afterAll(() => rmSync(planted, { recursive: true, force: true }));

/** What the check says of a repository. */
function check(repository: string): { ok: boolean; output: string } {
  try {
    return {
      ok: true,
      output: execFileSync(process.execPath, [script, repository], { encoding: "utf8", stdio: "pipe" }),
    };
  } catch (error) {
    return { ok: false, output: (error as { stderr: string }).stderr };
  }
}

const manifests: Record<string, object> = {
  ".": { workspaces: ["packages/*"], devDependencies: { vitest: "*" } },
  "packages/engine": { name: "@advantage/engine" },
  "packages/envs": { name: "@advantage/envs", dependencies: { "@advantage/engine": "*" } },
  "packages/rl": {
    name: "@advantage/rl",
    dependencies: { "@advantage/engine": "*", "@advantage/envs": "*", zod: "*" },
  },
  "packages/advantage": { name: "advantage", dependencies: { "@advantage/rl": "*" } },
};

const clean: Record<string, string> = {
  "packages/engine/src/index.ts": 'export type { Shape } from "./tensor.js";\n// import fs from "node:fs";\n',
  "packages/engine/src/index.test.ts": 'import { test } from "vitest";\nimport fs from "node:fs";\n',
  "packages/engine/src/files.node.ts": 'import fs from "node:fs";\nprocess.exit(fs ? 0 : 1);\n',
  "packages/envs/src/index.ts": 'import { Random } from "@advantage/engine";\n',
  "packages/rl/src/catalog.ts":
    'import { ppo } from "./algorithms/policy-gradient/ppo.js";\nimport { a2c } from "./algorithms/policy-gradient/a2c.js";\nimport { gail } from "./algorithms/imitation/gail.js";\n',
  "packages/rl/src/core/algorithm.ts": 'export type Family =\n  | "policy-gradient"\n  | "imitation";\n',
  // Of an algorithm in an earlier family, its learner.
  "packages/rl/src/algorithms/imitation/gail.ts":
    'import { type PpoLearner, ppoLearner as learner } from "../policy-gradient/ppo.js";\n',
  "packages/rl/src/algorithms/policy-gradient/a2c.ts": 'import type { Algorithm } from "../../core/algorithm.js";\n',
  "packages/rl/src/algorithms/policy-gradient/ppo.ts":
    'import { ppoPresets } from "./ppo-presets.js";\nimport { gae } from "../../maths/gae.js";\n',
  // A part of an algorithm knows its settings.
  "packages/rl/src/algorithms/policy-gradient/ppo-loss.ts": 'import type { PpoConfig } from "./ppo.js";\n',
  "packages/advantage/src/index.ts": 'import fs from "node:fs";\nexport * from "@advantage/rl";\n',
};

/** A small repository with nothing wrong, but for the given files. */
function repository(name: string, files: Record<string, string>): string {
  const folder = path.join(planted, name);
  for (const [at, manifest] of Object.entries(manifests)) write(folder, `${at}/package.json`, JSON.stringify(manifest));
  for (const [file, text] of Object.entries({ ...clean, ...files })) write(folder, file, text);
  return folder;
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

test("this repository passes", () => {
  expect(check(root)).toMatchObject({
    ok: true,
    output: expect.stringMatching(/^dependencies point the right way: \d\d+ files/),
  });
});

test("a planted violation in a copy of the real sources is found", () => {
  const copy = path.join(planted, "copy");
  for (const file of [
    "package.json",
    "packages/engine",
    "packages/envs",
    "packages/rl",
    "packages/advantage",
    "apps/playground",
  ])
    cpSync(path.join(root, file), path.join(copy, file), {
      recursive: true,
      filter: (source) => !/[\\/](?:node_modules|dist)$/.test(source),
    });
  expect(check(copy).ok).toBe(true);
  write(copy, "packages/engine/src/planted.ts", 'import type { Env } from "@advantage/envs";\n');
  const { ok, output } = check(copy);
  expect(ok).toBe(false);
  expect(output).toContain("packages/engine/src/planted.ts: @advantage/engine depends on @advantage/envs");
});

describe("rules", () => {
  test("a repository with nothing wrong passes", () => {
    expect(check(repository("clean", {}))).toMatchObject({ ok: true });
  });

  const rl = "packages/rl/src";
  test.each([
    [
      "an import upwards, types included",
      { "packages/envs/src/bad.ts": 'import type {\n  Policy,\n} from "@advantage/rl";\n' },
      "packages/envs/src/bad.ts: @advantage/envs depends on @advantage/rl, which stands above",
    ],
    [
      "a dependency upwards in a package.json",
      {
        "packages/engine/package.json": JSON.stringify({ name: "@advantage/engine", dependencies: { advantage: "*" } }),
      },
      "packages/engine/package.json: @advantage/engine depends on advantage",
    ],
    [
      "a barrel that lacks a file of its room",
      {
        [`${rl}/networks/index.ts`]: 'export * from "./actor.js";\n',
        [`${rl}/networks/actor.ts`]: "export const actor = 1;\n",
        [`${rl}/networks/critic.ts`]: "export const critic = 1;\n",
      },
      "packages/rl/src/networks/index.ts: lacks ./critic.ts, which the room's subpath is to export",
    ],
    [
      "an algorithm that imports another",
      { [`${rl}/algorithms/policy-gradient/a2c.ts`]: 'import { ppo } from "./ppo.js";\n' },
      "a2c.ts: imports another algorithm's file, algorithms/policy-gradient/ppo.js",
    ],
    [
      "an algorithm that imports the file of another",
      { [`${rl}/algorithms/policy-gradient/a2c.ts`]: 'import { ppoPresets } from "./ppo-presets.js";\n' },
      "a2c.ts: imports another algorithm's file, algorithms/policy-gradient/ppo-presets.js",
    ],
    [
      "an algorithm that imports one whose name its own begins with",
      {
        [`${rl}/catalog.ts`]: `${clean[`${rl}/catalog.ts`]}import { plus } from "./algorithms/policy-gradient/ppo-plus.js";\n`,
        [`${rl}/algorithms/policy-gradient/ppo-plus.ts`]: 'import { ppo } from "./ppo.js";\n',
      },
      "ppo-plus.ts: imports another algorithm's file, algorithms/policy-gradient/ppo.js",
    ],
    [
      "an algorithm that imports more than the learner of another",
      {
        [`${rl}/algorithms/imitation/gail.ts`]: 'import { ppoLearner, ppoLoss } from "../policy-gradient/ppo.js";\n',
      },
      "gail.ts: imports another algorithm's file, algorithms/policy-gradient/ppo.js",
    ],
    [
      "an algorithm that calls something else a learner",
      { [`${rl}/algorithms/imitation/gail.ts`]: 'import { ppo as ppoLearner } from "../policy-gradient/ppo.js";\n' },
      "gail.ts: imports another algorithm's file, algorithms/policy-gradient/ppo.js",
    ],
    [
      "an algorithm that imports the whole file of one with a learner",
      { [`${rl}/algorithms/imitation/gail.ts`]: 'import * as ppoLearner from "../policy-gradient/ppo.js";\n' },
      "gail.ts: imports another algorithm's file, algorithms/policy-gradient/ppo.js",
    ],
    [
      "an algorithm that imports the learner of a later family",
      { [`${rl}/algorithms/policy-gradient/a2c.ts`]: 'import { gailLearner } from "../imitation/gail.js";\n' },
      "a2c.ts: imports another algorithm's file, algorithms/imitation/gail.js",
    ],
    [
      "an algorithm that imports a learner of its own family",
      { [`${rl}/algorithms/policy-gradient/a2c.ts`]: 'import { ppoLearner } from "./ppo.js";\n' },
      "a2c.ts: imports another algorithm's file, algorithms/policy-gradient/ppo.js",
    ],
    [
      "an algorithm that imports a learner from a family that the syllabus does not know",
      { [`${rl}/algorithms/imitation/gail.ts`]: 'import { ppoLearner } from "../unknown/ppo.js";\n' },
      "gail.ts: imports another algorithm's file, algorithms/unknown/ppo.js",
    ],
    [
      "an algorithm that imports the runner",
      { [`${rl}/algorithms/policy-gradient/a2c.ts`]: 'import { run } from "../../runner/run.js";\n' },
      "a2c.ts: imports runner/run.js: algorithms may import core, maths, networks, data, policies, families",
    ],
    [
      "an algorithm that imports the catalogue",
      { [`${rl}/algorithms/policy-gradient/a2c.ts`]: 'const all = await import("../../catalog.js");\n' },
      "a2c.ts: imports catalog.js: algorithms may import",
    ],
    [
      "mathematics that knows of algorithms",
      { [`${rl}/maths/gae.ts`]: 'import { ppo } from "../algorithms/policy-gradient/ppo.js";\n' },
      "gae.ts: imports algorithms/policy-gradient/ppo.js: maths may import core",
    ],
    [
      "a module of Node",
      { "packages/envs/src/bad.ts": 'import "node:fs";\n' },
      "imports node:fs: @advantage/envs runs in browsers",
    ],
    [
      "a module of Node by its old name",
      { [`${rl}/bad.ts`]: 'export { join } from "path";\n' },
      "imports path: @advantage/rl runs in browsers",
    ],
    [
      "a global of Node",
      { "packages/engine/src/bad.ts": "export const home = process.env.HOME;\n" },
      "uses process.env: @advantage/engine runs in browsers",
    ],
    [
      "an undeclared package",
      { "packages/engine/src/bad.ts": 'import { z } from "zod/mini";\n' },
      "imports zod, which @advantage/engine does not declare",
    ],
    [
      "an undeclared package in a test",
      { "packages/envs/src/bad.test.ts": 'import { z } from "zod";\n' },
      "imports zod, which @advantage/envs does not declare",
    ],
    [
      "a way round a package's name",
      { "packages/rl/src/bad.ts": 'import { box } from "../../envs/src/index.js";\n' },
      "imports ../../envs/src/index.js, outside of its package",
    ],
    [
      "a registry in the lock file",
      { "package-lock.json": '{ "resolved": "https://packages.example.org/zod-4.0.0.tgz" }' },
      "package-lock.json: names a registry",
    ],
    [
      "a package without a place",
      { "packages/extra/package.json": JSON.stringify({ name: "@advantage/extra" }) },
      "'@advantage/extra' has no place in the order",
    ],
  ])("%s is a violation", (name, files, message) => {
    const { ok, output } = check(repository(name.replaceAll(/\W+/g, "-"), files));
    expect(ok).toBe(false);
    expect(output).toContain(message);
    expect(output).toContain("\n1 violation in");
  });
});
