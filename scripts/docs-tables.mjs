import path from "node:path";
import { fileURLToPath } from "node:url";
import { prose, publicEntries } from "./api-reference.mjs";
import { pictures } from "./pictures.mjs";
import { pseudoCode, sourceOf } from "./pseudo-code.mjs";
import { walk } from "./walk.mjs";

/**
 * The parts of the documentation that come from the code: between `<!-- generated: KIND NAME -->` and `<!-- end -->`. Links
 * are written from the root of the repository here, and come out relative to the page.
 *
 * @typedef {Pick<typeof import("./library.mjs"),
 *   "algorithms" | "core" | "environments" | "describeSpace" | "metricNames" | "needText" | "settingText">} Library
 * @typedef {import("./learning-curve.mjs").Learning} Learning
 */

const BLOCK = /<!-- generated: ([\w-]+)(?: ([^>]*?))? -->\n[\s\S]*?<!-- end -->/g;

/**
 * The text with its generated parts filled in anew.
 *
 * @param {string} markdown
 * @param {string} page its path from the root of the repository
 * @param {Library} library
 * @param {readonly Learning[]} learning what `bench/learning` has recorded
 * @returns {string}
 */
export function filled(markdown, page, library, learning) {
  const folder = path.posix.dirname(page);
  return markdown.replace(BLOCK, (_, kind, name = "") => {
    const about = name ? `${kind} ${name}` : kind;
    const content = generated(kind, name, library, learning).replaceAll(
      /\]\(((?:docs|packages)\/[^)]*)\)/g,
      (_, target) => `](${path.posix.relative(folder, target)})`,
    );
    return `<!-- generated: ${about} -->\n\n${content}\n\n<!-- end -->`;
  });
}

/** @param {string} kind @param {string} name @param {Library} library @param {readonly Learning[]} learning */
function generated(kind, name, library, learning) {
  switch (kind) {
    case "facts":
      return facts(named(library.algorithms, name), library);
    case "settings":
      return settings(named(library.algorithms, name), library);
    case "pseudo-code":
      return pseudoCodeTable(named(library.algorithms, name));
    case "api":
      return apiTable();
    case "walk":
      return walkTable(named(library.algorithms, name));
    case "deviations":
      return deviations(named(library.algorithms, name));
    case "metrics":
      return metrics(named(library.algorithms, name), library);
    case "presets":
      return presets(named(library.algorithms, name), library);
    case "learning":
      return learningCurves(
        learning.filter(({ algorithm }) => algorithm === name),
        library,
      );
    case "picture":
      return picture(name, library);
    case "catalogue":
      return catalogue(library);
    case "algorithms":
      return algorithmList(library);
    case "environments":
      return environmentList(name, library);
    case "environment":
      return environmentFacts(named(library.environments, name), library);
    default:
      throw new Error(`there is no generated part of the kind '${kind}'`);
  }
}

/**
 * @template {{ id: string }} Entry
 * @param {readonly Entry[]} entries
 * @param {string} id
 */
function named(entries, id) {
  const found = entries.find((entry) => entry.id === id);
  if (!found) throw new Error(`the documentation names '${id}', which is not in the catalogue`);
  return found;
}

/** @typedef {import("@advantage/rl").AnyAlgorithm} Algorithm */

/** @param {Algorithm} algorithm @param {Library} library */
function facts({ id, family, summary, papers, notes, observationKinds, actionKinds, needs }, { needText }) {
  return `${summary}

${table(
  ["", ""],
  [
    ["id", `\`${id}\``],
    ["family", family],
    ["needs", needs.map(needText).join(" and ")],
    ["observations", observationKinds.join(", ")],
    ["actions", actionKinds.join(", ")],
    ...papers.map(({ title, authors, year, url }) => ["paper", `${authors} (${year}), [${title}](${url})`]),
    ["[course notes](../guides/sources.md)", notes.map(noteLink).join(", ")],
  ],
)}`;
}

/** @param {string} section such as "H 2.10" */
function noteLink(section) {
  const [, letter] = /(?:^|\s)([A-Z])(?=\s|$)/.exec(section) ?? [];
  return letter === undefined ? section : `[${section}](../guides/sources.md#${letter.toLowerCase()})`;
}

/** @param {Algorithm} algorithm @param {Library} library */
function settings({ config }, { settingText }) {
  return table(
    ["setting", "symbol", "default", "range", "meaning"],
    Object.values(config.fields).map(({ name, symbol = "", default: usual, range, help }) => [
      `\`${name}\``,
      symbol,
      `\`${settingText(usual)}\``,
      range,
      help,
    ]),
  );
}

