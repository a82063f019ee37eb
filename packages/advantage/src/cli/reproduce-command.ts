import path from "node:path";
import { largest } from "@advantage/engine";
import { didYouMean } from "@advantage/envs";
import { readable, type TableFigure } from "@advantage/rl";
import type { Command } from "commander";
import pc from "picocolors";
import { UsageError } from "../catalogue.js";
import { experiments as all, type Experiment } from "../reproduce/experiments.js";
import { reproduce } from "../reproduce/reproduce.js";
import type { Terminal } from "../terminal/terminal.js";
import { wholeNumber } from "./run-flags.js";
import { table, wrapped } from "./summary-table.js";

interface ReproduceFlags {
  readonly seed?: number;
  readonly output?: string;
  readonly json?: boolean;
}

/** The experiments of papers and course notes: a list of them, and each by its name. */
export function addReproduce(program: Command, terminal: Terminal, experiments: readonly Experiment[] = all): void {
  program
    .command("reproduce")
    .description(
      "do an experiment of a paper or of the course notes again and draw its figure; without a name, list them",
    )
    .argument("[name]", "such as ew-vs-pg")
    .option("--seed <seed>", "where its random streams start [default: the experiment's]", wholeNumber(0))
    .option("--output <directory>", "where to [default: runs/reproduce-<name>]")
    .option("--json", "print the result as JSON")
    .option("--debug", "show where an error came from")
    .action(async (name: string | undefined, flags: ReproduceFlags) => {
      if (name === undefined) {
        terminal.out(listOf(experiments, terminal));
        return;
      }
      const ids = experiments.map(({ id }) => id);
      const experiment = experiments.find(({ id }) => id === name);
      if (!experiment)
        throw new UsageError(
          `there is no experiment '${name}'.${didYouMean(name, ids) || ` There are: ${ids.join(", ")}.`}`,
        );
      const directory = flags.output ?? path.join("runs", `reproduce-${name}`);
      const result = await reproduce(experiment, directory, flags.seed);
      if (flags.json) {
        terminal.out(`${JSON.stringify(result)}\n`);
        return;
      }
      const { bold } = pc.createColors(terminal.colours);
      const tables = result.figures.filter((figure) => figure.kind === "table");
      terminal.out(
        [
          `${bold(result.title)}\n${wrapped(result.conclusion, terminal.columns - 2, "  ")}\n`,
          ...tables.map((figure) => tableText(figure, terminal)),
          table(
            result.files.map((file, i) => [i === 0 ? "Written" : "", file]),
            terminal.colours,
          ),
        ].join("\n"),
      );
    });
}

function listOf(experiments: readonly Experiment[], { colours, columns }: Terminal): string {
  const { bold, dim } = pc.createColors(colours);
  return [
    ...experiments.map(
      ({ id, title, summary, source }) =>
        `${bold(id)}  ${title}\n${wrapped(summary, columns - 2, "  ")}\n${dim(wrapped(source, columns - 2, "  "))}\n`,
    ),
    "advantage reproduce NAME does it again.\n",
  ].join("\n");
}

/** A table figure under its title, numbers to the right. */
export function tableText({ title, columns, rows }: TableFigure, { colours }: Pick<Terminal, "colours">): string {
  const { bold, dim } = pc.createColors(colours);
  const cells = rows.map((row) => row.map((cell) => (typeof cell === "number" ? readable(cell) : cell)));
  const widths = columns.map((name, i) => largest([name, ...cells.map((row) => row[i])].map(({ length }) => length)));
  const numeric = columns.map((_, i) => rows.every((row) => /^[-−]?\d/.test(String(row[i]))));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (numeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join("  ")}`.trimEnd();
  return `${bold(title)}\n${dim(line(columns))}\n${cells.map((row) => `${line(row)}\n`).join("")}`;
}
