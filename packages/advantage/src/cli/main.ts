import { inspect } from "node:util";
import { printable } from "@advantage/engine";
import { environments, nearestName } from "@advantage/envs";
import { algorithms, ConfigError, loadPolicy, UserError } from "@advantage/rl";
import { Command, CommanderError, Option } from "commander";
import { algorithmOf, type Catalogue, findRun, UsageError, withOwn } from "../catalogue.js";
import { addEnvironmentOptions } from "../environments/env-options.js";
import { isModulePath } from "../environments/import-module.js";
import { loadAlgorithm } from "../environments/load-algorithm.js";
import { shellWord } from "../files/shell-word.js";
import { importCheckpoint } from "../run-directory/import-checkpoint.js";
import { resumeRun } from "../run-directory/train-to-directory.js";
import { version } from "../run-directory/version.js";
import { processTerminal, type Terminal } from "../terminal/terminal.js";
import { bench } from "./bench.js";
import { addCompare } from "./compare-command.js";
import { listJson, listText, showJson, showText } from "./describe.js";
import { eject } from "./eject.js";
import { type EvaluateFlags, evaluateRun } from "./evaluate-run.js";
import { plot } from "./plot.js";
import { addReproduce } from "./reproduce-command.js";
import { ENV_HELP, POLICY_ENV_HELP, type RunEnvironmentFlags, runEnvironment } from "./run-environment.js";
import { finite, positive, type RunFlags, runAndReport, wholeNumber, withRunFlags } from "./run-flags.js";
import { commandName, namingFlags, plainFlags } from "./setting-flags.js";
import { addTrain } from "./train-command.js";
import { type WatchFlags, watch } from "./watch/watch.js";

/** What the command is given. */
export interface CommandLine {
  readonly terminal?: Terminal;
  readonly catalogue?: Catalogue;
}

const USAGE_ERROR = 2;

/**
 * The command `advantage`.
 *
 * @param argv the arguments after the command's name
 * @returns the exit code: 0, 1 for what went wrong, 2 for what was typed wrong, 130 after Ctrl-C, 143 and 129 after SIGTERM and SIGHUP
 */
export async function main(
  argv: readonly string[],
  { terminal = processTerminal(), catalogue: known = { algorithms, environments, loadPolicy } }: CommandLine = {},
): Promise<number> {
  let exitCode = 0;
  let catalogue = known;
  try {
    const named = await withOwnAlgorithm(argv, known);
    catalogue = named.catalogue;
    const program = commandOf(terminal, catalogue, (code) => {
      exitCode = code;
    });
    const schemas = catalogue.algorithms.map(({ config }) => config);
    await program.parseAsync(plainFlags(helpLast(named.argv, catalogue), schemas), { from: "user" });
    return exitCode;
  } catch (thrown) {
    const error =
      argv[0] === "train" || argv[0] === "resume"
        ? namingFlags(
            thrown,
            catalogue.algorithms.map(({ config }) => config),
          )
        : thrown;
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0; // help or version, which is out already
      if (error.code !== "commander.help") terminal.err(`${printable(usageSentence(error.message))}\n`);
      return USAGE_ERROR;
    }
    if (argv.includes("--debug"))
      terminal.err(`${printable(inspect(error))}\n`); // with its causes
    else if (error instanceof UserError) terminal.err(`${printable(error.message)}\n`);
    else
      terminal.err(`${printable(String((error as Error)?.message ?? error))}\n(--debug shows where this came from)\n`);
    return error instanceof ConfigError || error instanceof UsageError ? USAGE_ERROR : 1;
  }
}

/** `train ./my-ppo.ts CartPole-v1` as `train ppo CartPole-v1` with the algorithm of that module in the catalogue; `show` and `help` alike. */
async function withOwnAlgorithm(
  argv: readonly string[],
  catalogue: Catalogue,
): Promise<{ argv: readonly string[]; catalogue: Catalogue }> {
  const at = argv.findIndex((word, i) => i > 0 && !word.startsWith("-") && word !== "train");
  const takes = argv[0] === "train" || (argv[0] === "help" && argv[1] === "train") || argv[0] === "show";
  if (!takes || at < 0 || !isModulePath(argv[at])) return { argv, catalogue };
  const own = await loadAlgorithm(argv[at]);
  return { argv: argv.with(at, own.algorithm.id), catalogue: withOwn(catalogue, own) };
}

/** `help train ppo` and `train --help ppo` as `train ppo --help`: the help of what is named, not that of all algorithms. */
function helpLast(argv: readonly string[], { algorithms }: Catalogue): readonly string[] {
  const [first, second, name] = argv;
  const asks = (first === "help" && second === "train") || (first === "train" && /^(?:--help|-h)$/.test(second ?? ""));
  if (!asks || name === undefined) return argv;
  return algorithms.some(({ id }) => id === name) ? ["train", name, "--help"] : ["train", name]; // which says that there is none
}

