import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { didYouMean, type EnvironmentEntry, environments } from "@advantage/envs";
import {
  type Algorithm,
  algorithms,
  ConfigError,
  evaluate,
  loadPolicy,
  type Policy,
  type PreparedRun,
  readable,
  UserError,
} from "@advantage/rl";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { openRun, type RunDirectory } from "../run-directory/run-directory.js";
import {
  type DirectoryOptions,
  type DirectoryResult,
  resumeRun,
  trainToDirectory,
} from "../run-directory/train-to-directory.js";
import { version } from "../run-directory/version.js";
import { bench } from "./bench.js";
import { algorithmText, environmentText, listText } from "./describe.js";
import { loadEnvironment } from "./load-environment.js";
import { plot } from "./plot.js";
import { progressSink } from "./progress-sink.js";
import { addSettingFlags, commandName, givenSettings, plainFlags, shellWord, typedSetting } from "./setting-flags.js";
import { evaluationTable, summaryTable } from "./summary-table.js";
import { interruptible, processTerminal, type Terminal } from "./terminal.js";

/** What the command knows of. */
export interface Catalogue {
  readonly algorithms: readonly Algorithm[];
  readonly environments: readonly EnvironmentEntry[];
  readonly loadPolicy: (bytes: Uint8Array) => Policy;
}

/** What the command is given. */
export interface CommandLine {
  readonly terminal?: Terminal;
  readonly catalogue?: Catalogue;
}

/** How a run is run: options of `train` and `resume` alike. */
interface RunFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly csv?: boolean;
  readonly tensorboard?: boolean;
  readonly evalEpisodes?: number;
  readonly checkpointEvery?: number;
}

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

/**
 * The command `advantage`.
 *
 * @param argv the arguments after the command's name
 * @returns the exit code: 0, 1 for what went wrong, 2 for what was typed wrong, 130 after Ctrl-C
 */
export async function main(
  argv: readonly string[],
  { terminal = processTerminal(), catalogue = { algorithms, environments, loadPolicy } }: CommandLine = {},
): Promise<number> {
  let exitCode = 0;
  const program = commandOf(terminal, catalogue, (code) => {
    exitCode = code;
  });
  try {
    const schemas = catalogue.algorithms.map(({ config }) => config);
    await program.parseAsync(plainFlags(argv, schemas), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0; // help or version, which is out already
      if (error.code !== "commander.help") terminal.err(`${usageSentence(error.message)}\n`);
      return USAGE_ERROR;
    }
    if (argv.includes("--debug")) terminal.err(`${(error as Error).stack ?? error}\n`);
    else if (error instanceof UserError) terminal.err(`${error.message}\n`);
    else terminal.err(`${(error as Error)?.message ?? error}\n(--debug shows where this came from)\n`);
    return error instanceof ConfigError || error instanceof UsageError ? USAGE_ERROR : 1;
  }
}

class UsageError extends UserError {}

/** "error: unknown option '--sed'\n(Did you mean --seed?)" as a sentence of our own. */
function usageSentence(message: string): string {
  return message.replace(/^error: /, "").replace(/\n\(Did you mean (.*)\?\)/, (_, name) => `. Did you mean ${name}?`);
}

