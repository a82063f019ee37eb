import { largest } from "@advantage/engine";
import { describeSpace, didYouMean, type EnvironmentEntry, type Space } from "@advantage/envs";
import {
  type AnyAlgorithm,
  axisOf,
  type Family,
  metricNames,
  needText,
  readable,
  settingText,
  spelledNotes,
  taskOf,
} from "@advantage/rl";
import pc from "picocolors";
import { type Catalogue, fits, SEE_LIST, UsageError } from "../catalogue.js";
import { table, wrapped } from "./summary-table.js";

/** The families in the order of the syllabus, with what they are called. */
const FAMILIES: Readonly<Record<Family, string>> = {
  foundations: "foundations",
  tabular: "tabular solution methods",
  bandits: "bandits and experts",
  "policy-gradient": "policy gradients",
  value: "deep value-based",
  continuous: "continuous control",
  offline: "offline",
  imitation: "imitation",
  preference: "preferences",
  planning: "planning and models",
};

/** The two lists, by family. */
export function listText(
  { algorithms, environments }: Catalogue,
  { colours, columns }: { colours: boolean; columns: number },
): string {
  const { bold, dim } = pc.createColors(colours);
  const known = Object.keys(FAMILIES).filter((family) => algorithms.some((each) => each.family === family));
  const width = largest([...algorithms, ...environments].map(({ id }) => id.length));
  const row = (id: string, text: string) =>
    `    ${id.padEnd(width)}  ${wrapped(text, columns - width - 6, " ".repeat(width + 6)).trimStart()}\n`;
  return [
    bold("Algorithms\n"),
    ...known.flatMap((family) => [
      `  ${dim(FAMILIES[family as Family])}\n`,
      ...algorithms.filter((each) => each.family === family).map(({ id, title }) => row(id, title)),
    ]),
    `\n${bold("Environments")}\n`,
    ...[...new Set(environments.map(({ family }) => family))].flatMap((family) => [
      `  ${dim(family)}\n`,
      ...environments.filter((each) => each.family === family).map(({ id, title }) => row(id, title)),
    ]),
    "\nadvantage show NAME tells more, advantage train ALGORITHM ENVIRONMENT trains.\n",
  ].join("");
}

/** Everything about the algorithm or environment of that name. */
export function showText(name: string, terminal: { colours: boolean; columns: number }, catalogue: Catalogue): string {
  const algorithm = catalogue.algorithms.find(({ id }) => id === name);
  if (algorithm) return algorithmText(algorithm, terminal);
  return environmentText(environmentNamed(name, catalogue), catalogue, terminal);
}

/** The two lists, for machines. */
export function listJson({ algorithms, environments }: Catalogue): string {
  return json({
    algorithms: algorithms.map(({ id, title, family, summary }) => ({ id, title, family, summary })),
    environments: environments.map(({ id, aliases = [], title, family, summary }) => ({
      id,
      aliases,
      title,
      family,
      summary,
    })),
  });
}