const root = fileURLToPath(new URL("..", import.meta.url));

/** @param {Algorithm} algorithm */
function pseudoCodeTable(algorithm) {
  const file = sourceOf(root, algorithm);
  return table(
    ["the algorithm", `[\`${path.posix.basename(file)}\`](${file})`],
    pseudoCode(root, file).map(({ depth, text, file: at, line, calls }) => [
      `${"&emsp;".repeat(depth)}${prose(text).replace(/^(?:for|repeat|loop)\b/i, "**$&**")}`,
      [
        `[${at === file ? "" : `${path.posix.basename(at)}, `}line ${line}](${at}#L${line})`,
        ...calls.map((call) => `[\`${call.name}()\`](${call.file})`),
      ].join(", "),
    ]),
  );
}

function apiTable() {
  return table(
    ["entry", "names", "what"],
    publicEntries(root).map(({ specifier, page, about, declarations }) => [
      `[\`${specifier}\`](${page})`,
      `${declarations.length}`,
      about.split("\n\n")[0].replaceAll("\n", " "),
    ]),
  );
}

/** @param {Algorithm} algorithm */
function walkTable(algorithm) {
  const { direct, further } = walk(root, sourceOf(root, algorithm));
  const link = (/** @type {string} */ file) => `[\`${file.replace(/^packages\/rl\/src\//, "")}\`](${file})`;
  const rows = (/** @type {Map<string, Set<string>>} */ files) =>
    [...files].map(([file, functions]) => [link(file), [...functions].map((name) => `\`${name}()\``).join(", ")]);
  return [
    table([`${algorithm.title}: ${direct.size} files`, "what of them"], rows(direct)),
    `What these call in turn is in ${further.size} more:`,
    table(["file", "what of it"], rows(further)),
  ].join("\n\n");
}

/** @param {Algorithm} algorithm */
function deviations({ id, deviations }) {
  if (deviations === undefined) throw new Error(`'${id}' does not say where it differs from its sources: deviations`);
  if (deviations.length === 0) return "None.";
  return deviations.map((deviation, i) => `${i + 1}. ${prose(deviation)}`).join("\n");
}

/** @param {Algorithm} algorithm @param {Library} library */
function metrics(algorithm, { metricNames }) {
  return table(
    ["metric", "meaning", "healthy"],
    Object.entries(metricNames(algorithm)).map(([name, { meaning, healthy }]) => [`\`${name}\``, meaning, healthy]),
  );
}

/** @param {Algorithm} algorithm @param {Library} library */
function presets(algorithm, { settingText }) {
  return table(
    ["environment", "settings that differ from the defaults", "source"],
    Object.entries(algorithm.presets).map(([name, { config, source }]) => [
      `\`${name}\``,
      Object.entries(config)
        .map(([setting, value]) => `\`${setting}\` ${settingText(value)}`)
        .join(", "),
      source,
    ]),
  );
}

/** @param {readonly Learning[]} cases @param {Library} library */
function learningCurves(cases, { settingText }) {
  // Several cases of one environment differ in what is set beside the preset.
  const label = (/** @type {Learning} */ { environment, settings }, /** @type {string} */ quote) =>
    [
      `${quote}${environment}${quote}`,
      ...(cases.filter((other) => other.environment === environment).length > 1
        ? Object.entries(settings).map(([setting, value]) => `${quote}${setting}${quote} ${settingText(value)}`)
        : []),
    ].join(", ");
  const pictures = cases.map((each) => `![${label(each, "")}](docs/assets/learning/${each.name}.svg)`);
  const rows = cases.map((each) => [
    label(each, "`"),
    each.seeds[0].steps.toLocaleString("en-US"),
    each.seeds.map(({ deterministic }) => deterministic.toFixed(1)).join(", "),
    `${each.threshold.rule} ${each.threshold.value}`,
  ]);
  return `${pictures.join("\n")}\n\n${table(["environment", "steps", "mean return, by seed", "the bar"], rows)}`;
}

/** @param {string} page @param {Library} library */
function picture(page, { algorithms }) {
  const found = pictures.find((each) => each.page === page);
  if (!found) throw new Error(`scripts/pictures.mjs has no picture of '${page}'`);
  return `![${named(algorithms, page).title}](docs/assets/pictures/${page}.svg)\n\n${found.caption} (\`npm run docs:pictures -- ${page}\`)`;
}

