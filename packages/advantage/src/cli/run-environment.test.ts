import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { environments } from "@advantage/envs";
import { algorithms, loadPolicy } from "@advantage/rl";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { environmentOptions } from "../environments/env-options.js";
import { moduleHash } from "../run-directory/environment-record.js";
import { openRun } from "../run-directory/run-directory.js";
import { main } from "./main.js";

let folder: string;
let home: string;

beforeEach(() => {
  home = process.cwd();
  folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "advantage-environment-")));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(home);
  fs.rmSync(folder, { recursive: true, force: true });
});

async function advantage(...argv: string[]) {
  const said = { out: "", err: "" };
  const terminal = {
    out: (text: string) => {
      said.out += text;
    },
    err: (text: string) => {
      said.err += text;
    },
    isTTY: false,
    colours: false,
    columns: 100,
    rows: 40,
    animates: false,
    onInterrupt: () => () => {},
    exit: () => {},
  };
  const code = await main(argv, { terminal, catalogue: { algorithms, environments, loadPolicy } });
  return { code, ...said };
}

const train = (environment: string, directory: string, ...more: string[]) =>
  advantage(
    "train",
    "q-learning",
    environment,
    "--total-steps",
    "300",
    "--run-dir",
    directory,
    "--eval-episodes",
    "1",
    ...more,
  );

const evaluated = async (...argv: string[]) => {
  const { code, out, err: said } = await advantage("eval", ...argv, "--episodes", "2", "--json");
  const err = said.replace(/^The environment is the module .*, which is run\.\n/, "");
  return { code, err, result: code === 0 ? JSON.parse(out) : undefined };
};

describe("--env-option", () => {
  const of = (id: string, ...texts: string[]) =>
    environmentOptions(texts, environments.find((entry) => entry.id === id)!.config, id);

  test("takes names as they are typed here and in Gymnasium, and keeps what differs from the defaults", () => {
    for (const name of ["is-slippery", "is_slippery", "isSlippery"])
      expect(of("FrozenLake-v1", `${name}=false`)).toEqual({ isSlippery: false });
    expect(of("FrozenLake-v1", "is-slippery=true")).toEqual({});
    expect(of("Pendulum-v1", "g=9.81")).toEqual({ gravity: 9.81 });
    expect(of("Gridworld-v0", "map=S.G", "rewards=G:2,H:-3", "time-limit=none", "wind=0,0,1")).toEqual({
      map: ["S.G"],
      rewards: { G: 2, H: -3 },
      timeLimit: Infinity,
      wind: [0, 0, 1],
    });
    expect(of("LinearBandit-v0", "features=1,0,0,0,0,0;0,1,0,0,0,0").features).toHaveLength(2);
  });

  test("reads a map from a file", () => {
    fs.writeFileSync("lake.txt", "SFF\nFHF\nFFG\n");
    expect(of("FrozenLake-v1", "desc=@lake.txt")).toEqual({ map: ["SFF", "FHF", "FFG"] });
    expect(() => of("FrozenLake-v1", "map=@no.txt")).toThrow("cannot read no.txt: no such file or directory");
  });

  test("is refused with the nearest name, or the rule", () => {
    expect(() => of("FrozenLake-v1", "slippery=false")).toThrow("has no option 'slippery'. Did you mean 'isSlippery'?");
    expect(() => of("FrozenLake-v1", "success-rate=2")).toThrow("FrozenLake-v1: success-rate must be in [0, 1], got 2");
    expect(() => of("FrozenLake-v1", "isSlippery")).toThrow("--env-option must be name=value, got 'isSlippery'");
  });
});

test("the options of a run are in its record, its report, its command and its evaluation; others are told", async () => {
  expect((await train("FrozenLake-v1", "run", "--env-option", "is-slippery=false")).code).toBe(0);
  const { record } = openRun("run");
  expect(record.environmentOptions).toEqual({ isSlippery: false });
  expect(record.command).toContain("--env-option isSlippery=false");
  const report = fs.readFileSync("run/report.html", "utf8");
  expect(report).toContain("on FrozenLake-v1 (isSlippery false)");
  expect(report).not.toContain("solved at"); // that is of the slippery one
  expect(openRun("run").checkpoint()?.header.environmentOptions).toEqual({ isSlippery: false });

  const same = await evaluated("run");
  expect(same.err).toBe("");
  expect(same.result.environmentOptions).toEqual({ isSlippery: false });
  const other = await evaluated("run", "--env-option", "is-slippery=true");
  expect(other.err).toBe("FrozenLake-v1 has its defaults now; the run was trained with isSlippery false.\n");
  expect((await advantage("watch", "run", "--max-steps", "3")).err).toBe("");
  expect((await advantage("resume", "run", "--total-steps", "400", "--eval-episodes", "1")).out).toContain(
    "on FrozenLake-v1 (isSlippery false)",
  );
  const wrong = await train("FrozenLake-v1", "other", "--env-option", "slippery=false");
  expect([wrong.code, wrong.err]).toEqual([2, "FrozenLake-v1 has no option 'slippery'. Did you mean 'isSlippery'?\n"]);
  expect(fs.existsSync("other")).toBe(false);
});

