import { readFileSync } from "node:fs";
import path from "node:path";
import { functionsOf, importsOf, namesUsed } from "./pseudo-code.mjs";

/**
 * The files through which one update of an algorithm goes, from the real calls and imports: what its own file calls, and what the pieces of its
 * family call in turn. Networks, data and maths are met, not entered: their functions say what they do. The core is how to be an algorithm.
 *
 * @param {string} root
 * @param {string} file the algorithm's, from the root of the repository
 * @returns {{ direct: Map<string, Set<string>>, further: Map<string, Set<string>> }} the functions that are met, by file, in the order met;
 *   `further` has the files that only pieces of the family lead to
 */
export function walk(root, file) {
  const direct = met((each) => each === file);
  const whole = met((each) => each === file || each.includes("/families/"));
  return { direct, further: new Map([...whole].filter(([each]) => !direct.has(each))) };

  /** @param {(file: string) => boolean} isEntered @returns {Map<string, Set<string>>} */
  function met(isEntered) {
    /** @type {Map<string, Set<string>>} */
    const functions = new Map();
    follow(file, "train");
    return functions;

    /** @param {string} file @param {string} name */
    function follow(file, name) {
      const known = functions.get(file) ?? new Set();
      functions.set(file, known);
      if (known.has(name)) return;
      known.add(name);
      if (!isEntered(file)) return;
      const text = readFileSync(path.join(root, file), "utf8");
      const lines = text.split("\n");
      const own = functionsOf(lines);
      const imported = importsOf(root, file, text);
      const extent = own.get(name);
      if (extent === undefined) return;
      for (const used of namesUsed(lines.slice(extent.first + 1, extent.last + 1).join("\n"))) {
        const from = own.has(used) ? file : imported.get(used);
        if (from !== undefined) follow(from, used);
      }
    }
  }
}
