import { existsSync } from "node:fs";
import {
  ConfigError,
  type Field,
  numberFromText,
  policyTable,
  type Schema,
  settingText,
  UserError,
} from "@advantage/rl";
import { type Command, Option } from "commander";
import { shellWord } from "../files/shell-word.js";
import { loadPolicy } from "../policy.js";

/** Gives a command one option per setting of a schema. Values come out parsed, under the setting's name. */
export function addSettingFlags(command: Command, schema: Schema<unknown>): void {
  for (const field of Object.values(schema.fields)) {
    if (field.kind === "flag") {
      // Both, so that what a preset switches on can be switched off and the other way round.
      const off = field.flag.replace(/^--/, "--no-");
      command.addOption(new Option(field.flag, describe(field)));
      command.addOption(new Option(off, `the opposite of ${field.flag}`).hideHelp());
    } else {
      command.addOption(
        new Option(`${field.flag} <value>`, describe(field)).argParser((text) => {
          requireRepresentable(field, text);
          if (field.kind === "numbers" && existsSync(text)) return new PolicyPath(text);
          return schema.fromFlag(field.name, text);
        }),
      );
    }
  }
}

/** Where a list of numbers is to come from: the policy of a run, or a policy file. */
class PolicyPath {
  constructor(readonly path: string) {}
}

/**
 * The settings with the tables of policies in place of their paths.
 *
 * @throws UserError if there is no policy, or it cannot be a table
 */
export async function withPolicyTables(settings: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const read = async ({ path }: PolicyPath) => {
    const policy = await loadPolicy(path);
    try {
      return Array.from(policyTable(policy));
    } catch (error) {
      throw new UserError(`${path}: ${(error as Error).message}`);
    }
  };
  const all = Object.entries(settings).map(
    async ([name, value]) => [name, value instanceof PolicyPath ? await read(value) : value] as const,
  );
  return Object.fromEntries(await Promise.all(all));
}

/** What a number type cannot hold is told apart from what the setting does not allow. */
function requireRepresentable({ flag, kind }: Field, text: string): void {
  const [from, to = from] = kind === "schedule" ? text.split("@")[0].split(":") : [text];
  const values = [from, to].map((part) => Number(numberFromText(part)));
  const infinite = values.some((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  if (["real", "schedule"].includes(kind) && infinite) throw new ConfigError([`${flag} must be finite, got ${text}`]);
  if (kind === "int" && values[0] > Number.MAX_SAFE_INTEGER)
    throw new ConfigError([`${flag} must be a whole number of at most ${Number.MAX_SAFE_INTEGER}, got ${text}`]);
}

/** An option as help shows it: `--[no-]normalise-advantage` for settings that are on or off. */
export function optionTerm(option: Option, { fields }: Schema<unknown>): string {
  const onOff = Object.values(fields).some((field) => field.kind === "flag" && field.flag === option.flags);
  return onOff ? option.flags.replace(/^--/, "--[no-]") : option.flags;
}

/** The settings among a command's options: those that were given. */
export function givenSettings(command: Command, schema: Schema<unknown>): Record<string, unknown> {
  const given = Object.keys(schema.fields).filter((name) => command.getOptionValueSource(name) === "cli");
  return Object.fromEntries(given.map((name) => [name, command.getOptionValue(name)]));
}

/** `--flag true` and `--flag=false` as `--flag` and `--no-flag`, which is what the parser knows. */
export function plainFlags(args: readonly string[], schemas: readonly Schema<unknown>[]): string[] {
  const flags = new Set(
    schemas.flatMap(({ fields }) =>
      Object.values(fields)
        .filter((field) => field.kind === "flag")
        .map((field) => field.flag),
    ),
  );
  const plain: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [flag, attached] = args[i].split("=", 2);
    const value = attached ?? args[i + 1];
    if (!flags.has(flag) || (value !== "true" && value !== "false")) {
      plain.push(args[i]);
      continue;
    }
    plain.push(value === "true" ? flag : flag.replace(/^--/, "--no-"));
    if (attached === undefined) i += 1;
  }
  return plain;
}

/** A rule between settings, such as "numEnvs must be at least …", in the names of the flags. */
export function namingFlags(error: unknown, schemas: readonly Schema<unknown>[]): unknown {
  if (!(error instanceof ConfigError)) return error;
  const flags = new Map(schemas.flatMap(({ fields }) => Object.values(fields).map(({ name, flag }) => [name, flag])));
  const named = (name: string) => flags.get(name) ?? name;
  return new ConfigError(
    error.message.split("\n").map((line) =>
      // A word of one part is a setting's name only where the rule is about it: "discount must be …".
      line.replace(/^[a-z]+(?= must )|(?<![\w'-])[a-z]+(?:[A-Z][a-z]*)+(?![\w'])/g, named),
    ),
  );
}

/** A setting as it is typed. */
export function typedSetting(field: Field, value: unknown): string {
  if (field.kind === "flag") return value ? field.flag : field.flag.replace(/^--/, "--no-");
  return `${field.flag} ${shellWord(value instanceof PolicyPath ? value.path : settingText(value))}`;
}

/** How this command was called: `npx advantage` where npm knows it alone. */
export function commandName(): string {
  return process.env.npm_config_user_agent ? "npx advantage" : "advantage";
}

function describe({ help, symbol, range, default: usual }: Field): string {
  const facts = [...(symbol ? [symbol] : []), range, `default ${settingText(usual)}`];
  return `${help} [${facts.join(" · ")}]`;
}
