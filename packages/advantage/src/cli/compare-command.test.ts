import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { main } from "./main.js";

let folder: string;
let home: string;

beforeEach(() => {
  home = process.cwd();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-compare-cli-"));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(home);
  fs.rmSync(folder, { recursive: true, force: true });
});

async function advantage(args: string) {
  const said = { out: "", err: "" };
  const code = await main(args.split(" "), {
    terminal: {
      out(text) {
        said.out += text;
      },
      err(text) {
        said.err += text;
      },
      isTTY: false,
      colours: false,
      columns: 100,
      rows: 30,
      animates: false,
      onInterrupt: () => () => {},
      exit() {},
    },
  });
  return { code, ...said };
}

it.each([
  ["compare", 2, "name the algorithms to compare: advantage compare reinforce a2c ppo --env CartPole-v1"],
  ["compare ppo", 2, "name the environment: --env CartPole-v1"],
  ["compare ppo --env CartPol-v1", 2, "unknown environment 'CartPol-v1'. Did you mean 'CartPole-v1'?"],
  ["compare poo --env CartPole-v1", 2, "unknown algorithm 'poo'. Did you mean 'ppo'?"],
  ["compare ppo ppo:clop=1 --env CartPole-v1", 2, "ppo:clop=1: unknown setting 'clop'. Did you mean 'clip'?"],
  ["compare ppo sarsa --env CartPole-v1", 2, "sarsa cannot use the observations of CartPole-v1"],
  ["compare ppo --env ./none.mjs", 2, "there is no environment module ./none.mjs"],
  ["compare ppo --env CartPole-v1 --seeds 0", 2, "It must be 1 to 1000."],
  ["compare ppo --env CartPole-v1 --seeds 1,x", 2, "It must be how many, such as 5, or a list, such as 1,3,7."],
  ["compare ppo --env CartPole-v1 --seeds 3,3", 2, "It names a seed twice."],
  ["compare ppo --env CartPole-v1 --evaluation-episodes 3", 2, "It is called --eval-episodes."],
  ["compare ppo --env CartPole-v1 --jobs 0", 2, "It must be a whole number of at least 1."],
  ["compare ppo --env CartPole-v1 --threshold high", 2, "It must be a number."],
  ["compare ppo --env CartPole-v1 --seed 1", 2, "unknown option '--seed'. Did you mean --seeds?"],
  ["compare --resume nowhere", 2, `nowhere holds no comparison: ${path.join("nowhere", "comparison.json")} is missing`],
  ["compare ppo --resume nowhere", 2, "--resume goes on with a comparison as it is"],
])("advantage %s: exit code %i, %s", async (args, expected, message) => {
  const { code, out, err } = await advantage(args);
  expect(err).toContain(message);
  expect([code, out]).toEqual([expected, ""]);
  expect(fs.readdirSync(".")).toEqual([]);
});

it("says how it is used", async () => {
  const { code, out } = await advantage("compare --help");
  expect(code).toBe(0);
  expect(out).toContain("Usage: advantage compare VARIANTS... --env ENVIRONMENT [options]");
  expect(out).toContain("id:setting=value,setting=value");
  expect(out).not.toContain("--evaluation-episodes");
});

it("refuses a damaged record", async () => {
  fs.mkdirSync("c");
  fs.writeFileSync(path.join("c", "comparison.json"), "{");
  expect(await advantage("compare --resume c")).toMatchObject({
    code: 1,
    err: `${path.join("c", "comparison.json")} is damaged, or of another version of advantage\n`,
  });
});
