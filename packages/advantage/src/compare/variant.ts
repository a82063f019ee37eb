import { didYouMean } from "@advantage/envs";
import { type AnyAlgorithm, ConfigError, UserError } from "@advantage/rl";
import { SEE_LIST } from "../catalogue.js";

/** An algorithm with settings, as typed: `reinforce:baseline=learned`. */
export interface Variant {
  /** What was typed. */
  readonly label: string;
  readonly algorithm: AnyAlgorithm;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Settings that belong to the comparison as a whole. */
const COMMON: Readonly<Record<string, string>> = { seed: "--seeds" };

/**
 * Reads `id` or `id:setting=value,setting=value`. Settings are named as in the library or as on the command line (`learningRate`, `learning-rate`);
 * a part without `=` goes on with the value before it: `ppo:hidden-sizes=64,64,clip=0.1`.
 *
 * @throws ConfigError with a line per problem, each beginning with the variant
 */
export function parseVariant(label: string, algorithms: readonly AnyAlgorithm[]): Variant {
  const colon = label.indexOf(":");
  const id = colon < 0 ? label : label.slice(0, colon);
  const algorithm = algorithms.find((each) => each.id === id);
  if (!algorithm) {
    const ids = algorithms.map((each) => each.id);
    throw new ConfigError([`unknown algorithm '${id}'.${didYouMean(id, ids)}${SEE_LIST}`]);
  }
  const problems: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const { key, value } of colon < 0 ? [] : assignments(label.slice(colon + 1))) {
    const name = camelCase(key);
    try {
      if (value === undefined) throw new UserError(`'${key}' must have a value: ${key || "setting"}=VALUE`);
      if (Object.hasOwn(COMMON, name)) throw new UserError(`${key} is the same for all: use ${COMMON[name]}`);
      if (Object.hasOwn(settings, name)) throw new UserError(`${key} is given twice`);
      settings[name] = algorithm.config.fromFlag(name, value);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(`${label}: ${error.message.replace(/^--[a-z0-9-]+/, key)}`);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return { label, algorithm, settings };
}

/** "a=1,2,b=x" → a = "1,2", b = "x". */
function assignments(text: string): { key: string; value?: string }[] {
  const found: { key: string; value?: string }[] = [];
  for (const part of text.split(",")) {
    const equals = part.indexOf("=");
    const last = found.at(-1);
    if (equals >= 0) found.push({ key: part.slice(0, equals).trim(), value: part.slice(equals + 1) });
    else if (last?.value !== undefined) last.value += `,${part}`;
    else found.push({ key: part.trim() });
  }
  return found;
}

/** `learning-rate` → `learningRate`. */
function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
