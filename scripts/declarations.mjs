import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * What a module of the workspace offers, read from the declarations that the compiler made of it.
 *
 * @typedef {{ name: string, kind: "function" | "class" | "interface" | "type" | "const" | "namespace", doc: string, text: string }} Declaration
 *   `doc` is the docstring without its stars, "" where there is none; `text` the declaration as the compiler wrote it, without `export declare`;
 *   overloads are one declaration. Names of a namespace are `ops.add`.
 */

const START =
  /^(?:export )?(?:declare )?(?:abstract )?(function\*?|class|interface|type|const|let|enum|namespace) ([\w$]+)/;

/**
 * @param {string} root
 * @param {string} file a `.d.ts` file, absolute
 * @returns {Declaration[]} in the order in which they are exported
 */
export function declarationsOf(root, file) {
  const text = readFileSync(file, "utf8");
  const own = ownDeclarations(text);
  const imports = new Map();
  for (const [, names, from] of text.matchAll(/^import (?:type )?\{([^}]*)\} from "([^"]*)";/gm))
    for (const { name, as } of listed(names)) imports.set(as, { name, from });
  /** @type {Map<string, Declaration>} */
  const found = new Map();
  for (const { exported, declaration } of own) if (exported) found.set(declaration.name, declaration);
  for (const match of text.matchAll(/^export (?:type )?(?:\*(?: as (\w+))?|\{([^}]*)\})(?: from "([^"]*)")?;/gm)) {
    const [, namespace, names, from] = match;
    const offered = from === undefined ? [] : declarationsOf(root, moduleFile(root, file, from));
    if (namespace !== undefined) {
      const doc = moduleDoc(readFileSync(moduleFile(root, file, from), "utf8"));
      found.set(namespace, { name: namespace, kind: "namespace", doc, text: "" });
      for (const each of offered)
        found.set(`${namespace}.${each.name}`, { ...each, name: `${namespace}.${each.name}` });
    } else if (names === undefined) for (const each of offered) found.set(each.name, each);
    else
      for (const { name, as } of listed(names)) {
        const { name: original, from: source } =
          from === undefined ? (imports.get(name) ?? { name, from }) : { name, from };
        const declarations =
          source === undefined
            ? own.map(({ declaration }) => declaration)
            : source === from
              ? offered
              : declarationsOf(root, moduleFile(root, file, source));
        const declaration = declarations.find((each) => each.name === original);
        if (!declaration) throw new Error(`${file} exports '${name}', whose declaration is not found`);
        found.set(as, { ...declaration, name: as });
      }
  }
  return [...found.values()];
}

/** The comment that a module begins with. @param {string} text */
export function moduleDoc(text) {
  const match = /^\/\*\*([\s\S]*?)\*\/\n(?=export (?:type )?(?:\*|\{)|import )/.exec(text);
  return match ? plain(match[1]) : "";
}

/** The declarations at the top of a file, exported there or not. @param {string} text */
function ownDeclarations(text) {
  const lines = text.split("\n");
  /** @type {{ exported: boolean, declaration: Declaration }[]} */
  const found = [];
  for (let i = 0, doc = ""; i < lines.length; i++) {
    if (lines[i].startsWith("/**")) {
      const first = i;
      while (!lines[i].includes("*/")) i++;
      doc = plain(
        lines
          .slice(first, i + 1)
          .join("\n")
          .replace(/^\/\*\*|\*\/.*$/g, ""),
      );
      continue;
    }
    const [, keyword, name] = START.exec(lines[i]) ?? [];
    if (name === undefined) {
      if (lines[i].trim() !== "") doc = "";
      continue;
    }
    const first = i;
    // A declaration ends where its line does at the depth of the file.
    while (i + 1 < lines.length && /^(?:[ })\]|&]|$)/.test(lines[i + 1]) && lines[i + 1] !== "") i++;
    const body = lines
      .slice(first, i + 1)
      .join("\n")
      .replace(/^(?:export )?(?:declare )?/, "");
    const before = found.at(-1);
    const kind = /** @type {Declaration["kind"]} */ (keyword.replace("*", "").replace("let", "const"));
    if (before?.declaration.name === name && before.declaration.kind === kind)
      before.declaration = {
        ...before.declaration,
        doc: before.declaration.doc || doc,
        text: `${before.declaration.text}\n${body}`,
      };
    else found.push({ exported: lines[first].startsWith("export "), declaration: { name, kind, doc, text: body } });
    doc = "";
  }
  return found;
}

/** A docstring without its stars. @param {string} comment */
function plain(comment) {
  return comment
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, "").trimEnd())
    .join("\n")
    .trim();
}

/** @param {string} names as between braces: `a, type B, c as d` */
function listed(names) {
  return names
    .split(",")
    .map((each) => each.trim().replace(/^type /, ""))
    .filter((each) => each !== "")
    .map((each) => {
      const [name, as = name] = each.split(" as ");
      return { name, as };
    });
}

/** The declarations that a module specifier means. @param {string} root @param {string} file @param {string} specifier */
function moduleFile(root, file, specifier) {
  if (specifier.startsWith(".")) return path.join(path.dirname(file), specifier.replace(/\.js$/, ".d.ts"));
  const [, name, subpath] = /^@advantage\/(\w+)(?:\/(.+))?$/.exec(specifier) ?? [];
  if (name === undefined) throw new Error(`${file} exports from '${specifier}', which is not of this workspace`);
  return declarationFile(path.join(root, "packages", name), subpath ? `./${subpath}` : ".");
}

/** Where the declarations of an entry of a package are. @param {string} folder @param {string} entry "." or "./maths" */
export function declarationFile(folder, entry) {
  const { exports } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = path.join(folder, exports[entry].types);
  if (!existsSync(file)) throw new Error(`${file} is missing: npm run build`);
  return file;
}
