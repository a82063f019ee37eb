import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { main } from "../packages/advantage/src/node.js";
import { publicEntries, saidElsewhere } from "../scripts/api-reference.mjs";
import { generatedFiles } from "../scripts/generated-files.mjs";
import * as library from "../scripts/library.mjs";
import { pseudoCode, sourceOf } from "../scripts/pseudo-code.mjs";
import { walk } from "../scripts/walk.mjs";
import { readPages, root } from "./markdown.js";
import { snippetFolder, typeErrors } from "./snippets.js";

const pages = readPages();
const snippets = snippetFolder("docs");
afterAll(() => snippets.remove());

describe("what is generated is in step with the code: `npm run docs` brings it up to date", () => {
  test.each([...generatedFiles(root, library)])("%s", (file, content) => {
    expect(existsSync(path.join(root, file))).toBe(true);
    expect(readFileSync(path.join(root, file), "utf8")).toBe(content);
  });

  test("every algorithm has a page with its facts, deviations, settings and metrics", () => {
    for (const { id } of library.algorithms) {
      const page = pages.find((each) => each.path === `docs/algorithms/${id}.md`);
      for (const part of ["facts", "deviations", "settings", "metrics"])
        expect(page?.text, `docs/algorithms/${id}.md`).toContain(`<!-- generated: ${part} ${id} -->`);
    }
  });

  test("every page shows a run or a result: a learning curve, or a picture that there is", () => {
    for (const { id } of library.algorithms) {
      const text = pages.find((each) => each.path === `docs/algorithms/${id}.md`)?.text ?? "";
      const shown = text.match(/assets\/[\w/-]+\.svg/g) ?? [];
      expect(shown.length, `docs/algorithms/${id}.md: see scripts/pictures.mjs`).toBeGreaterThan(0);
      for (const picture of shown) expect(existsSync(path.join(root, "docs", picture)), picture).toBe(true);
    }
  });

  test("every environment has its facts on a page", () => {
    const text = pages.map((page) => page.text).join("\n");
    for (const { id } of library.environments) expect(text).toContain(`<!-- generated: environment ${id} -->`);
  });
});