function commandOf(terminal: Terminal, catalogue: Catalogue, exit: (code: number) => void): Command {
  const program = new Command("advantage")
    .description("Deep reinforcement learning: train, resume, evaluate and compare.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.err,
      outputError: () => {}, // `main` says it
      getOutHelpWidth: () => terminal.columns,
      getErrHelpWidth: () => terminal.columns,
    })
    .option("--debug", "show where an error came from")
    .showSuggestionAfterError()
    .addHelpText("after", "\nExample: advantage train ppo CartPole-v1 --seed 1\n");

  // Subcommands inherit the program's settings only when made by `command`.
  addTrain(program, terminal, catalogue, exit);
  withRunFlags(program.command("resume"))
    .description("go on with a run from its last checkpoint, as if it had never stopped")
    .argument("<run>", "its directory")
    .option("--total-steps <steps>", "train for so many steps in all", wholeNumber(1))
    .action(async (name: string, flags: RunFlags & { totalSteps?: number }) => {
      const directory = findRun(name);
      const algorithm = algorithmOf(catalogue, directory.record.algorithm);
      const { env } = await loadEnvironment(environmentOf(directory));
      exit(
        await report(terminal, flags, (options) =>
          resumeRun(directory, algorithm, env, { ...options, totalSteps: flags.totalSteps }),
        ),
      );
    });
  program
    .command("eval")
    .description("play episodes with a run's policy")
    .argument("<run>", "its directory")
    .option("--episodes <count>", "how many", wholeNumber(1), 100)
    .option("--seed <seed>", "seed of the episodes [default: the run's]", wholeNumber(0))
    .option("--json", "print the result as JSON")
    .option("--debug", "show where an error came from")
    .action(async (name: string, flags: { episodes: number; seed?: number; json?: boolean }) => {
      await evaluateRun(findRun(name), flags, terminal, catalogue);
    });
  program
    .command("list")
    .description("the algorithms and environments")
    .action(() => terminal.out(listText(catalogue, terminal.colours)));
  program
    .command("show")
    .description("everything about an algorithm or an environment")
    .argument("<name>", "such as ppo or CartPole-v1")
    .action((name: string) => terminal.out(showText(name, terminal, catalogue)));
  program
    .command("plot")
    .description("draw the learning curves of runs into one file")
    .argument("<runs...>", "their directories")
    .option("--svg", "a picture instead of a page")
    .option("--output <file>", "where to [default: plot.html or plot.svg]")
    .action((names: string[], flags: { svg?: boolean; output?: string }) =>
      terminal.out(`${plot(names.map(findRun), flags)}\n`),
    );
  program
    .command("bench")
    .description("measure the speed of this machine with the repository's benchmark")
    .argument("[options...]", "passed on to it")
    .allowUnknownOption()
    .action(async (args: string[]) => exit(await bench(args)));
  return program;
}

/** One subcommand per algorithm, with its settings as flags. */
function addTrain(program: Command, terminal: Terminal, catalogue: Catalogue, exit: (code: number) => void): void {
  const train = program
    .command("train")
    .description("train an algorithm on an environment")
    .usage("ALGORITHM ENVIRONMENT [options]")
    .argument("[algorithm]")
    .argument("[rest...]")
    .allowUnknownOption()
    .helpCommand(false)
    .action((name: string | undefined) => {
      const ids = catalogue.algorithms.map(({ id }) => id);
      if (name === undefined)
        throw new UsageError("name an algorithm and an environment: advantage train ppo CartPole-v1");
      throw new UsageError(`unknown algorithm '${name}'.${didYouMean(name, ids) || ` There are: ${ids.join(", ")}.`}`);
    });

  for (const algorithm of catalogue.algorithms) {
    const command = train
      .command(algorithm.id)
      .description(algorithm.summary)
      .argument("<environment>", "an id, such as CartPole-v1, or the path of a module that exports one");
    command.optionsGroup("Settings:");
    addSettingFlags(command, algorithm.config);
    command.optionsGroup("Options:");
    withRunFlags(command)
      .option("--preset <name>", "auto: the settings known to work on the environment; none: only the defaults", "auto")
      .option("--run-dir <directory>", "where to keep the run [default: runs/<time>-<algorithm>-<environment>-s<seed>]")
      .addHelpText("after", presetsText(algorithm))
      .action(async (name: string, flags: RunFlags & { preset: string; runDir?: string }) => {
        const { env, module } = await loadEnvironment(name);
        const settings = givenSettings(command, algorithm.config);
        exit(
          await report(terminal, flags, (options) =>
            trainToDirectory(algorithm, env, {
              ...options,
              settings,
              preset: flags.preset,
              runDirectory: flags.runDir,
              environmentModule: module,
              command: typed(algorithm, name, flags.preset, settings),
            }),
          ),
        );
      });
  }
}

function withRunFlags(command: Command): Command {
  return command
    .option("--eval-episodes <count>", "episodes of each final evaluation, 0 for none [default: 100]", wholeNumber(0))
    .option("--checkpoint-every <seconds>", "between checkpoints [default: 30]", seconds)
    .option("--csv", "write metrics.csv as well")
    .option("--tensorboard", "write event files for TensorBoard as well")
    .option("--json", "print nothing but the summary, as JSON")
    .option("--quiet", "show no progress")
    .option("--debug", "show where an error came from");
}