/** "error: unknown option '--sed'\n(Did you mean --seed?)" as a sentence of our own, with names that are near by our own measure. */
function usageSentence(message: string): string {
  const [, typed = ""] = /'-*(.*?)'/.exec(message) ?? [];
  return message.replace(/^error: /, "").replace(/\n\(Did you mean (?:one of )?(.*)\?\)/, (_, names: string) => {
    const bare = new Map(names.split(", ").map((name) => [name.replace(/^-+/, ""), name]));
    const nearest = nearestName(typed, bare.keys());
    return nearest === undefined ? "" : `. Did you mean ${bare.get(nearest)}?`;
  });
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
    .argument("<run>", "its directory, or a checkpoint file of the playground")
    .option("--total-steps <steps>", "train for so many steps in all", wholeNumber(1))
    .option(
      "--checkpoint <step>",
      "go back to a checkpoint that was kept (--keep-checkpoints); what came after it is dropped",
      wholeNumber(0),
    )
    .addOption(
      new Option(
        "--schedules <way>",
        "with more steps, settings that move over the run stretch to the new end, or hold what the old end had reached [default: stretch]",
      ).choices(["stretch", "hold"]),
    )
    .option("--env <module>", ENV_HELP)
    .action(async (name: string, flags: RunFlags & RunEnvironmentFlags & ResumeFlags) => {
      const directory = name.endsWith(".safetensors") ? importCheckpoint(name, "runs", catalogue) : findRun(name);
      const algorithm = await algorithmOf(catalogue, directory, (line) => terminal.err(`${line}\n`));
      const { env, module } = await runEnvironment(directory, flags, terminal);
      const teachers = directory.teachers().map((bytes) => catalogue.loadPolicy(bytes));
      const environmentModule = flags.env === undefined ? undefined : module;
      exit(
        await runAndReport(terminal, flags, (options) =>
          resumeRun(directory, algorithm, teachers.length > 0 ? { env, teachers } : env, {
            ...options,
            totalSteps: flags.totalSteps,
            checkpoint: flags.checkpoint,
            schedules: flags.schedules,
            environmentModule,
          }),
        ),
      );
    });
  addEnvironmentOptions(program.command("eval"))
    .description("play episodes with a run's policy")
    .argument("<run>", "its directory, or a policy file")
    .option("--env <environment>", POLICY_ENV_HELP)
    .option("--best", "the best policy of the looks while it trained (--eval-every), not the last")
    .option("--episodes <count>", "how many", wholeNumber(1), 100)
    .option("--max-steps <steps>", "cut episodes that do not end by themselves [default: 10000]", wholeNumber(1))
    .option("--threshold <return>", "say what share of the episodes return less", finite)
    .option("--seed <seed>", "seed of the episodes [default: the run's, else 0]", wholeNumber(0))
    .option("--json", "print the result as JSON")
    .option("--debug", "show where an error came from")
    .action(async (name: string, flags: EvaluateFlags) => {
      await evaluateRun(name, flags, terminal, catalogue);
    });
  addEnvironmentOptions(program.command("watch"))
    .description("watch a run's policy play, or an environment with random actions")
    .argument("<name>", "a run's directory, a policy file, an environment's id or its module")
    .option("--env <environment>", POLICY_ENV_HELP)
    .option("--best", "the best policy of the looks while it trained (--eval-every), not the last")
    .option("--episodes <count>", "how many", wholeNumber(1), 1)
    .option("--speed <steps>", "steps a second [default: 5 on maps, else 30]", positive)
    .option("--seed <seed>", "seed of the episodes [default: the run's, else 0]", wholeNumber(0))
    .option("--stochastic", "sample the policy's actions instead of taking the most probable ones")
    .option("--max-steps <steps>", "cut episodes that do not end by themselves", wholeNumber(1), 1000)
    .option("--html <file>", "write a page with a player instead")
    .option("--svg <file>", "write an animated picture instead")
    .option("--debug", "show where an error came from")
    .action(async (name: string, flags: WatchFlags) => exit(await watch(name, flags, terminal, catalogue)));
  program
    .command("list")
    .description("the algorithms and environments")
    .option("--json", "print them as JSON")
    .action(({ json }: { json?: boolean }) => terminal.out(json ? listJson(catalogue) : listText(catalogue, terminal)));
  program
    .command("show")
    .description("everything about an algorithm or an environment")
    .argument("<name>", "such as ppo or CartPole-v1")
    .option("--json", "print it as JSON")
    .action((name: string, { json }: { json?: boolean }) =>
      terminal.out(json ? showJson(name, catalogue) : showText(name, terminal, catalogue)),
    );
  addCompare(program, terminal, catalogue, exit);
  program
    .command("plot")
    .description("draw the learning curves of runs into one file")
    .argument("<runs...>", "their directories")
    .option("--svg", "a picture instead of a page")
    .option("--output <file>", "where to [default: plot.html or plot.svg]")
    .action((names: string[], flags: { svg?: boolean; output?: string }) => {
      const runs = names.map(findRun);
      const on = [...new Set(runs.map(({ record }) => record.environment))];
      if (on.length > 1)
        terminal.err(
          `These runs are of different environments, ${on.join(", ")}: their returns are not on one scale.\n`,
        );
      terminal.out(`${plot(runs, flags, catalogue)}\n`);
    });
  addReproduce(program, terminal);
  program
    .command("eject")
    .description(
      "copy an algorithm's file out of the package, to change it and train it: advantage train ./my-ppo.ts …",
    )
    .argument("<algorithm>", "its id, such as ppo")
    .option("--output <file>", "where to [default: <algorithm>.ts]")
    .action((id: string, { output }: { output?: string }) => {
      const [file, ...beside] = eject(id, output);
      terminal.out(`${[file, ...beside].join("\n")}\n`);
      terminal.err(
        `Change it, then: ${commandName()} train ${shellWord(file.startsWith(".") || file.startsWith("/") ? file : `./${file}`)} CartPole-v1\n`,
      );
    });
  program
    .command("bench")
    .description("measure the speed of this machine with the repository's benchmark")
    .argument("[options...]", "passed on to it")
    .allowUnknownOption()
    .action(async (args: string[]) => exit(await bench(args)));
  return program;
}

interface ResumeFlags {
  readonly checkpoint?: number;
  readonly totalSteps?: number;
  readonly schedules?: "stretch" | "hold";
}