describe("links", () => {
  test.each(pages.map((page) => [page.path, page] as const))("%s", (_, page) => {
    const broken = page.links.filter((link) => {
      if (/^(?:https?|mailto):/.test(link)) return false;
      const [file, anchor] = link.split("#");
      const target = file === "" ? page.path : path.posix.join(path.posix.dirname(page.path), file);
      if (!existsSync(path.join(root, target))) return true;
      // A line of a source file: the test of what is generated sees to the number.
      if (target.endsWith(".ts")) return anchor !== undefined && !/^L\d+$/.test(anchor);
      return anchor !== undefined && !pages.find((other) => other.path === target)?.anchors.includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("every page of docs/ is linked from another one", () => {
    const linked = new Set(
      pages.flatMap((page) =>
        page.links.map((link) => path.posix.join(path.posix.dirname(page.path), link.split("#")[0])),
      ),
    );
    expect(pages.map((page) => page.path).filter((page) => page !== "README.md" && !linked.has(page))).toEqual([]);
  });
});

describe("runnable examples", () => {
  const examples = pages
    .filter((page) => page.path.startsWith("docs/"))
    .flatMap((page) => page.blocks)
    .filter((block) => "runnable" in block.marks)
    .map((block) => ({ name: `${block.page}:${block.line}`, file: snippets.write(block) }));

  test("their types fit", async () => {
    expect(examples.length).toBeGreaterThan(5);
    const files = examples.map(({ file }) => file).filter((file) => file.endsWith(".ts"));
    expect(await typeErrors(snippets.folder, files)).toBe("");
  });

  test.each(examples)("$name", async ({ file }) => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const assert = vi.spyOn(console, "assert").mockImplementation((condition) => expect(condition).toBe(true));
    try {
      await import(file);
      expect(log.mock.calls.length + assert.mock.calls.length).toBeGreaterThan(0);
      for (const argument of log.mock.calls.flat()) expect(argument).not.toBeUndefined();
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe("commands", () => {
  const commands = [
    ...new Set(
      pages
        .flatMap((page) => page.blocks)
        .filter((block) => block.language === "sh")
        .flatMap((block) => block.code.split("\n"))
        .filter((line) => line.startsWith("npx advantage ")),
    ),
  ];

  // Parsed and checked, but not carried out: `--help` at the end stops before that.
  test.each(commands)("%s", async (command) => {
    // A file of the reader's own that is PPO at first.
    const words = command.replace("train ./my-ppo.ts", "train ppo").split(" ").slice(2);
    const subcommand = words[0] === "train" ? words.slice(0, 2) : words.slice(0, 1);
    let help = "";
    const terminal = {
      out: (text: string) => {
        help += text;
      },
      err: () => {},
      isTTY: false,
      colours: false,
      columns: 100,
      rows: 40,
      animates: false,
      onInterrupt: () => () => {},
      exit: () => {},
    };
    expect(await main([...subcommand, "--help"], { terminal })).toBe(0);
    for (const flag of words.filter((word) => word.startsWith("--")))
      expect(help.replaceAll("--[no-]", "--")).toContain(flag.replace("--no-", "--"));
    if (words[0] === "train" && !words[2].startsWith(".")) expect(library.findEnvironment(words[2]).id).toBe(words[2]);
  });
});

describe("the API reference", () => {
  const entries = publicEntries(root);

  test.each(entries.map((entry) => [entry.specifier, entry] as const))(
    "%s: everything that can be imported is on its page",
    async (specifier, { page, declarations, about }) => {
      expect(about).not.toBe("");
      const text = pages.find((each) => each.path === page)?.text;
      const kinds = new Map(declarations.map(({ name, kind }) => [name, kind]));
      const offered = Object.entries(await import(specifier)).flatMap(([name, value]) =>
        kinds.get(name) === "namespace" ? Object.keys(value as object).map((each) => `${name}.${each}`) : [name],
      );
      expect(offered.filter((name) => !text?.includes(`### ${kinds.get(name)} \`${name}\``))).toEqual([]);
    },
  );

  test("every public name has a docstring, or is a value that describes itself", () => {
    const silent = entries.flatMap(({ declarations }) =>
      declarations.filter((each) => each.doc === "" && each.kind !== "namespace" && !saidElsewhere(each, library)),
    );
    expect([...new Set(silent.map(({ kind, name }) => `${kind} ${name}`))]).toEqual([]);
  });

  test("no page of an entry that is gone", () => {
    const there = pages.map((page) => page.path).filter((page) => page.startsWith("docs/api/"));
    expect(there).toEqual(entries.map(({ page }) => page).sort());
  });
});

describe("pseudo-code, and where it is", () => {
  const sources = sourcesOf("packages").map((file) => ({
    name: path.basename(file),
    text: readFileSync(file, "utf8"),
  }));
  const sections = library.algorithms.map((algorithm) => {
    const text = pages.find((page) => page.path === `docs/algorithms/${algorithm.id}.md`)?.text ?? "";
    return { algorithm, section: /^## Pseudo-code, and where it is\n([\s\S]*?)^## /m.exec(text)?.[1] ?? "" };
  });

  test.each(sections.map(({ algorithm, section }) => [algorithm.id, { algorithm, section }] as const))(
    "%s: made of the comments of `train`, or every function is in the file that its row names",
    (id, { algorithm, section }) => {
      if (section.includes(`<!-- generated: pseudo-code ${id} -->`)) return;
      const own = readFileSync(path.join(root, sourceOf(root, algorithm)), "utf8");
      const rows = section.split("\n").filter((row) => row.startsWith("|"));
      expect(rows.length).toBeGreaterThan(3);
      const missing = rows.flatMap((row) => {
        const files = [...row.matchAll(/`([\w-]+\.ts)`/g)].flatMap(([, file]) =>
          sources.filter(({ name }) => name === file).map(({ text }) => text),
        );
        return [...row.matchAll(/`(?:\w+\.)?(\w+)\(\)`/g)]
          .map(([, name]) => name)
          .filter((name) => ![own, ...files].some((source) => new RegExp(`\\b${name}\\b`).test(source)));
      });
      expect(missing).toEqual([]);
    },
  );

  test("functions that the rest of the pages names exist", () => {
    const all = sources.map(({ text }) => text).join("\n");
    const missing = pages
      .filter((page) => page.path.startsWith("docs/algorithms/"))
      .flatMap((page) => [...page.text.matchAll(/`(\w+)\(\)`/g)].map(([, name]) => name))
      .filter((name) => !new RegExp(`\\b(?:function\\*? ${name}\\b|\\*${name}\\(|const ${name}\\b)`).test(all));
    expect(missing).toEqual([]);
  });

  test("a comment or a function that vanishes changes the page", () => {
    const file = "packages/rl/src/algorithms/policy-gradient/ppo.ts";
    const rows = pseudoCode(root, file);
    expect(rows.map(({ depth, text }) => [depth, text])).toContainEqual([1, "run π_old in N environments for T steps"]);
    const source = readFileSync(path.join(root, file), "utf8").split("\n");
    for (const { text, line, calls } of rows) {
      expect(source[line - 1]).toMatch(/\/\/ +/);
      expect(source[line - 1]).toContain(text);
      for (const call of calls)
        expect(readFileSync(path.join(root, call.file), "utf8")).toMatch(
          new RegExp(`\\b(?:function\\*?|const) ${call.name}\\b`),
        );
    }
    const update = rows.find(({ text }) => text.includes("one step of Adam"));
    expect(update?.calls).toContainEqual({ name: "optimise", file: "packages/rl/src/networks/trained.ts" });
  });
});

test.each([
  ["ppo", 9],
  ["trpo", 12],
  ["a2c", 8],
])("one update of %s is followed in at most %d files", (id, most) => {
  const { direct, further } = walk(root, sourceOf(root, { id, family: "policy-gradient" }));
  expect(direct.size).toBeLessThanOrEqual(most);
  // The walk is a real one: it meets the step of the optimiser and the collection of experience.
  expect(direct.get("packages/rl/src/networks/trained.ts")).toContain("optimise");
  expect(further.get("packages/rl/src/data/rollout.ts")).toContain("collect");
});

function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true })
    .map((name) => path.join(root, folder, String(name)))
    .filter((file) => /[\\/]src[\\/].*(?<!\.test)\.ts$/.test(file));
}
