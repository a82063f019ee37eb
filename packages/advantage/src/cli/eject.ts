import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { didYouMean } from "@advantage/envs";
import { UserError } from "@advantage/rl";
import { SEE_LIST, UsageError } from "../catalogue.js";
import { createAtomically } from "../files/atomic-file.js";

/** Where the sources of the algorithms are: they come along with the package. */
const SOURCES = fileURLToPath(new URL("../src/algorithms/", import.meta.resolve("@advantage/rl/algorithms")));

/**
 * Copies an algorithm's file out of the package, with its imports from the package's subpaths, and its parts and presets beside it.
 *
 * @param output  where to; default `<id>.ts`
 * @returns the files written
 * @throws UserError if there is no such algorithm, or a file is there already
 */
export function eject(id: string, output = `${id}.ts`): readonly string[] {
  const sources = (fs.readdirSync(SOURCES, { recursive: true }) as string[]).filter((file) => file.endsWith(".ts"));
  const parts = new Set(sources.flatMap((file) => partsOf(file, sources)));
  const algorithms = sources.filter((file) => !parts.has(file) && !file.endsWith(".test.ts"));
  const source = algorithms.find((file) => path.basename(file) === `${id}.ts`);
  if (source === undefined) {
    const ids = algorithms.map((file) => path.basename(file, ".ts"));
    throw new UsageError(`unknown algorithm '${id}'.${didYouMean(id, ids)}${SEE_LIST}`);
  }
  if (!/\.ts$/.test(output)) throw new UsageError(`the file must end in .ts, got ${output}`);
  const own = path.basename(output, ".ts");
  const files = [source, ...partsOf(source, sources)].map((file) => {
    const name = path.basename(file, ".ts").replace(id, own);
    return { name: path.join(path.dirname(output), `${name}.ts`), code: throughSubpaths(read(file), id, own) };
  });
  for (const { name } of files)
    if (fs.existsSync(name)) throw new UserError(`${name} is there already: name another file with --output`);
  for (const { name, code } of files) createAtomically(name, code);
  return files.map(({ name }) => name);
}

/** Files beside an algorithm's that are called by its name and that it imports: its presets, and what it is too long without. */
function partsOf(source: string, sources: readonly string[]): readonly string[] {
  const start = `${source.replace(/\.ts$/, "")}-`;
  const code = read(source);
  return sources.filter((file) => file.startsWith(start) && code.includes(`"./${path.basename(file, ".ts")}.js"`));
}

function read(source: string): string {
  return fs.readFileSync(path.join(SOURCES, source), "utf8");
}

const IMPORT = /^import (type )?\{([^}]*)\} from "([^"]+)";\n/gm;
/** Import of a whole file under one name: its subpath exports what is in it, too. */
const NAMESPACE = /^import \* as (\w+) from "([^"]+)";\n/gm;

/**
 * An algorithm's code with one import for each subpath of the package in the place of those from its rooms.
 *
 * @param id   the algorithm's own, by which the files beside it are called
 * @param own  what they are called now
 */
export function throughSubpaths(code: string, id: string, own: string): string {
  const names = new Map<string, Set<string>>();
  for (const [, type = "", list, from] of code.matchAll(IMPORT)) {
    const to = subpath(from, id, own);
    const known = names.get(to) ?? new Set();
    names.set(to, known);
    for (const name of list.split(",").map((each) => each.trim()))
      if (name !== "") known.add(type === "" ? name : `type ${name}`);
  }
  const statements = [...names].sort(([a], [b]) => compare(a, b)).map(([from, known]) => importOf(from, [...known]));
  let first = true;
  return code
    .replace(IMPORT, () => {
      const whole = first ? statements.join("") : "";
      first = false;
      return whole;
    })
    .replace(NAMESPACE, (_, name, from) => `import * as ${name} from "${subpath(from, id, own)}";\n`);
}

function subpath(from: string, id: string, own: string): string {
  const room = /^(?:\.\.\/)+([\w-]+)\//.exec(from)?.[1];
  if (room !== undefined) return `advantage/${room}`;
  if (from.startsWith("@advantage/")) return from.replace("@advantage/", "advantage/");
  // The files of one algorithm name each other, whichever way.
  return from === `./${id}.js` || from.startsWith(`./${id}-`) ? from.replace(`./${id}`, `./${own}`) : from;
}

/** Formatted as the rest of the file is: on one line if it fits there. */
function importOf(from: string, names: readonly string[]): string {
  const plain = (name: string) => name.replace(/^type /, "");
  // A name that is imported both ways is a value, too.
  const needed = names.filter((name) => !name.startsWith("type ") || !names.includes(plain(name)));
  const sorted = needed.sort((a, b) => compare(plain(a), plain(b)));
  const types = sorted.every((name) => name.startsWith("type "));
  const list = types ? sorted.map(plain) : sorted;
  const start = types ? "import type {" : "import {";
  const line = `${start} ${list.join(", ")} } from "${from}";\n`;
  return line.length <= 121 ? line : `${start}\n${list.map((name) => `  ${name},\n`).join("")}} from "${from}";\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
