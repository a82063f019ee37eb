import fs from "node:fs";
import path from "node:path";
import { curvesSvg, type Figure, figuresPage } from "@advantage/rl";
import { writeAtomically } from "../files/atomic-file.js";
import { asUserError } from "../files/file-errors.js";
import { requireFolderOf } from "../run-directory/folder-kind.js";
import { chartLibrary } from "../run-directory/report.js";
import { toJson } from "../run-directory/run-directory.js";
import { version } from "../run-directory/version.js";
import type { Experiment } from "./experiments.js";
import { figureCsv } from "./figure-csv.js";

/** An experiment that was done again: its conclusion, and where its files are. */
export interface Reproduced {
  readonly experiment: string;
  readonly title: string;
  readonly seed: number;
  readonly conclusion: string;
  readonly figures: readonly Figure[];
  /** What was written, the report first. */
  readonly files: readonly string[];
}

/**
 * Does an experiment again and writes `report.html`, the curves as SVG, all numbers as CSV and `result.json` into a directory.
 *
 * @throws UserError if it cannot be written
 */
export async function reproduce(
  experiment: Experiment,
  directory: string,
  seed = experiment.seed,
): Promise<Reproduced> {
  try {
    fs.mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw asUserError(error, `cannot write ${directory}`);
  }
  requireFolderOf("experiment", directory);
  const { figures, conclusion } = await experiment.run({ seed });
  const { id, title, summary, source } = experiment;
  const files: [name: string, content: string][] = [
    [
      "report.html",
      figuresPage(
        {
          title,
          summary: `${summary} ${conclusion}`,
          figures,
          facts: { source, seed: String(seed), advantage: version, command: `advantage reproduce ${id}` },
        },
        chartLibrary(),
      ),
    ],
    ...figures.flatMap((figure, i): [string, string][] => {
      const name = figures.length === 1 ? "figure" : `figure-${i + 1}`;
      return [
        ...(figure.kind === "curves" ? [[`${name}.svg`, curvesSvg(figure)] as [string, string]] : []),
        [`${name}.csv`, figureCsv(figure)],
      ];
    }),
    ["result.json", toJson({ experiment: id, seed, advantage: version, conclusion, figures })],
  ];
  for (const [name, content] of files) writeAtomically(path.join(directory, name), content);
  return { experiment: id, title, seed, conclusion, figures, files: files.map(([name]) => path.join(directory, name)) };
}
