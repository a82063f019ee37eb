import { readFileSync } from "node:fs";
import path from "node:path";
import { declarationFile, declarationsOf, moduleDoc } from "./declarations.mjs";

/**
 * The pages of `docs/api`: one for each entry of the package `advantage`, with the name, docstring and declaration of all that it offers.
 *
 * @typedef {import("./declarations.mjs").Declaration} Declaration
 * @typedef {Pick<typeof import("./library.mjs"), "algorithms" | "core">} Values
 */

const PACKAGE = "packages/advantage";

/** What the parts of a page are called, and which kinds of declarations they have. @type {readonly (readonly [string, readonly Declaration["kind"][]])[]} */
const PARTS = [
  ["Functions", ["function"]],
  ["Classes", ["class"]],
  ["Values", ["const"]],
  ["Types", ["interface", "type"]],
];

/**
 * The entries of the package, with what each offers.
 *
 * @param {string} root
 * @returns {{ specifier: string, page: string, about: string, declarations: readonly Declaration[] }[]}
 */
export function publicEntries(root) {
  const folder = path.join(root, PACKAGE);
  const { exports } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  return Object.keys(exports).map((entry) => {
    const file = declarationFile(folder, entry);
    const name = entry === "." ? "advantage" : entry.slice(2);
    return {
      specifier: entry === "." ? "advantage" : `advantage/${name}`,
      page: `docs/api/${name}.md`,
      about: moduleDoc(readFileSync(file, "utf8")),
      declarations: declarationsOf(root, file),
    };
  });
}

/**
 * @param {string} root
 * @param {Values} values
 * @returns {Map<string, string>} pages by their path from the root
 */
export function apiReference(root, values) {
  return new Map(publicEntries(root).map((entry) => [entry.page, pageOf(entry, values)]));
}

/** @param {ReturnType<typeof publicEntries>[number]} entry @param {Values} values */
function pageOf({ specifier, about, declarations }, values) {
  const spaces = declarations.filter(({ kind }) => kind === "namespace");
  const parts = PARTS.map(([title, kinds]) => ({
    title,
    members: declarations.filter(({ kind }) => kinds.includes(kind)),
  })).filter(({ members }) => members.length > 0);
  return [
    `# ${specifier}`,
    "Made of the declarations and their docstrings by `npm run docs`. [All entries](../README.md#api-reference)",
    asMarkdown(about),
    ...spaces.map(({ name, doc }) => asMarkdown(`\`${name}\`: ${doc || `the names that begin with \`${name}.\``}`)),
    ...parts.map(
      ({ title, members }) =>
        `**${title}**: ${members.map((each) => `[\`${each.name}\`](#${anchorOf(each)})`).join(", ")}`,
    ),
    ...parts.flatMap(({ title, members }) => [`## ${title}`, ...members.map((each) => section(each, values))]),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

/** @param {Declaration} declaration @param {Values} values */
function section(declaration, values) {
  const said = saidElsewhere(declaration, values);
  const { kind, name, doc, text } = declaration;
  return [
    `### ${kind} \`${name}\``,
    ...(said !== undefined ? [said] : doc === "" ? [] : [asMarkdown(doc)]),
    ...(said !== undefined ? [] : [`\`\`\`ts\n${signature(text)}\n\`\`\``]),
  ].join("\n\n");
}

/**
 * What is said of algorithms, their settings, publications and ready fields, which are values that describe themselves.
 *
 * @param {Declaration} declaration
 * @param {Values} values
 */
export function saidElsewhere({ name, kind }, { algorithms, core }) {
  const named = (/** @type {string} */ id) => id.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const algorithm = algorithms.find(
    ({ id }) => named(id) === name || (kind === "type" && `${named(id)}Config`.toLowerCase() === name.toLowerCase()),
  );
  if (algorithm && kind === "const") return `${algorithm.summary} [Its page](../algorithms/${algorithm.id}.md)`;
  if (algorithm && kind === "type")
    return `Settings of \`${named(algorithm.id)}\`: [all of them](../algorithms/${algorithm.id}.md#settings)`;
  const value = kind === "const" ? /** @type {any} */ (core)[name] : undefined;
  if (typeof value?.url === "string") return `${value.authors} (${value.year}), [${value.title}](${value.url})`;
  if (typeof value?.help === "string") return `Ready setting${value.symbol ? ` ${value.symbol}` : ""}: ${value.help}.`;
  return undefined;
}

/** The declaration as one would write it. @param {string} text */
function signature(text) {
  return text
    .split("\n")
    .filter((line) => !/^ +(?:#private|private .*);$/.test(line))
    .map((line) => line.replace(/^(?: {4})+/, (indent) => " ".repeat(indent.length / 2)))
    .join("\n")
    .replace(/^function\* ?/gm, "function ");
}

/** @param {Declaration} declaration */
function anchorOf({ kind, name }) {
  return `${kind}-${name.toLowerCase().replace(/[^\w]/g, "")}`;
}

/**
 * A docstring as Markdown: what is indented by four stays as it is, formulas; tags are a list.
 *
 * @param {string} doc
 */
function asMarkdown(doc) {
  /** @type {string[]} */
  const lines = [];
  let inTags = false;
  for (const line of doc.split("\n")) {
    const [, tag, rest] = /^@(\w+) ?(.*)$/.exec(line) ?? [];
    if (tag !== undefined) {
      if (!inTags && lines.at(-1) !== "") lines.push("");
      inTags = true;
      const [, name, what] = /^(\S+)\s*(.*)$/.exec(rest) ?? ["", "", ""];
      lines.push(tag === "param" ? `- \`${name}\`: ${prose(what)}` : `- ${tag}: ${prose(rest)}`);
    } else if (inTags) lines.push(line === "" ? "" : `  ${prose(line.trim())}`);
    else lines.push(line.startsWith("    ") ? line : prose(line));
  }
  return lines.join("\n");
}

/** Plain text as Markdown: V* and a ~ π are no emphasis, [0, 1] no link. Backquotes keep their meaning. @param {string} text */
export function prose(text) {
  return text.replace(/`[^`]*`|[*~<]|\](?=\()/g, (found) => (found[0] === "`" ? found : `\\${found}`));
}