/** Runs a training job and shows how it goes and what came out. */
async function report(
  terminal: Terminal,
  flags: RunFlags,
  start: (options: DirectoryOptions) => Promise<DirectoryResult>,
): Promise<number> {
  const { json, quiet } = flags;
  const result = await interruptible(terminal, (signal) =>
    start({
      signal,
      csv: flags.csv,
      tensorboard: flags.tensorboard,
      evaluationEpisodes: flags.evalEpisodes,
      checkpointEverySeconds: flags.checkpointEvery,
      sinks: quiet || (json && !terminal.isTTY) ? [] : [progressSink(terminal)],
      onStart: (run, directory) => {
        if (!json && !quiet) terminal.out(startText(run, directory));
      },
    }),
  );
  const { summary, directory, stopped, resumable } = result;
  if (json) terminal.out(`${JSON.stringify(summary)}\n`);
  else if (!stopped) terminal.out(`\n${summaryTable(summary, directory.files.report, terminal)}`);
  if (!stopped) return 0;
  terminal.err(
    resumable
      ? `Stopped at step ${readable(summary.steps)}. Go on with:\n  ${commandName()} resume ${shellWord(directory.path)}\n`
      : `Stopped at step ${readable(summary.steps)}. ${summary.environment} has no snapshot() and restore(), so the run cannot be resumed.\n`,
  );
  return INTERRUPTED;
}

function startText({ algorithm, context, preset, resume, memory }: PreparedRun, directory: RunDirectory): string {
  const { config, env } = context;
  const from = resume ? ` from step ${readable(resume.header.step)}` : "";
  const buffers = Object.entries(memory).map(
    ([name, bytes]) => `  ${name}: ${readable(Math.ceil(bytes / 2 ** 20))} MB\n`,
  );
  return [
    `${algorithm.title} on ${env.id}, ${readable(config.totalSteps)} steps${from}, seed ${config.seed}`,
    preset ? `, preset ${preset.name} (${preset.source})` : "",
    `\n${directory.path}\n`,
    ...buffers,
  ].join("");
}

async function evaluateRun(
  directory: RunDirectory,
  { episodes, seed = directory.record.config.seed, json }: { episodes: number; seed?: number; json?: boolean },
  terminal: Terminal,
  catalogue: Catalogue,
): Promise<void> {
  const bytes = directory.policy();
  if (!bytes) throw new UserError(`${directory.path} holds no policy yet: it was stopped before its first checkpoint`);
  const policy = catalogue.loadPolicy(bytes);
  const { env } = await loadEnvironment(environmentOf(directory));
  const scores = {
    evaluation: await evaluate(policy, env, { episodes, seed }),
    stochasticEvaluation: await evaluate(policy, env, { episodes, seed, deterministic: false }),
  };
  const { algorithm, environment } = directory.record;
  terminal.out(
    json
      ? `${JSON.stringify({ algorithm, environment, seed, ...scores, runDirectory: directory.path })}\n`
      : evaluationTable(scores, terminal.colours),
  );
}

function showText(name: string, terminal: Terminal, catalogue: Catalogue): string {
  const algorithm = catalogue.algorithms.find(({ id }) => id === name);
  if (algorithm) return algorithmText(algorithm, terminal);
  const entry = catalogue.environments.find(({ id, aliases = [] }) => id === name || aliases.includes(name));
  if (entry) return environmentText(entry, catalogue, terminal.colours);
  const names = [...catalogue.algorithms, ...catalogue.environments].map(({ id }) => id);
  throw new UsageError(`there is no algorithm or environment '${name}'.${didYouMean(name, names)}`);
}

function presetsText({ presets }: Algorithm): string {
  const names = Object.keys(presets);
  return names.length === 0 ? "" : `\nPresets: ${names.join(", ")}\n`;
}

/** A run by its directory, or by its name in `runs`. */
function findRun(name: string): RunDirectory {
  const inRuns = path.join("runs", name);
  if (!existsSync(name) && existsSync(inRuns)) return openRun(inRuns);
  if (existsSync(name)) return openRun(name);
  const known = existsSync("runs") ? readdirSync("runs") : [];
  throw new UserError(`there is no run ${name}.${didYouMean(path.basename(name), known)}`);
}

function algorithmOf({ algorithms }: Catalogue, id: string): Algorithm {
  const algorithm = algorithms.find((each) => each.id === id);
  if (!algorithm) throw new UserError(`this version of advantage has no algorithm '${id}'`);
  return algorithm;
}

function environmentOf({ path: directory, record }: RunDirectory): string {
  return record.environmentModule ? path.resolve(directory, record.environmentModule) : record.environment;
}

/** The command that does a run again. */
function typed(algorithm: Algorithm, env: string, preset: string, settings: Readonly<Record<string, unknown>>): string {
  return [
    `${commandName()} train ${algorithm.id} ${shellWord(env)}`,
    ...(preset === "auto" ? [] : [`--preset ${shellWord(preset)}`]),
    ...Object.entries(settings).map(([name, value]) => typedSetting(algorithm.config.fields[name], value)),
  ].join(" ");
}

function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text.replaceAll("_", ""));
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  throw new InvalidArgumentError("It must be a number of at least 0.");
}
