import {
  type BaseConfig,
  counted,
  environmentText,
  numberFromText,
  type PreparedRun,
  readable,
  type StopAt,
  stepsEnvironment,
  stopAtOf,
  type Unit,
} from "@advantage/rl";
import { type Command, InvalidArgumentError } from "commander";
import { shellWord } from "../files/shell-word.js";
import type { RunDirectory } from "../run-directory/run-directory.js";
import type { DirectoryOptions, DirectoryResult } from "../run-directory/train-to-directory.js";
import { interruptible, interruptionCode, type Terminal } from "../terminal/terminal.js";
import { progressSink } from "./progress-sink.js";
import { commandName } from "./setting-flags.js";
import { summaryTable } from "./summary-table.js";

/** How a run is run: options of `train` and `resume` alike. */
export interface RunFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly csv?: boolean;
  readonly tensorboard?: boolean;
  readonly workers?: number;
  readonly evalEpisodes?: number;
  readonly evalMaxSteps?: number;
  readonly evalThreshold?: number;
  readonly evalEvery?: number;
  readonly stopAt?: StopAt;
  readonly checkpointEvery?: number;
  readonly keepCheckpoints?: number;
  readonly stepTimeout?: number;
}

/** Bytes from which on a buffer is worth a line before training. */
const BIG_BUFFER = 16 * 2 ** 20;

/** Gives a command the options of `RunFlags`. */
export function withRunFlags(command: Command): Command {
  return command
    .option("--eval-episodes <count>", "episodes of each final evaluation, 0 for none [default: 100]", wholeNumber(0))
    .option("--eval-max-steps <steps>", "cut evaluation episodes that do not end [default: 10000]", wholeNumber(1))
    .option("--eval-threshold <return>", "say what share of the evaluation episodes return less", finite)
    .option(
      "--eval-every <steps>",
      "look at the policy every so many steps: 20 episodes, the best is kept",
      wholeNumber(1),
    )
    .option("--stop-at <rules>", "end early: return:475, plateau, plateau:20 (looks), 90s, 10min, 2h", stopRules)
    .option("--checkpoint-every <seconds>", "between checkpoints [default: 30]", seconds)
    .option("--step-timeout <seconds>", "end the run where a step of your environment takes longer", positive)
    .option("--keep-checkpoints <count>", "keep the last ones by their step, to go back to", wholeNumber(1))
    .option(
      "--workers <count>",
      "threads that share the environments [default: 1; a3c: one for each core]",
      wholeNumber(1),
    )
    .option("--csv", "write metrics.csv as well")
    .option("--tensorboard", "write event files for TensorBoard as well")
    .option("--json", "print nothing but the summary, as JSON")
    .option("--quiet", "show no progress")
    .option("--debug", "show where an error came from");
}

/**
 * Runs a training job and shows how it goes and what came out.
 *
 * @returns the exit code
 */
export async function runAndReport(
  terminal: Terminal,
  flags: RunFlags,
  start: (options: DirectoryOptions) => Promise<DirectoryResult>,
): Promise<number> {
  const { json, quiet, workers } = flags;
  const { supervisor } = terminal;
  if (flags.stepTimeout !== undefined) supervisor?.limitSteps(flags.stepTimeout);
  let interruption: AbortSignal | undefined;
  let saved: number | undefined;
  const result = await interruptible(terminal, (signal) => {
    interruption = signal;
    return start({
      signal,
      warn: (sentence) => terminal.err(`${sentence}\n`),
      onSave: (step) => {
        saved = step;
        supervisor?.saved(step);
      },
      pulse: supervisor?.pulse,
      watch: supervisor?.watch,
      csv: flags.csv,
      tensorboard: flags.tensorboard,
      workers,
      evaluationEpisodes: flags.evalEpisodes,
      evaluationMaxSteps: flags.evalMaxSteps,
      evaluationThreshold: flags.evalThreshold,
      evaluationEvery: flags.evalEvery,
      stopAt: flags.stopAt,
      checkpointEverySeconds: flags.checkpointEvery,
      keepCheckpoints: flags.keepCheckpoints,
      sinks: quiet || (json && !terminal.isTTY) ? [] : [progressSink(terminal)],
      onStart: (run, directory) => {
        if (!json && !quiet) terminal.out(startText(run, directory));
      },
    });
  });
  const interrupted = interruptionCode(interruption);
  const { summary, directory, stopped, evaluationStopped, resumable } = result;
  if (evaluationStopped) {
    terminal.err(
      `Training has ended, the evaluation was stopped. Evaluate the run with:\n  ${commandName()} eval ${shellWord(directory.path)}\n`,
    );
    return interrupted;
  }
  if (json) terminal.out(`${JSON.stringify(summary)}\n`);
  else if (!stopped) terminal.out(`\n${summaryTable(result, directory, terminal)}`);
  if (!stopped) return 0;
  const unit = summary.unit ?? "step";
  const where = result.givenUp
    ? `Stopped in the iteration after ${unit} ${readable(summary.steps)}${saved === undefined ? "" : `; the checkpoint of ${unit} ${readable(saved)} holds`}.`
    : `Stopped at ${unit} ${readable(summary.steps)}.`;
  terminal.err(
    resumable
      ? `${where} Go on with:\n  ${commandName()} resume ${shellWord(directory.path)}${workers === undefined ? "" : ` --workers ${workers}`}\n`
      : `${where} ${summary.environment} has no snapshot() and restore(), so the run cannot be resumed.\n`,
  );
  return interrupted;
}

