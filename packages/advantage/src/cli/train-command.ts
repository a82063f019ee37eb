import { didYouMean, type EnvironmentOptions, findEnvironment } from "@advantage/envs";
import {
  type AnyAlgorithm,
  type InitFrom,
  isCheckpointFile,
  needProblem,
  readCheckpointFile,
  spaceProblem,
  type Task,
  taskOf,
  UserError,
} from "@advantage/rl";
import { type Command, Option } from "commander";
import { type Catalogue, findRun, fits, policyOf, SEE_LIST, UsageError } from "../catalogue.js";
import { addEnvironmentOptions, typedOptions } from "../environments/env-options.js";
import { isModulePath } from "../environments/import-module.js";
import { loadEnvironment } from "../environments/load-environment.js";
import { shellWord } from "../files/shell-word.js";
import { trainToDirectory } from "../run-directory/train-to-directory.js";
import type { Terminal } from "../terminal/terminal.js";
import { bytesOf, isPolicyFile } from "./policy-file.js";
import { directoryName, type RunFlags, runAndReport, withRunFlags } from "./run-flags.js";
import {
  addSettingFlags,
  commandName,
  givenSettings,
  optionTerm,
  typedSetting,
  withPolicyTables,
} from "./setting-flags.js";

/** One subcommand per algorithm, with its settings as flags. */
export function addTrain(
  program: Command,
  terminal: Terminal,
  catalogue: Catalogue,
  exit: (code: number) => void,
): void {
  const train = program
    .command("train")
    .description("train an algorithm on an environment")
    .usage("ALGORITHM ENVIRONMENT [options]")
    .argument("[algorithm]")
    .argument("[rest...]")
    .allowUnknownOption()
    .helpCommand(false)
    .configureHelp({ subcommandTerm: (command) => command.name() }) // short, or the descriptions are not wrapped
    .action((name: string | undefined) => {
      const ids = catalogue.algorithms.map(({ id }) => id);
      if (name === undefined)
        throw new UsageError("name an algorithm and an environment: advantage train ppo CartPole-v1");
      throw new UsageError(`unknown algorithm '${name}'.${didYouMean(name, ids)}${SEE_LIST}`);
    });

  const { own } = catalogue;
  for (const algorithm of catalogue.algorithms) {
    const command = train
      .command(algorithm.id)
      .description(algorithm.summary)
      .argument("<environment>", "an id, such as CartPole-v1, or the path of a module that exports one");
    const typedName = own?.algorithm === algorithm ? own.typed : algorithm.id;
    command.configureHelp({
      optionTerm: (option) => optionTerm(option, algorithm.config),
      commandUsage: (each) => `${program.name()} train ${shellWord(typedName)} ${each.usage()}`,
    });
    command.optionsGroup("Settings:");
    addSettingFlags(command, algorithm.config);
    command.optionsGroup("Options:");
    addEnvironmentOptions(withRunFlags(command))
      .option("--preset <name>", "auto: the settings known to work on the environment; none: only the defaults", "auto")
      .option(
        "--run-dir <directory>",
        "where to keep the run [default: runs/<time>-<algorithm>-<environment>-s<seed>]",
        directoryName,
      )
      .option(
        "--init-from <run>",
        "start from a run's trained parameters: its directory, a checkpoint file, or a policy file for the actor alone",
      )
      .addOption(
        new Option("--teacher <run>", "a run whose policy is learnt from, by its directory; may be repeated")
          .argParser((run: string, earlier: readonly string[] = []) => [...earlier, run])
          .hideHelp(!algorithm.needs.includes("teacher")),
      )
      .addHelpText("after", presetsText(algorithm))
      .action(async (name: string, flags: RunFlags & TrainFlags) => {
        if (!isModulePath(name)) requireKnown(name);
        const tell = (line: string) => terminal.err(`${line}\n`);
        const {
          env,
          options: environmentOptions,
          module,
        } = await loadEnvironment(name, { typed: flags.envOption, tell });
        const teachers = flags.teacher?.map((run) => policyOf(findRun(run), catalogue));
        const task = teachers === undefined ? env : { env, teachers };
        requireFit(algorithm, taskOf(task, environmentOptions), catalogue);
        const given = givenSettings(command, algorithm.config);
        const settings = await withPolicyTables(given);
        exit(
          await runAndReport(terminal, flags, (options) =>
            trainToDirectory(algorithm, task, {
              ...options,
              settings,
              preset: flags.preset,
              runDirectory: flags.runDir,
              algorithmModule: own?.algorithm === algorithm ? own.module : undefined,
              environmentModule: module,
              environmentOptions,
              initFrom: flags.initFrom === undefined ? undefined : trainedBy(flags.initFrom, catalogue),
              command: typed(typedName, algorithm, name, flags, given, environmentOptions),
            }),
          ),
        );
      });
  }
}

interface TrainFlags {
  readonly preset: string;
  readonly runDir?: string;
  readonly envOption?: readonly string[];
  readonly initFrom?: string;
  readonly teacher?: readonly string[];
}

/**
 * The checkpoint of a run, or what a file holds.
 *
 * @throws UserError if there is none
 */
function trainedBy(name: string, { loadPolicy }: Catalogue): InitFrom {
  if (isPolicyFile(name)) {
    const bytes = bytesOf(name);
    return isCheckpointFile(bytes) ? readCheckpointFile(bytes) : loadPolicy(bytes);
  }
  const run = findRun(name);
  const checkpoint = run.checkpoint();
  if (checkpoint === undefined) throw new UserError(`${run.path} holds no checkpoint to start from`);
  return checkpoint;
}

/** @throws UsageError naming the nearest environment */
function requireKnown(id: string): void {
  try {
    findEnvironment(id);
  } catch (error) {
    const { message } = error as Error;
    throw new UsageError(`${message}${SEE_LIST}`);
  }
}

/** @throws UsageError naming the environments that have what the algorithm needs, or the algorithms that can use the environment */
function requireFit(algorithm: AnyAlgorithm, task: Task, { algorithms, environments }: Catalogue): void {
  const missing = needProblem(algorithm, task, environments);
  if (missing) throw new UsageError(missing);
  const problem = spaceProblem(algorithm, task);
  if (!problem) return;
  const fitting = algorithms.filter((other) => fits(other, task)).map(({ id }) => id);
  throw new UsageError(
    `${problem}. ${fitting.length > 0 ? `Algorithms that can: ${fitting.join(", ")}.` : "No algorithm can."}`,
  );
}

function presetsText({ presets }: AnyAlgorithm): string {
  const names = Object.keys(presets);
  return names.length === 0 ? "" : `\nPresets: ${names.join(", ")}\n`;
}

/** The command that does a run again. */
function typed(
  named: string,
  algorithm: AnyAlgorithm,
  env: string,
  { preset, initFrom, teacher = [] }: TrainFlags,
  settings: Readonly<Record<string, unknown>>,
  options: EnvironmentOptions | undefined,
): string {
  return [
    `${commandName()} train ${shellWord(named)} ${shellWord(env)}`,
    ...typedOptions(options),
    ...(preset === "auto" ? [] : [`--preset ${shellWord(preset)}`]),
    ...(initFrom === undefined ? [] : [`--init-from ${shellWord(initFrom)}`]),
    ...teacher.map((run) => `--teacher ${shellWord(run)}`),
    ...Object.entries(settings).map(([name, value]) => typedSetting(algorithm.config.fields[name], value)),
  ].join(" ");
}
