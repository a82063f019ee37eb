import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { apiReference } from "./api-reference.mjs";
import { algorithmPage, environmentPage, filled } from "./docs-tables.mjs";
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
 * What the files of the documentation that are generated, wholly or in part, should hold, by their path from the root. What has no
 * page or no section yet gets one to be filled in by hand.
 *
 * @param {string} root
 * @param {import("./docs-tables.mjs").Library} library
 * @returns {Map<string, string>}
 */
export function generatedFiles(root, library) {
  const learning = recordedLearning(root);
  const texts = new Map(pages(root).map((page) => [page, readFileSync(path.join(root, page), "utf8")]));
  for (const algorithm of library.algorithms) {
    const page = algorithmPage(algorithm);
    if (!texts.has(page)) texts.set(page, newAlgorithmPage(algorithm, learning));
  }
  for (const environment of library.environments) {
    const page = environmentPage(environment);
    const text = texts.get(page) ?? newEnvironmentPage(environment);
    const section = `<!-- generated: environment ${environment.id} -->`;
    texts.set(
      page,
      text.includes(section)
        ? text
        : `${text}\n## ${environment.id}\n\n${environment.summary}\n\n${section}\n<!-- end -->\n`,
    );
  }
  for (const [page, text] of apiReference(root, library)) texts.set(page, text);
  const files = new Map([...texts].map(([page, text]) => [page, filled(text, page, library, learning)]));
  for (const each of learning) files.set(`docs/assets/learning/${each.name}.svg`, learningCurve(each));
  return files;
}

/** @param {string} root @returns {import("./learning-curve.mjs").Learning[]} */
function recordedLearning(root) {
  const results = path.join(root, "bench/learning/results");
  return readdirSync(results)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(path.join(results, name), "utf8")));
}

/** @param {import("@advantage/rl").AnyAlgorithm} algorithm @param {readonly import("./learning-curve.mjs").Learning[]} learning */
function newAlgorithmPage({ id, title, papers, presets }, learning) {
  const part = (/** @type {string} */ kind) => `<!-- generated: ${kind} ${id} -->\n<!-- end -->\n`;
  return [
    `# ${title}\n`,
    part("facts"),
    "## Deviations from the sources\n",
    part("deviations"),
    "## Settings\n",
    part("settings"),
    "## Metrics\n",
    part("metrics"),
    ...(Object.keys(presets).length > 0 ? ["## Presets\n", part("presets")] : []),
    ...(learning.some(({ algorithm }) => algorithm === id) ? ["## Learning curves\n", part("learning")] : []),
    "## Sources\n",
    ...papers.map((paper) => `- ${paper.authors} ${paper.year}, [${paper.title}](${paper.url})`),
    "",
  ].join("\n");
}

/** @param {{ family: string }} environment */
function newEnvironmentPage({ family }) {
  const title = family[0].toUpperCase() + family.slice(1);
  return `# ${title}\n\n<!-- generated: environments ${family} -->\n<!-- end -->\n`;
}
