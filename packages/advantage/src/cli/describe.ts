import { describeSpace, didYouMean, type EnvironmentEntry } from "@advantage/envs";
import { type Algorithm, metricNames, settingText, spaceProblem } from "@advantage/rl";
import pc from "picocolors";
import { type Catalogue, UsageError } from "./catalogue.js";
import { table } from "./summary-table.js";

/** The two lists. */
export function listText({ algorithms, environments }: Catalogue, colours: boolean): string {
  const { bold } = pc.createColors(colours);
  const section = (title: string, rows: readonly (readonly [string, string])[]) =>
    `${bold(title)}\n${table(rows, colours)}`;
  return [
    section(
      "Algorithms",
      algorithms.map(({ id, title, summary }) => [id, `${title}. ${summary}`]),
    ),
    section(
      "Environments",
      environments.map(({ id, summary }) => [id, summary]),
    ),
    "advantage show NAME tells more, advantage train ALGORITHM ENVIRONMENT trains.\n",
  ].join("\n");
}

/** Everything about the algorithm or environment of that name. */
export function showText(name: string, terminal: { colours: boolean; columns: number }, catalogue: Catalogue): string {
  const algorithm = catalogue.algorithms.find(({ id }) => id === name);
  if (algorithm) return algorithmText(algorithm, terminal);
  const entry = catalogue.environments.find(({ id, aliases = [] }) => id === name || aliases.includes(name));
  if (entry) return environmentText(entry, catalogue, terminal.colours);
  const names = [...catalogue.algorithms, ...catalogue.environments].map(({ id }) => id);
  throw new UsageError(`there is no algorithm or environment '${name}'.${didYouMean(name, names)}`);
}

/** Everything about an algorithm: settings, metrics, presets, papers, notes. */
function algorithmText(algorithm: Algorithm, { colours, columns }: { colours: boolean; columns: number }): string {
  const { bold, dim, cyan } = pc.createColors(colours);
  const { title, id, summary, family, observationKinds, actionKinds } = algorithm;
  const facts: [string, string][] = [
    ["family", family],
    ["observations", observationKinds.join(", ")],
    ["actions", actionKinds.join(", ")],
    ...algorithm.papers.map(
      (paper) => ["paper", `${paper.title}. ${paper.authors} ${paper.year}. ${cyan(paper.url)}`] as [string, string],
    ),
    ...(algorithm.notes.length > 0 ? [["notes", algorithm.notes.join(", ")] as [string, string]] : []),
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
    return `  ${name}  ${dim(preset.source)}\n${wrapped(values.join(", "), columns - 4, "    ")}`;
  });
  return [
    `${bold(`${title} (${id})`)}\n${wrapped(summary, columns - 2, "  ")}\n\n${table(facts, colours)}`,
    `${bold("Settings")}\n${columnsOf(["flag", "symbol", "default", "range", "meaning"], settings, columns, dim)}`,
    `${bold("Metrics")}\n${columnsOf(["name", "meaning", "healthy"], metrics, columns, dim)}`,
    ...(presets.length > 0 ? [`${bold("Presets")}\n${presets.join("\n")}\n`] : []),
  ].join("\n");
}

/** Everything about an environment, and which algorithms can use it. */
function environmentText(entry: EnvironmentEntry, { algorithms }: Catalogue, colours: boolean): string {
  const { bold } = pc.createColors(colours);
  const env = entry.make();
  const fitting = algorithms.filter((algorithm) => spaceProblem(algorithm, env) === undefined);
  const tuned = algorithms.filter((algorithm) => Object.hasOwn(algorithm.presets, entry.id));
  const facts: [string, string][] = [
    ["family", entry.family],
    ["source", entry.source],
    ["observations", describeSpace(env.observationSpace)],
    ["actions", describeSpace(env.actionSpace)],
    ...(entry.solvedAt === undefined ? [] : [["solved at", `mean return ${entry.solvedAt}`] as [string, string]]),
    ["algorithms", fitting.map(({ id }) => id).join(", ") || "none yet"],
    ...(tuned.length > 0 ? [["presets of", tuned.map(({ id }) => id).join(", ")] as [string, string]] : []),
  ];
  return `${bold(`${entry.title} (${entry.id})`)}\n  ${entry.summary}\n\n${table(facts, colours)}`;
}

/** Columns side by side, the last one wrapped to what is left of the line; narrow terminals get it below. */
function columnsOf(
  names: readonly string[],
  rows: readonly (readonly string[])[],
  columns: number,
  dim: (text: string) => string,
): string {
  const fixed = names.length === 3 ? 1 : names.length - 1;
  const widths = names.slice(0, fixed).map((name, i) => Math.max(name.length, ...rows.map((row) => row[i].length)));
  const indent = 2 + widths.reduce((sum, width) => sum + width + 2, 0);
  const room = columns - indent;
  const line = (cells: readonly string[], style: (text: string) => string) => {
    const left = `  ${widths.map((width, i) => style(cells[i].padEnd(width))).join("  ")}`;
    const rest = cells
      .slice(fixed)
      .filter((cell) => cell !== "")
      .join("  —  ");
    return room < 24
      ? `${left.trimEnd()}\n${wrapped(rest, columns - 6, "      ")}\n`
      : `${left}  ${wrapped(rest, room, " ".repeat(indent)).trimStart()}\n`;
  };
  return line(names, dim) + rows.map((row) => line(row, (text) => text)).join("");
}

/** Lines of at most `width` characters, each behind `indent`. */
function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => indent + each).join("\n");
}
