/**
 * Writes the help of every setting into the declarations that the compiler made, so that an editor shows it: a schema is the one source of
 * its settings' types and of their help, and the compiler carries only the types over. Comments go in front of the line's own text, so that
 * declaration maps stay right.
 *
 *     node scripts/document-settings.mjs [root of the repository]
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The settings of a schema in a declaration, one a line. */
const SETTINGS = /(?<=\bSchema<\{\n)[^{}]*?(?=\n\}>)/g;
const SETTING = /^( +)(?:\/\*\* .* \*\/ )?(readonly (\w+)\??:.*)$/gm;

const root = path.resolve(process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url)));
for (const name of ["envs", "rl"]) await documentPackage(path.join(root, "packages", name, "dist"));

/** @param {string} dist */
async function documentPackage(dist) {
  for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts") || /\.test\.d\.ts$/.test(name)) continue;
    const file = path.join(dist, name);
    const text = readFileSync(file, "utf8");
    if (text.search(SETTINGS) === -1) continue;
    const fields = fieldsOf(await import(pathToFileURL(file.replace(/\.d\.ts$/, ".js")).href));
    const documented = text.replace(SETTINGS, (settings) =>
      settings.replace(SETTING, (line, indent, declaration, setting) =>
        fields.has(setting) ? `${indent}/** ${fields.get(setting)} */ ${declaration}` : line,
      ),
    );
    if (documented !== text) writeFileSync(file, documented);
  }
}

/**
 * What is said of the settings of a module's schemas, exported as they are or as part of an algorithm.
 *
 * @param {Readonly<Record<string, unknown>>} module
 */
function fieldsOf(module) {
  /** @type {Map<string, string>} */
  const said = new Map();
  for (const exported of Object.values(module)) {
    const { fields, config, options } = /** @type {any} */ (exported) ?? {};
    for (const field of Object.values(fields ?? config?.fields ?? options?.fields ?? {}))
      if (typeof field?.help === "string") said.set(field.name, sayOf(field));
  }
  return said;
}

/** @param {{ help: string, symbol?: string, optional: boolean, default: unknown, range: string }} field */
function sayOf({ help, symbol, optional, default: value, range }) {
  const facts = [range, optional ? "absent by default" : `default ${JSON.stringify(value)}`];
  return `${symbol === undefined ? "" : `${symbol}: `}${help} (${facts.join("; ")})`.replaceAll("*/", "* /");
}