/** Everything in a few lines, by family. @param {Library} library */
function catalogue({ algorithms, environments }) {
  const rows = (
    /** @type {readonly { id: string, family: string }[]} */ entries,
    /** @type {(entry: any) => string} */ page,
  ) =>
    [...new Set(entries.map((entry) => entry.family))].map((family) => [
      family,
      entries
        .filter((entry) => entry.family === family)
        .map((entry) => `[\`${entry.id}\`](${page(entry)})`)
        .join(", "),
    ]);
  return `${table(["algorithms", ""], rows(algorithms, algorithmPage))}\n\n${table(["environments", ""], rows(environments, environmentSection))}`;
}

/** @param {{ id: string }} algorithm */
export function algorithmPage({ id }) {
  return `docs/algorithms/${id}.md`;
}

/** @param {{ family: string }} environment */
export function environmentPage({ family }) {
  return `docs/environments/${family.replaceAll(" ", "-")}.md`;
}

/** @param {{ id: string, family: string }} environment */
function environmentSection(environment) {
  return `${environmentPage(environment)}#${anchor(environment.id)}`;
}

/** @param {Library} library */
function algorithmList({ algorithms }) {
  return table(
    ["id", "algorithm", "family", "summary"],
    algorithms.map((algorithm) => [
      `[\`${algorithm.id}\`](${algorithmPage(algorithm)})`,
      algorithm.title,
      algorithm.family,
      algorithm.summary,
    ]),
  );
}

/** @param {string} family all if empty @param {Library} library */
function environmentList(family, { environments }) {
  return table(
    ["id", "what", "observations", "actions", "solved at"],
    environments
      .filter((entry) => family === "" || entry.family === family)
      .map((entry) => {
        const { observationSpace, actionSpace } = entry.make();
        return [
          `[\`${entry.id}\`](${environmentSection(entry)})`,
          entry.summary,
          briefly(observationSpace),
          briefly(actionSpace),
          entry.solvedAt === undefined ? "" : real(entry.solvedAt),
        ];
      }),
  );
}

/** @param {import("@advantage/envs").Space} space */
function briefly(space) {
  switch (space.kind) {
    case "discrete":
      return space.n === 1 ? "1 choice" : `${space.n} choices`;
    case "multiDiscrete":
      return `${space.nvec.join(" × ")} choices`;
    case "multiBinary":
      return `${space.n} bits`;
    case "box":
      return space.size === 1 ? "1 real" : `${space.shape.join(" × ")} reals`;
    case "dict":
      return space.keys.join(", ");
  }
}

/** @param {import("@advantage/envs").EnvironmentEntry} entry @param {Library} library */
function environmentFacts(entry, library) {
  const { describeSpace } = library;
  const { observationSpace, actionSpace } = entry.make();
  const bounds =
    observationSpace.kind !== "box"
      ? describeSpace(observationSpace)
      : Array.from(observationSpace.low, (low, i) => `[${real(low)}, ${real(observationSpace.high[i])}]`).join(" × ");
  const facts = table(
    ["", ""],
    [
      ["observations", bounds],
      ["actions", describeSpace(actionSpace)],
      [
        "solved at",
        entry.solvedAt === undefined
          ? "no published threshold"
          : `mean return ${real(entry.solvedAt)} over 100 episodes`,
      ],
      ["source", entry.source],
    ],
  );
  return `${facts}\n\n${optionsTable(entry, library)}`;
}

/** @param {import("@advantage/envs").EnvironmentEntry} entry @param {Library} library */
function optionsTable({ config }, { settingText }) {
  const fields = Object.values(config.fields);
  if (fields.length === 0) return "No options.";
  return table(
    ["option", "default", "range", "meaning"],
    fields.map(({ name, default: usual, range, help, symbol }) => [
      `\`${name}\``,
      `\`${settingText(typeof usual === "number" ? Number(usual.toPrecision(6)) : usual)}\``,
      range,
      symbol ? `${symbol}: ${help}` : help,
    ]),
  );
}

/** A bound in as few digits as say it: float32 bounds show six. @param {number} value */
function real(value) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return `${Number(value.toPrecision(6))}`.replace("-", "−");
}

/** As GitHub makes one of a heading. @param {string} heading */
function anchor(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

/**
 * @param {readonly string[]} header
 * @param {readonly (readonly string[])[]} rows
 */
function table(header, rows) {
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), `|${" --- |".repeat(header.length)}`, ...rows.map(line)].join("\n");
}
