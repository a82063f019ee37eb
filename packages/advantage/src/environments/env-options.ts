import fs from "node:fs";
import type { EnvironmentOptions } from "@advantage/envs";
import { ConfigError, type Schema, settingText } from "@advantage/rl";
import type { Command } from "commander";
import { asUserError } from "../files/file-errors.js";
import { shellWord } from "../files/shell-word.js";

export const ENV_OPTION_HELP =
  "an option of the environment, such as is-slippery=false, once for each (show ENVIRONMENT lists them); @FILE for a value reads it from a file";

/** Gives a command `--env-option`. */
export function addEnvironmentOptions(command: Command): Command {
  return command.option("--env-option <name=value>", ENV_OPTION_HELP, collect);
}

/** Options that may be given more than once, in a list. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

/**
 * Options as they were typed, of those that a schema has: those that differ from the defaults.
 *
 * @param of     what has the options, for messages
 * @param under  options that hold where nothing else was typed
 * @throws ConfigError with the nearest name, or the rule that a value breaks
 */
export function environmentOptions(
  texts: readonly string[],
  config: Schema<unknown>,
  of: string,
  under: EnvironmentOptions = {},
): EnvironmentOptions {
  const given: Record<string, unknown> = { ...under };
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at < 1) throw new ConfigError([`--env-option must be name=value, got '${text}'`]);
    const typed = text.slice(0, at);
    const name = nameOf(typed, config);
    if (name === undefined) return config.parse({ [typed]: text }) as never; // it says what is wrong, and of what
    given[name] = readValue(config, name, text.slice(at + 1), of);
  }
  return config.changes(config.parse(given)) as EnvironmentOptions;
}

/** `is-slippery`, `is_slippery` and `isSlippery` are one name; what Gymnasium calls it is another. */
function nameOf(typed: string, { fields }: Schema<unknown>): string | undefined {
  const plain = (name: string) => name.replace(/[-_]/g, "").toLowerCase();
  return Object.values(fields).find(({ name, alias }) =>
    [name, alias ?? name].some((each) => plain(each) === plain(typed)),
  )?.name;
}

function readValue(config: Schema<unknown>, name: string, text: string, of: string): unknown {
  try {
    return config.fromFlag(name, text.startsWith("@") ? read(text.slice(1)) : text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.problems.map((problem) => `${of}: ${problem.replace(/^--/, "")}`));
  }
}

function read(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw asUserError(error, `cannot read ${file}`);
  }
}

/** Options as they are typed: `--env-option isSlippery=false`. */
export function typedOptions(options: EnvironmentOptions = {}): string[] {
  return Object.entries(options).map(([name, value]) => `--env-option ${shellWord(`${name}=${optionValue(value)}`)}`);
}

/** A list of texts is one of lines, which a name in a shell takes as commas. */
export function optionValue(value: unknown): string {
  return typeof value === "string" ? value : settingText(value);
}
