import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { pages } from "../scripts/generated-files.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** A fenced block of code. ```` ```ts runnable ```` has the language `ts` and the mark `runnable`. */
export interface CodeBlock {
  readonly page: string;
  /** Of its first line of code, counted from 1. */
  readonly line: number;
  readonly language: string;
  /** The words behind the language; `name=value` or alone. */
  readonly marks: Readonly<Record<string, string>>;
  readonly code: string;
}

/** A page of the documentation. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
  /** Targets of its links and pictures. */
  readonly links: readonly string[];
  /** Of its headings, as GitHub makes them. */
  readonly anchors: readonly string[];
}

/** Every page: README.md, CONTRIBUTING.md and docs/. */
export function readPages(): readonly Page[] {
  return pages(root).map((page) => readPage(page));
}

export function readPage(page: string): Page {
  const text = readFileSync(path.join(root, page), "utf8");
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return {
    path: page,
    text,
    blocks: blocksOf(page, text),
    links: [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target),
    anchors: [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\-_ ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  };
}

function blocksOf(page: string, text: string): CodeBlock[] {
  return [...text.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const [, language, marks, code] = match;
    return {
      page,
      line: text.slice(0, match.index).split("\n").length + 1,
      language,
      marks: Object.fromEntries(
        marks
          .split(" ")
          .filter((mark) => mark !== "")
          .map((mark) => [...mark.split("="), ""].slice(0, 2)),
      ),
      code,
    };
  });
}
