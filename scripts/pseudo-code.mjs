import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * The pseudo-code that the comments of an algorithm's `train` are, with the lines that do it.
 *
 * A comment is a line of pseudo-code unless it is a sentence: those begin with a capital and end in a full stop. One on a line of its own stands
 * for the code up to the next one, one behind code for its line. Functions of the same file, and of the algorithm's parts beside it (`ppo-loss.ts`),
 * are read where they are called first.
 *
 * @typedef {{
 *   depth: number,
 *   text: string,
 *   file: string,
 *   line: number,
 *   calls: readonly { name: string, file: string }[],
 * }} PseudoCodeLine where it is: the file, from the root of the repository, and its line, counted from 1; `calls` are the functions of the library that are called there, and the files that define them,
 *   from the root of the repository
 */

const ALGORITHMS = "packages/rl/src/algorithms";

/**
 * The file of an algorithm, from the root of the repository.
 *
 * @param {string} root
 * @param {{ id: string, family: string }} algorithm
 */
export function sourceOf(root, { id, family }) {
  const file = `${ALGORITHMS}/${family}/${id}.ts`;
  if (!existsSync(path.join(root, file))) throw new Error(`${file} should be there: an algorithm's file has its name`);
  return file;
}

/**
 * @param {string} root
 * @param {string} file from the root of the repository
 * @returns {PseudoCodeLine[]}
 */
export function pseudoCode(root, file) {
  const part = `${file.replace(/\.ts$/, "")}-`;
  /** @type {Map<string, Source>} */
  const sources = new Map();
  const { lines, functions } = sourceAt(file);
  const train = functions.get("train") ?? propertyOf(lines, "train");
  if (train === undefined) throw new Error(`${file} has no \`train\``);
  const read = new Set(["train"]);
  return rowsOf(file, train);

  /** @param {string} at @returns {Source} */
  function sourceAt(at) {
    const known = sources.get(at) ?? readSource(root, at);
    sources.set(at, known);
    return known;
  }

  /** @param {string} at @param {Extent} extent @returns {PseudoCodeLine[]} */
  function rowsOf(at, { first, last }) {
    const { lines, functions, imported, made } = sourceAt(at);
    /** @type {PseudoCodeLine[]} */
    const rows = [];
    /** @type {{ name: string, file: string }[]} */
    let calls = [];
    let depth = 0;
    let inner = 0;
    for (let i = first; i <= last; i++) {
      const { code, comment, spaces } = parts(lines[i]);
      const alone = code.trim() === "";
      const isRow = comment !== "" && !isSentence(comment);
      if (isRow) {
        if (alone) {
          depth = Math.floor((spaces - 1) / 2);
          inner = depth + 1;
        }
        calls = [];
        rows.push({ depth: alone ? depth : inner, text: comment, file: at, line: i + 1, calls });
        if (LOOP.test(comment)) calls = [];
      }
      if (made.has(nameMade(lines, i)[0])) continue;
      for (const name of namesCalled(code).flatMap((each) => made.get(each) ?? each)) {
        const found = functions.has(name) ? at : imported.get(name);
        const isOwn = found === at || found === file || found?.startsWith(part);
        const own = found && isOwn ? sourceAt(found).functions.get(name) : undefined;
        if (found && name !== "train" && !calls.some((call) => call.name === name)) calls.push({ name, file: found });
        if (!found || !own || read.has(name) || (found === at && own.first >= first && own.last <= last)) continue;
        read.add(name);
        for (const row of under(rowsOf(found, own), inner)) rows.push(row);
      }
      // What a comment behind code says is said of that line alone.
      if (isRow && !alone) calls = [];
    }
    return rows;
  }
}

/**
 * What a file holds, and what it has of others.
 *
 * @typedef {{
 *   lines: readonly string[],
 *   functions: ReturnType<typeof functionsOf>,
 *   imported: ReturnType<typeof importsOf>,
 *   made: ReturnType<typeof madeBefore>,
 * }} Source
 */

/** @param {string} root @param {string} file @returns {Source} */
function readSource(root, file) {
  const text = readFileSync(path.join(root, file), "utf8");
  const lines = text.split("\n");
  const functions = functionsOf(lines);
  const imported = importsOf(root, file, text);
  return { lines, functions, imported, made: madeBefore(lines, (name) => functions.has(name) || imported.has(name)) };
}

/** A function's rows where it is called. @param {readonly PseudoCodeLine[]} rows @param {number} depth @returns {PseudoCodeLine[]} */
function under(rows, depth) {
  const least = rows.reduce((depth, row) => Math.min(depth, row.depth), Infinity);
  return rows.map((row) => ({ ...row, depth: row.depth - least + depth }));
}

/** Rows that only say how often the next ones are done: what is called under them belongs to those. */
const LOOP = /^(?:for|repeat|loop)\b[^:]*:?$/i;

/**
 * Functions that are made before they are used, `const gradientOf = valueAndGrad(loss)`, each with the known ones that it is made of.
 *
 * @param {readonly string[]} lines
 * @param {(name: string) => boolean} isKnown
 */