function startText(
  { algorithm, context, preset, resume, plannedSteps, buffers, resumable }: PreparedRun,
  directory: RunDirectory,
): string {
  const { config, env, id } = context;
  const { unit = "step" } = algorithm;
  const from = resume ? ` from ${unit} ${readable(resume.header.step)}` : "";
  const large = Object.entries(buffers)
    .filter(([, bytes]) => bytes >= BIG_BUFFER)
    .map(([name, bytes]) => `${name}: ${readable(Math.ceil(bytes / 2 ** 20))} MB\n`);
  return [
    `${algorithm.title} on ${environmentText(id, env?.options)}, ${atMost(algorithm)}${counted(plannedSteps, unit)}${from}, seed ${config.seed}`,
    preset ? `, preset ${preset.name} (${preset.source})` : "",
    `\n${directory.path}\n`,
    roundedUp(plannedSteps, config, unit),
    ...large,
    resumable ? "" : `${id} has no snapshot() and restore(): there will be no checkpoints to resume from\n`,
  ].join("");
}

/** More steps than this share beyond what was asked for are worth a word. */
const NOTED_EXCESS = 0.05;

/** What is said where whole iterations are much more than was asked for; nothing where they are not. */
function roundedUp(planned: number, config: BaseConfig, unit: Unit): string {
  const { totalSteps } = config;
  if (planned <= totalSteps * (1 + NOTED_EXCESS)) return "";
  const { numEnvs, numSteps } = config as { readonly numEnvs?: number; readonly numSteps?: number };
  const iteration =
    numEnvs === undefined || numSteps === undefined
      ? "an iteration"
      : `an iteration is ${readable(numEnvs * numSteps)} (--num-envs ${numEnvs} × --num-steps ${numSteps})`;
  return `${readable(Math.round((planned / totalSteps - 1) * 100))} % more than the ${counted(totalSteps, unit)} asked for, since only whole iterations are trained: ${iteration}\n`;
}

/** Solvers stop when they have converged. */
function atMost(algorithm: PreparedRun["algorithm"]): string {
  const { unit = "step" } = algorithm;
  return !stepsEnvironment(algorithm) && unit !== "step" ? "at most " : "";
}

/** Reads an option that is a directory. */
export function directoryName(text: string): string {
  if (text !== "") return text;
  throw new InvalidArgumentError("It must name a directory.");
}

/** Reads an option that is a whole number. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const value = Number(numberFromText(text));
    if (value > Number.MAX_SAFE_INTEGER)
      throw new InvalidArgumentError(`It must be a whole number of at most ${Number.MAX_SAFE_INTEGER}.`);
    if (text.trim() !== "" && Number.isSafeInteger(value) && value >= min) return value;
    throw new InvalidArgumentError(`It must be a whole number of at least ${min}.`);
  };
}

/** Reads an option that is a number. */
export function finite(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number.");
}

/** Reads an option that is a number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function stopRules(text: string): StopAt {
  try {
    return stopAtOf(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0) return value;
  throw new InvalidArgumentError("It must be a number of at least 0.");
}
