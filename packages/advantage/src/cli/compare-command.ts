import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseForeignJson, printable } from "@advantage/engine";
import { counted, duration, environmentText, readable, UserError } from "@advantage/rl";
import { type Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { type Catalogue, UsageError } from "../catalogue.js";
import { type Compared, type ComparisonRecord, compare, comparisonFiles } from "../compare/compare.js";
import { type ComparisonPlan, type PreparedComparison, prepareComparison } from "../compare/plan.js";
import { compareProgress } from "../compare/progress.js";
import { collect, ENV_OPTION_HELP, typedOptions } from "../environments/env-options.js";
import { isModulePath } from "../environments/import-module.js";
import { shellWord } from "../files/shell-word.js";
import { moduleAt } from "../run-directory/environment-record.js";
import { interruptible, interruptionCode, type Terminal } from "../terminal/terminal.js";
import { tableText } from "./reproduce-command.js";
import { directoryName, finite, wholeNumber } from "./run-flags.js";
import { commandName } from "./setting-flags.js";
import { table } from "./summary-table.js";

interface CompareFlags {
  readonly env?: string;
  readonly envOption?: readonly string[];
  readonly totalSteps?: number;
  readonly seeds?: readonly number[];
  readonly preset?: string;
  readonly evalEpisodes?: number;
  readonly threshold?: number;
  readonly runDir?: string;
  readonly resume?: string;
  readonly jobs?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const MOST_SEEDS = 1000;
const OF_A_NEW_ONE = ["env", "envOption", "seeds", "totalSteps", "preset", "evalEpisodes", "runDir"];

/** `advantage compare`: several algorithms over several seeds, side by side. */
export function addCompare(
  program: Command,
  terminal: Terminal,
  { algorithms }: Catalogue,
  exit: (code: number) => void,
): void {
  program
    .command("compare")
    .description("train algorithms side by side over several seeds and compare them in one report")
    .usage("VARIANTS... --env ENVIRONMENT [options]")
    .argument("[variants...]", "algorithms, with settings if you like: ppo reinforce:baseline=learned,discount=1")
    .option("--env <environment>", "an id, such as CartPole-v1, or the path of a module that exports one")
    .option("--env-option <name=value>", ENV_OPTION_HELP, collect)
    .option("--seeds <seeds>", "how many, from 1 on, or which: 5 or 1,3,7 [default: 5]", seedList)
    .option("--total-steps <steps>", "of every run that does not name its own [default: the preset's]", wholeNumber(1))
    .option("--preset <name>", "auto: the settings known to work on the environment; none: only the defaults")
    .option("--eval-episodes <count>", "of each final evaluation, 0 for none [default: 100]", wholeNumber(0))
    .addOption(new Option("--evaluation-episodes <count>").argParser(renamed("--eval-episodes")).hideHelp())
    .option("--threshold <return>", "measure the steps to this return [default: where it counts as solved]", finite)
    .option(
      "--run-dir <directory>",
      "where to keep the runs and the report [default: runs/<time>-compare-<environment>]",
      directoryName,
    )
    .addOption(new Option("--dir <directory>").argParser(renamed("--run-dir")).hideHelp())
    .option("--resume <directory>", "go on with the comparison in this directory", directoryName)
    .option("--jobs <count>", "runs at a time [default: the number of cores]", wholeNumber(1))
    .option("--json", "print nothing but comparison.json")
    .option("--quiet", "show no progress")
    .option("--debug", "show where an error came from")
    .addHelpText("after", HELP)
    .action(async (labels: string[], flags: CompareFlags) => {
      const { plan, directory } = planOf(labels, flags, terminal);
      const prepared = await prepareComparison(plan, directory, algorithms, flags.envOption);
      const { jobs = os.availableParallelism(), json, quiet } = flags;
      const left = prepared.jobs.filter(({ state }) => state !== "finished").length;
      if (!json && !quiet) terminal.out(startText(prepared, left, jobs));
      const budgets = budgetsText(prepared);
      if (budgets !== undefined && !quiet) terminal.err(`${budgets}\n`);
      const progress = quiet || (json && !terminal.isTTY) ? undefined : compareProgress(terminal, prepared);
      const command = typed(prepared.plan);
      let interruption: AbortSignal | undefined;
      const compared = await interruptible(terminal, (signal) => {
        interruption = signal;
        return compare(prepared, { jobs, command, signal, watcher: progress });
      }).finally(() => progress?.close());
      const code = tell(compared, prepared, terminal, json ?? false);
      exit(compared.stopped ? interruptionCode(interruption) : code);
    });
}

const HELP = `
A variant is an algorithm's id, or id:setting=value,setting=value. Runs that have ended are kept, interrupted ones go on, when the same
command is given again with the same --run-dir.

Example: advantage compare reinforce reinforce:baseline=learned a2c ppo --env CartPole-v1 --seeds 5
`;

/** What to compare, and where: as typed, or as the directory to go on with says. */
function planOf(
  labels: readonly string[],
  flags: CompareFlags,
  terminal: Terminal,
): { plan: ComparisonPlan; directory: string } {
  if (flags.resume !== undefined) {
    const more = OF_A_NEW_ONE.filter((name) => Object.hasOwn(flags, name));
    if (labels.length > 0 || more.length > 0)
      throw new UsageError(
        "--resume goes on with a comparison as it is: give nothing else but --threshold, --jobs, --json or --quiet",
      );
    const { plan, environmentModule } = readRecord(flags.resume);
    const environment =
      environmentModule === undefined
        ? plan.environment
        : path.relative(process.cwd(), moduleAt(flags.resume, environmentModule));
    if (environmentModule !== undefined)
      terminal.err(`The environment is the module ${path.resolve(environment)}, which is run.\n`);
    return { plan: { ...plan, environment, threshold: flags.threshold ?? plan.threshold }, directory: flags.resume };
  }
  if (labels.length === 0)
    throw new UsageError("name the algorithms to compare: advantage compare reinforce a2c ppo --env CartPole-v1");
  if (flags.env === undefined) throw new UsageError("name the environment: --env CartPole-v1");
  const plan: ComparisonPlan = {
    variants: labels,
    environment: flags.env,
    seeds: flags.seeds ?? firstSeeds(5),
    totalSteps: flags.totalSteps,
    preset: flags.preset ?? "auto",
    evaluationEpisodes: flags.evalEpisodes ?? 100,
    threshold: flags.threshold,
  };
  return { plan, directory: flags.runDir ?? freshDirectory(flags.env) };
}

/** @throws UserError if there is no comparison, or it is damaged */
function readRecord(directory: string): ComparisonRecord {
  const { record: file } = comparisonFiles(directory);
  if (!fs.existsSync(file)) throw new UsageError(`${directory} holds no comparison: ${file} is missing`);
  let record: ComparisonRecord | undefined;
  try {
    record = parseForeignJson(fs.readFileSync(file, "utf8")) as ComparisonRecord;
  } catch {}
  if (record?.schemaVersion !== 1 || !isPlan(record.plan) || !isModule(record))
    throw new UserError(`${file} is damaged, or of another version of advantage`);
  return record;
}

function isPlan(plan: Partial<ComparisonPlan> | null | undefined): boolean {
  const { variants, environment, seeds, totalSteps, preset, evaluationEpisodes, threshold } = plan ?? {};
  const isText = (value: unknown) => typeof value === "string" && printable(value) === value;
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  return (
    Array.isArray(variants) &&
    variants.every(isText) &&
    isText(environment) &&
    Array.isArray(seeds) &&
    seeds.length <= MOST_SEEDS &&
    seeds.every(isCount) &&
    (totalSteps === undefined || isCount(totalSteps)) &&
    isText(preset) &&
    isCount(evaluationEpisodes) &&
    (threshold === undefined || Number.isFinite(threshold))
  );
}

/** Where a record names no module its environment is one of the catalogue's, not a path. */
function isModule({ plan, environmentModule }: ComparisonRecord): boolean {
  if (environmentModule === undefined) return !isModulePath(plan.environment);
  return typeof environmentModule === "string" && printable(environmentModule) === environmentModule;
}

/** `runs/2026-11-21T09-30-00-compare-CartPole-v1`, numbered if it is there. */
function freshDirectory(environment: string): string {
  const now = new Date();
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  const name = path.basename(environment).replace(/[^A-Za-z0-9._-]+/g, "-");
  const base = path.join("runs", `${local.replaceAll(":", "-")}-compare-${name}`);
  let directory = base;
  for (let count = 2; fs.existsSync(directory); count++) directory = `${base}-${count}`;
  return directory;
}

/** The command that does a comparison again, without where to. */
function typed({
  variants,
  environment,
  environmentOptions,
  seeds,
  totalSteps,
  preset,
  evaluationEpisodes,
  threshold,
}: ComparisonPlan): string {
  const counted = seeds.every((seed, i) => seed === i + 1);
  return [
    `${commandName()} compare ${variants.map(shellWord).join(" ")} --env ${shellWord(environment)}`,
    ...typedOptions(environmentOptions),
    `--seeds ${counted ? seeds.length : seeds.join(",")}${seeds.length === 1 && !counted ? "," : ""}`,
    ...(totalSteps === undefined ? [] : [`--total-steps ${totalSteps}`]),
    ...(preset === "auto" ? [] : [`--preset ${shellWord(preset)}`]),
    ...(evaluationEpisodes === 100 ? [] : [`--eval-episodes ${evaluationEpisodes}`]),
    ...(threshold === undefined ? [] : [`--threshold=${threshold}`]),
  ].join(" ");
}

function startText(
  { variants, jobs, plan, directory, environment }: PreparedComparison,
  left: number,
  at: number,
): string {
  const kept = jobs.length - left;
  const runs = `${jobs.length} run${jobs.length === 1 ? "" : "s"}`;
  return [
    `${variants.length} variant${variants.length === 1 ? "" : "s"} on ${environmentText(environment, plan.environmentOptions)}, ${plan.seeds.length} seed${plan.seeds.length === 1 ? "" : "s"}: ${runs}, ${at} at a time`,
    kept > 0 ? `, ${kept} of them done already` : "",
    `\n${directory}\n`,
  ].join("");
}

/** Says what came out. @returns the exit code of a comparison that was not interrupted */
function tell(
  { record, failures, stopped, report }: Compared,
  { directory, plan }: PreparedComparison,
  terminal: Terminal,
  json: boolean,
): number {
  if (json) terminal.out(`${JSON.stringify(record)}\n`);
  else {
    const { cyan } = pc.createColors(terminal.colours);
    terminal.out(`\n${resultTable(record, plan, terminal)}\n${table([["Report", cyan(report)]], terminal.colours)}`);
  }
  for (const { job, message } of failures) terminal.err(`${job.name} failed: ${message}\n`);
  if (stopped) {
    terminal.err(`Stopped. Go on with:\n  ${commandName()} compare --resume ${shellWord(directory)}\n`);
  }
  return failures.length > 0 ? 1 : 0;
}

function resultTable({ result }: ComparisonRecord, plan: ComparisonPlan, terminal: Terminal): string {
  const { variants, threshold, score: scored } = result!;
  const spread = variants.some((variant) => variant.spread);
  return tableText(
    {
      kind: "table",
      title: scoreTitle(scored),
      caption: "",
      columns: [
        "variant",
        "IQM",
        "95 % interval",
        "mean",
        ...(spread ? ["median", "worst 5 %"] : []),
        "steps",
        ...(threshold === undefined ? [] : [`steps to ${readable(threshold)}`]),
        "time",
        "seeds",
      ],
      rows: variants.map(({ label, score, spread: own, threshold: reached, steps, seconds, finished }) => [
        label,
        score ? readable(score.iqm) : "–",
        // Resamples of one seed are that seed.
        score && score.perSeed.length > 1 ? `${readable(score.low)} to ${readable(score.high)}` : "–",
        score ? readable(score.mean) : "–",
        ...(spread ? [own ? readable(own.median) : "–", own ? readable(own.q05) : "–"] : []),
        steps === undefined ? "–" : readable(steps),
        ...(threshold === undefined ? [] : [reached?.median == null ? "–" : readable(Math.round(reached.median))]),
        seconds === undefined ? "–" : duration(seconds),
        `${finished.length} of ${plan.seeds.length}`,
      ]),
    },
    terminal,
  );
}

function scoreTitle(score: string): string {
  if (score === "evaluation") return "Mean return of the final evaluation";
  return score === "episodeReturn" ? "Last training return" : `Last ${score}`;
}

/** That the variants train for different numbers of steps, as their presets say; undefined if they do not. */
function budgetsText({ variants, jobs }: PreparedComparison): string | undefined {
  const budgets = variants.map(({ label, algorithm: { unit } }) => {
    const steps = jobs.find(({ variant }) => variant.label === label)!.config.totalSteps;
    return { label, said: counted(steps, unit) };
  });
  if (new Set(budgets.map(({ said }) => said)).size === 1) return undefined;
  const each = budgets.map(({ label, said }) => `${label} ${said}`).join(", ");
  return `The variants train for different numbers of steps (${each}): their scores are not of one budget. --total-steps gives them one.`;
}

function firstSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

/** "5" → 1 … 5; "1,3,7" → those; "3," → that one. */
function seedList(text: string): number[] {
  if (/^\d+$/.test(text)) {
    const count = Number(text);
    if (count < 1 || count > MOST_SEEDS) throw new InvalidArgumentError(`It must be 1 to ${MOST_SEEDS}.`);
    return firstSeeds(count);
  }
  const seeds = text
    .replace(/,$/, "")
    .split(",")
    .map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (!seeds.every(Number.isSafeInteger))
    throw new InvalidArgumentError("It must be how many, such as 5, or a list, such as 1,3,7.");
  if (new Set(seeds).size < seeds.length) throw new InvalidArgumentError("It names a seed twice.");
  return seeds;
}

/** Refuses what a flag was called once. */
function renamed(now: string): () => never {
  return () => {
    throw new InvalidArgumentError(`It is called ${now}.`);
  };
}