const envs = new URL("../../../envs/dist/index.js", import.meta.url).href;
const schemas = new URL("../../../envs/dist/schema.js", import.meta.url).href;

/** A corridor whose length is an option, and whose reward lies in another file. */
function writeCorridor(): void {
  fs.writeFileSync("reward.mjs", "export const reward = 1;\n");
  fs.writeFileSync(
    "corridor.mjs",
    `import { discrete } from ${JSON.stringify(envs)};
import { int, schema } from ${JSON.stringify(schemas)};
import { reward } from "./reward.mjs";
export const config = schema({ length: int({ default: 4, min: 2, max: 9, help: "cells of the corridor" }) });
export default ({ length }) => {
  let at = 0;
  return {
    id: "Corridor-v0",
    observationSpace: discrete(9),
    actionSpace: discrete(2),
    reset() { at = 0; return 0; },
    step(action) {
      at = Math.max(0, at + (action === 1 ? 1 : -1));
      return { observation: at, reward: at === length - 1 ? reward : 0, terminated: at === length - 1, truncated: false };
    },
    snapshot: () => ({ at }),
    restore(saved) { at = saved.at; },
  };
};
`,
  );
}

test("a module's own options come from the schema that it exports", async () => {
  writeCorridor();
  expect((await train("./corridor.mjs", "run", "--env-option", "length=3")).code).toBe(0);
  expect(openRun("run").record.environmentOptions).toEqual({ length: 3 });
  expect((await evaluated("run")).result.evaluation.mean).toBe(1);
  expect((await train("./corridor.mjs", "other", "--env-option", "lenght=3")).err).toContain(
    "unknown setting 'lenght'. Did you mean 'length'?",
  );
  fs.writeFileSync("plain.mjs", fs.readFileSync("corridor.mjs", "utf8").replace("export const config", "const config"));
  expect((await train("./plain.mjs", "other", "--env-option", "length=3")).err).toContain(
    "plain.mjs has no options: it exports no schema",
  );
});

test("a run is evaluated through a link and from another place; an edited module is told, a lost one can be named", async () => {
  writeCorridor();
  fs.mkdirSync("data");
  fs.symlinkSync("data", "runs");
  expect((await train("./corridor.mjs", "runs/run")).code).toBe(0);
  for (const name of ["runs/run", "data/run"]) expect(await evaluated(name)).toMatchObject({ code: 0, err: "" });
  process.chdir("runs");
  expect((await evaluated("run")).code).toBe(0);
  process.chdir(folder);

  fs.writeFileSync("reward.mjs", "export const reward = -1;\n");
  expect((await evaluated("data/run")).err).toBe(
    `${path.resolve("corridor.mjs")} has been edited since the run was started.\n`,
  );

  fs.mkdirSync("elsewhere/deep", { recursive: true });
  fs.renameSync("data/run", "elsewhere/deep/run");
  const lost = await evaluated("elsewhere/deep/run");
  expect(lost.code).toBe(1);
  expect(lost.err).toContain("corridor.mjs any more: say where it is with --env MODULE");
  writeCorridor();
  expect(await evaluated("elsewhere/deep/run", "--env", "corridor.mjs")).toMatchObject({ code: 0, err: "" });
  await advantage(
    "resume",
    "elsewhere/deep/run",
    "--env",
    "corridor.mjs",
    "--total-steps",
    "400",
    "--eval-episodes",
    "1",
  );
  expect(openRun("elsewhere/deep/run").record.environmentModule).toBe("../../../corridor.mjs");
  expect(await evaluated("elsewhere/deep/run")).toMatchObject({ code: 0, err: "" });
});

test("the hash of a module is of its content and of what it imports by relative paths", () => {
  writeCorridor();
  const hash = moduleHash("corridor.mjs");
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  fs.utimesSync("corridor.mjs", new Date(0), new Date(0));
  expect(moduleHash("corridor.mjs")).toBe(hash);
  fs.appendFileSync("reward.mjs", "// another\n");
  expect(moduleHash("corridor.mjs")).not.toBe(hash);
  expect(moduleHash("none.mjs")).toBeUndefined();
});

test("a class, data and a process that ends are named", async () => {
  fs.writeFileSync("class.mjs", "export default class Maze {}\n");
  expect((await train("./class.mjs", "run")).err).toContain(
    "exports a class: export a function that makes the environment, export default () => new Maze()",
  );
  fs.writeFileSync("data.json", "{}");
  expect((await train("./data.json", "run")).err).toContain("data.json is data, not a module");
});