function madeBefore(lines, isKnown) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  const text = lines.join("\n");
  for (const line of lines.keys()) {
    const [name, made] = nameMade(lines, line);
    if (name === "") continue;
    if (!new RegExp(`(?<![.\\w])${name}\\(|= valueAndGrad\\(${name}\\)`).test(text)) continue;
    const parts = [...made.matchAll(/(?<![.\w])[a-z]\w*(?!\w|:)/g)].map(([part]) => part);
    const of = parts.flatMap((part) => found.get(part) ?? (isKnown(part) ? [part] : []));
    if (of.length > 0) found.set(name, [...new Set([...(found.get(name) ?? []), ...of])]);
  }
  return found;
}

/** What a line makes, and of what. @param {readonly string[]} lines @param {number} line @returns {[name: string, made: string]} */
function nameMade(lines, line) {
  const [, name = "", made = ""] = /^\s+const (\w+) =(.*)$/.exec(parts(lines[line]).code) ?? [];
  return [name, made === "" ? (lines[line + 1] ?? "") : made];
}

/** @typedef {{ first: number, last: number }} Extent lines, counted from 0 */

/** The functions that stand at the top of a file. @param {readonly string[]} lines */
export function functionsOf(lines) {
  /** @type {Map<string, Extent>} */
  const found = new Map();
  for (const [first, line] of lines.entries()) {
    const [, name] =
      /^(?:export )?(?:async )?(?:function\*? |const )(\w+)(?= ?(?:<.*>)?\(| = (?:async )?(?:function|\(.*=>))/.exec(
        line,
      ) ?? [];
    if (name !== undefined) found.set(name, { first, last: endOf(lines, first, "") });
  }
  return found;
}

/** A property of the algorithm itself. @param {readonly string[]} lines @param {string} name @returns {Extent | undefined} */
function propertyOf(lines, name) {
  const first = lines.findIndex((line) => new RegExp(`^ {2,4}(?:async )?\\*?${name}[:(]`).test(line));
  return first === -1 ? undefined : { first, last: endOf(lines, first, / */.exec(lines[first])?.[0] ?? "") };
}

/** @param {readonly string[]} lines @param {number} first @param {string} indent */
function endOf(lines, first, indent) {
  for (let i = first; i < lines.length; i++) {
    if (i > first && new RegExp(`^${indent}[})][,;]?$`).test(lines[i])) return i;
    if (!new RegExp(`^${indent}(?: |[})\\]]|$)`).test(lines[i + 1] ?? "")) return i;
  }
  return lines.length - 1;
}

/** Names that come from the library, with the files that define them. @param {string} root @param {string} file @param {string} text */
export function importsOf(root, file, text) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const [, names, from] of text.matchAll(/^import \{([^}]*)\} from "(\.[^"]*)";/gm)) {
    const source = path.posix.join(path.posix.dirname(file), from.replace(/\.js$/, ".ts"));
    // What the core offers is how to be an algorithm, not the algorithm.
    if (source.includes("/core/")) continue;
    for (const name of names.split(",").map((each) => each.trim())) {
      const defined = /^[a-z]\w*$/.test(name) ? definedIn(root, source, name) : undefined;
      if (defined) found.set(name, defined);
    }
  }
  return found;
}

/** The file that defines what a module exports: itself, or one that it passes on. @param {string} root @param {string} file @param {string} name @returns {string | undefined} */
export function definedIn(root, file, name) {
  const text = readFileSync(path.join(root, file), "utf8");
  if (new RegExp(`^export (?:async )?(?:function\\*?|const|class) ${name}\\b`, "m").test(text)) return file;
  for (const [, from] of text.matchAll(/^export [^;]*? from "(\.[^"]*)";/gm)) {
    const found = definedIn(root, path.posix.join(path.posix.dirname(file), from.replace(/\.js$/, ".ts")), name);
    if (found) return found;
  }
  return undefined;
}

/** A line's code, and its comment with the spaces in front of it. @param {string} line */
function parts(line) {
  const match = /(?<=^|[\s;,{(])\/\/( *)(.*)$/.exec(line);
  if (!match) return { code: line, comment: "", spaces: 0 };
  return { code: line.slice(0, match.index), comment: match[2], spaces: match[1].length };
}

/** @param {string} comment */
function isSentence(comment) {
  return /^[A-Z].*\.$/.test(comment) || /^biome-ignore/.test(comment);
}

/** Functions called in a piece of code, not methods. @param {string} code */
function namesCalled(code) {
  return [...code.matchAll(/(?<![.\w])([a-z]\w*)(?=\()/g)].map(([, name]) => name);
}

/** Functions used in a piece of code, called or handed on. @param {string} code */
export function namesUsed(code) {
  const plain = code.replace(/\/\/.*$|\/\*[\s\S]*?\*\/|"[^"]*"/gm, "");
  return new Set([...plain.matchAll(/(?<![.\w])([a-z]\w*)\b(?!:)/g)].map(([, name]) => name));
}