/** What `showText` says, for machines; the settings and options as JSON Schema, too. */
export function showJson(name: string, { algorithms, environments }: Catalogue): string {
  const algorithm = algorithms.find(({ id }) => id === name);
  if (algorithm) {
    const { id, title, summary, family, papers, notes, config, presets, observationKinds, actionKinds } = algorithm;
    const { deviations, needs, unit = "step" } = algorithm;
    const about = {
      id,
      title,
      summary,
      family,
      papers,
      notes,
      deviations,
      observationKinds,
      actionKinds,
      needs,
      unit,
    };
    const metrics = metricNames(algorithm);
    return json({ ...about, settings: Object.values(config.fields), schema: config.json(), metrics, presets });
  }
  const entry = environmentNamed(name, { algorithms, environments });
  const { id, aliases = [], title, summary, family, source, solvedAt, config } = entry;
  const { observationSpace, actionSpace } = entry.make();
  const fitting = algorithms.filter((each) => fits(each, taskOf(entry.make))).map((each) => each.id);
  const about = { id, aliases, title, summary, family, source, solvedAt };
  return json({ ...about, options: Object.values(config.fields), observationSpace, actionSpace, algorithms: fitting });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** @throws UsageError with the nearest name */
function environmentNamed(name: string, { algorithms, environments }: Pick<Catalogue, "algorithms" | "environments">) {
  const entry = environments.find(({ id, aliases = [] }) => id === name || aliases.includes(name));
  if (entry) return entry;
  const names = [...algorithms, ...environments].map(({ id }) => id);
  throw new UsageError(`there is no algorithm or environment '${name}'.${didYouMean(name, names)}${SEE_LIST}`);
}

/** Everything about an algorithm: papers, notes, deviations, settings, metrics, presets. */
function algorithmText(algorithm: AnyAlgorithm, { colours, columns }: { colours: boolean; columns: number }): string {
  const { bold, dim, cyan } = pc.createColors(colours);
  const { title, id, summary, family, observationKinds, actionKinds, needs, unit } = algorithm;
  const facts: [string, string][] = [
    ["family", FAMILIES[family]],
    ["observations", observationKinds.join(", ")],
    ["actions", actionKinds.join(", ")],
    ["needs", needs.map(needText).join(" and ")],
    ["counts", axisOf(unit)],
    ...algorithm.papers.map(
      (paper) => ["paper", `${paper.title}. ${paper.authors} ${paper.year}. ${cyan(paper.url)}`] as [string, string],
    ),
    ...(algorithm.notes.length > 0 ? [["course notes", spelledNotes(algorithm.notes)] as [string, string]] : []),
  ];
  const settings = Object.values(algorithm.config.fields).map((field) => [
    field.flag,
    field.symbol ?? "",
    settingText(field.default),
    field.range,
    field.help,
  ]);
  const metrics = Object.entries(metricNames(algorithm)).map(([name, { meaning, healthy }]) => [
    name,
    meaning,
    healthy,
  ]);
  const presets = Object.entries(algorithm.presets).map(([name, preset]) => {
    const values = Object.entries(preset.config).map(([setting, value]) => `${setting} ${settingText(value)}`);
    return `  ${name}\n${dim(wrapped(preset.source, columns - 4, "    "))}\n${wrapped(values.join(", "), columns - 4, "    ")}`;
  });
  return [
    `${bold(`${title} (${id})`)}\n${wrapped(summary, columns - 2, "  ")}\n\n${factsText(facts, columns, colours)}`,
    ...deviationsText(algorithm, columns, bold),
    `${bold("Settings")}\n${columnsOf(["flag", "symbol", "default", "range", "meaning"], settings, columns, dim)}`,
    `${bold("Metrics")}\n${columnsOf(["name", "meaning", "healthy"], metrics, columns, dim)}`,
    ...(presets.length > 0 ? [`${bold("Presets")}\n${presets.join("\n")}\n`] : []),
  ].join("\n");
}

/** Where the code differs from its sources, numbered as on the algorithm's page. */
function deviationsText({ deviations = [] }: AnyAlgorithm, columns: number, bold: (text: string) => string): string[] {
  if (deviations.length === 0) return [];
  const lines = deviations.map((deviation, i) => {
    const number = `${i + 1}. `.padStart(5);
    return `${number}${wrapped(deviation, columns - 5, "     ").trimStart()}\n`;
  });
  return [`${bold("Where it differs from its sources")}\n${lines.join("")}`];
}

/** Everything about an environment, and which algorithms can use it. */
function environmentText(
  entry: EnvironmentEntry,
  { algorithms }: Catalogue,
  { colours, columns }: { colours: boolean; columns: number },
): string {
  const { bold, dim } = pc.createColors(colours);
  const env = entry.make();
  const mdp = env.mdp?.();
  const source = taskOf(entry.make);
  const fitting = algorithms.filter((algorithm) => fits(algorithm, source));
  const tuned = algorithms.filter((algorithm) => Object.hasOwn(algorithm.presets, entry.id));
  const facts: [string, string][] = [
    ["family", entry.family],
    ...(entry.aliases === undefined ? [] : [["also called", entry.aliases.join(", ")] as [string, string]]),
    ["source", entry.source],
    ["observations", spaceText(env.observationSpace)],
    ["actions", spaceText(env.actionSpace)],
    ...(mdp === undefined
      ? []
      : ([
          ["states", readable(mdp.numStates)],
          ["horizon", mdp.horizon === undefined ? "none in the model" : `${readable(mdp.horizon)} steps`],
          ...(mdp.discount === undefined ? [] : [["discount", `γ ${mdp.discount}`]]),
        ] as [string, string][])),
    ...(entry.solvedAt === undefined ? [] : [["solved at", `mean return ${entry.solvedAt}`] as [string, string]]),
    ["algorithms", fitting.map(({ id }) => id).join(", ") || "none yet"],
    ...(tuned.length > 0 ? [["presets of", tuned.map(({ id }) => id).join(", ")] as [string, string]] : []),
  ];
  return [
    `${bold(`${entry.title} (${entry.id})`)}\n${wrapped(entry.summary, columns - 2, "  ")}\n\n${factsText(facts, columns, colours)}`,
    ...optionsText(entry, columns, { bold, dim }),
  ].join("\n");
}

/** A default that is long, such as a map, by its beginning. */
function clipped(text: string): string {
  return text.length > 24 ? `${text.slice(0, 23)}…` : text;
}

/** What can be given with `--env-option`; nothing for an environment without options. */
function optionsText(
  { config, id }: EnvironmentEntry,
  columns: number,
  { bold, dim }: Pick<ReturnType<typeof pc.createColors>, "bold" | "dim">,
): string[] {
  const rows = Object.values(config.fields).map(({ flag, symbol = "", default: usual, range, help }) => [
    flag.replace(/^--/, ""),
    symbol,
    clipped(settingText(typeof usual === "number" ? Number(usual.toPrecision(6)) : usual)),
    range,
    help,
  ]);
  if (rows.length === 0) return [];
  const example = `--env-option ${rows[0][0]}=…`;
  return [
    `${bold("Options")} ${dim(`${example}, makeEnv("${id}", { … })`)}\n${columnsOf(["option", "symbol", "default", "range", "meaning"], rows, columns, dim)}`,
  ];
}

/** Boxes as people say it, `4 reals` or `1 real in [-2, 2]`; all other spaces by their names. */
function spaceText(space: Space): string {
  if (space.kind !== "box") return describeSpace(space);
  const { size, shape } = space;
  const bounds = describeSpace(space).match(/ in .*/)?.[0] ?? "";
  return `${readable(size)} ${size === 1 ? "real" : "reals"}${shape.length > 1 ? ` (${shape.join(" × ")})` : ""}${bounds}`;
}

/** Names and values, the values wrapped. */
function factsText(facts: readonly (readonly [string, string])[], columns: number, colours: boolean): string {
  const indent = 4 + largest(facts.map(([name]) => name.length));
  return table(
    facts.map(([name, value]) => [
      name,
      wrapped(value, Math.max(24, columns - indent), " ".repeat(indent)).trimStart(),
    ]),
    colours,
  );
}

/** Columns side by side, the last one wrapped to what is left of the line; narrow terminals get it below, with the one before. */
function columnsOf(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  dim: (text: string) => string,
): string {
  const all = names.map((name, i) => largest([name, ...rows.map((row) => row[i])].map(({ length }) => length)));
  const side = names.length === 3 ? 1 : names.length - 1;
  const indentOf = (fixed: number) => 2 + all.slice(0, fixed).reduce((sum, width) => sum + width + 2, 0);
  const narrow = columns - indentOf(side) < 24;
  const fixed = narrow ? Math.min(side, 3) : side;
  const widths = all.slice(0, fixed);
  const indent = indentOf(fixed);
  const room = columns - indent;
  const line = (cells: readonly string[], style: (text: string) => string) => {
    const left = `  ${widths.map((width, i) => style(cells[i].padEnd(width))).join("  ")}`;
    const rest = cells
      .slice(fixed)
      .filter((cell) => cell !== "")
      .join("  —  ");
    return narrow
      ? `${left.trimEnd()}\n${wrapped(rest, columns - 6, "      ")}\n`
      : `${left}  ${wrapped(rest, room, " ".repeat(indent)).trimStart()}\n`;
  };
  return line(names, dim) + rows.map((row) => line(row, (text) => text)).join("");
}
