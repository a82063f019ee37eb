import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { filled } from "./docs-tables.mjs";
import { learningCurve } from "./learning-curve.mjs";

/**
 * Every page of the documentation, from the root of the repository.
 *
 * @param {string} root
 * @returns {string[]}
 */
export function pages(root) {
  const docs = readdirSync(path.join(root, "docs"), { recursive: true }).map((name) =>
    `docs/${name}`.replaceAll("\\", "/"),
  );
  return ["README.md", "CONTRIBUTING.md", ...docs.filter((name) => name.endsWith(".md")).sort()];
}

/**
 * What the files of the documentation that are generated, wholly or in part, should hold, by their path from the root.
 *
 * @param {string} root
 * @param {import("./docs-tables.mjs").Library} library
 * @returns {Map<string, string>}
 */
export function generatedFiles(root, library) {
  const results = path.join(root, "bench/learning/results");
  const learning = readdirSync(results)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map(
      (name) =>
        /** @type {import("./learning-curve.mjs").Learning} */ (
          JSON.parse(readFileSync(path.join(results, name), "utf8"))
        ),
    );
  return new Map([
    ...pages(root).map(
      (page) =>
        /** @type {const} */ ([page, filled(readFileSync(path.join(root, page), "utf8"), page, library, learning)]),
    ),
    ...learning.map((each) => /** @type {const} */ ([`docs/assets/learning/${each.name}.svg`, learningCurve(each)])),
  ]);
}
