import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { main } from "../packages/advantage/src/node.js";
import { readPage, root } from "./markdown.js";
import { snippetFolder, typeErrors } from "./snippets.js";

// What the README says works, as it stands there.
const { blocks } = readPage("README.md");
const [example, acting] = blocks.filter((block) => "runnable" in block.marks);
const ownEnvironment = blocks.find((block) => block.marks.file === "my-env.js")!;
const shell = blocks.filter((block) => block.language === "sh").map((block) => block.code.trim());

const snippets = snippetFolder("readme");
const elsewhere = mkdtempSync(path.join(tmpdir(), "readme-"));
const home = process.cwd();
afterAll(() => {
  process.chdir(home);
  snippets.remove();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** Carries a command out, as `npx advantage …` does, in a directory of its own. */
async function advantage(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    isTTY: false,
    colours: false,
    columns: 100,
    rows: 40,
    animates: false,
    onInterrupt: () => () => {},
    exit: () => {},
  };
  process.chdir(elsewhere);
  try {
    return { code: await main(words, { terminal }), out, err };
  } finally {
    process.chdir(home);
  }
}

/** What a module prints. */
async function printed(file: string): Promise<unknown[][]> {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  process.chdir(elsewhere);
  try {
    await import(file);
    return [...log.mock.calls];
  } finally {
    process.chdir(home);
    log.mockRestore();
  }
}

test("the two commands are what package.json runs", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  expect(shell.slice(0, 2)).toEqual(["npm install && npm start", "npm test"]);
  expect(scripts.start).toBe("advantage train ppo CartPole-v1");
  expect(scripts.test).toBe("vitest run");
  expect(scripts.prepare).toBe("npm run build");
});

test("the library example trains a policy that balances the pole", async () => {
  expect(example.code.trim().split("\n").length).toBeLessThanOrEqual(10);
  const [[, mean], [, side]] = await printed(snippets.write(example));
  expect(mean).toBeGreaterThanOrEqual(475);
  expect(["left", "right"]).toContain(side);
});

test("a trained policy acts in three lines", async () => {
  expect(acting.code.trim().split("\n")).toHaveLength(3);
  const run = ["--run-dir", acting.marks.run, "--total-steps", "2048", "--eval-episodes", "0", "--quiet"];
  expect(await advantage("train", "ppo", "CartPole-v1", ...run)).toMatchObject({ code: 0 });
  const [[action]] = await printed(snippets.write(acting));
  expect([0, 1]).toContain(action);
});

test("the reader's own environment is checked and trained on from the command line", async () => {
  expect(ownEnvironment.code.trim().split("\n").length).toBeLessThanOrEqual(32);
  const file = snippets.write(ownEnvironment);
  const command = shell
    .find((line) => line.includes("./my-env.js"))!
    .split(" ")
    .slice(2);
  const words = command.map((word) => (word === "./my-env.js" ? file : word));
  const { code, out, err } = await advantage(...words, "--json");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const { environment, evaluation } = JSON.parse(out);
  expect(environment).toBe("Catch-v0");
  expect(evaluation.mean).toBe(1); // every ball
});

test("the types of the examples fit", async () => {
  expect(await typeErrors(snippets.folder, [snippets.write(example), snippets.write(acting)])).toBe("");
});
