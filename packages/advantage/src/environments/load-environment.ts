import { existsSync } from "node:fs";
import path from "node:path";
import { checkEnv, type Env, type EnvironmentEntry, type EnvironmentOptions, findEnvironment } from "@advantage/envs";
import { type AnyEnv, type EnvLike, type Schema, UserError } from "@advantage/rl";
import { UsageError } from "../terminal/usage-error.js";
import { environmentOptions } from "./env-options.js";
import { importModule, isModulePath } from "./import-module.js";

/** An environment that was named on the command line. */
export interface NamedEnvironment {
  /** To be made with `options`: `envSource(env, options)`. */
  readonly env: EnvLike;
  /** Options of the environment that differ from the defaults; absent where none do. */
  readonly options?: EnvironmentOptions;
  /** The absolute path of its module, if it is the user's own. */
  readonly module?: string;
}

export interface LoadOptions {
  /** Options as they were typed: `is-slippery=false`. */
  readonly typed?: readonly string[];
  /** Options that hold where nothing else was typed. */
  readonly options?: EnvironmentOptions;
  /** Is told what takes a while or was left out; default stderr. */
  readonly tell?: (line: string) => void;
}

/**
 * The environment of an id, or the one that a module exports by default: a function that makes it, or an object with `fresh`. A module
 * that exports a schema as `config` has options, which the function is given.
 *
 * @throws UserError if there is no such module, it exports no environment, it has no such options, or `checkEnv` finds something wrong
 */
export async function loadEnvironment(
  name: string,
  { typed = [], options: under = {}, tell = (line) => void process.stderr.write(`${line}\n`) }: LoadOptions = {},
): Promise<NamedEnvironment> {
  const { env, module, config } = await importEnvironment(name);
  const given = typed.length > 0 || Object.keys(under).length > 0;
  if (module === undefined) {
    if (!given) return { env };
    const entry = entryOf(name);
    return named({ env: entry.id }, environmentOptions(typed, entry.config, entry.id, under));
  }
  if (config === undefined && given) {
    throw new UserError(
      `${name} has no options: it exports no schema of them, export const config = schema({ … }), beside the function`,
    );
  }
  const options = config === undefined ? {} : environmentOptions(typed, config, name, under);
  const make = env as (options?: EnvironmentOptions) => Env;
  const problems = guarded(name, () => checkEnv(() => make(options), { tell }));
  if (problems.length > 0) {
    throw new UserError(
      `${name} has ${problems.length === 1 ? "a problem" : "problems"}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  }
  return named({ env, module }, options);
}

function named(environment: NamedEnvironment, options: EnvironmentOptions): NamedEnvironment {
  return Object.keys(options).length === 0 ? environment : { ...environment, options };
}

/** @throws UserError naming the nearest environment */
function entryOf(id: string): EnvironmentEntry {
  try {
    return findEnvironment(id);
  } catch (error) {
    throw new UserError((error as Error).message);
  }
}

/** Says so where an environment ends the process while it is checked: that is no success, whatever its exit code says. */
function guarded<T>(name: string, check: () => T): T {
  const tellOfExit = (code: number) => {
    process.stderr.write(
      `The process was ended while ${name} was checked, by a call of process.exit(${code}) in it.\n`,
    );
    process.exitCode = code || 1;
  };
  process.once("exit", tellOfExit);
  try {
    return check();
  } finally {
    process.off("exit", tellOfExit);
  }
}

/** An environment by its name, without a check of what is in its module: for a thread of a run whose environment was checked before. */
export async function importEnvironment(
  name: string,
): Promise<Pick<NamedEnvironment, "env" | "module"> & { readonly config?: Schema<unknown> }> {
  if (!isModulePath(name)) return { env: name };
  const module = path.resolve(name);
  if (!existsSync(module)) throw new UsageError(`there is no environment module ${name}`);
  if (/\.json$/i.test(module)) {
    throw new UserError(
      `${name} is data, not a module: an environment is a JavaScript or TypeScript file that exports a function which makes it`,
    );
  }
  const exported = await importModule(module, name);
  const config = configOf(exported, name);
  return { env: environmentOf(exported, name, config), module, ...(config === undefined ? {} : { config }) };
}

type Exports = { readonly default?: unknown; readonly config?: unknown };

/** The schema of a module's options; it may come from another copy of this package. */
function configOf(module: unknown, name: string): Schema<unknown> | undefined {
  const { config } = module as Exports;
  if (config === undefined) return undefined;
  const schema = config as Partial<Schema<unknown>> | null;
  if (typeof schema?.parse === "function" && typeof schema.changes === "function" && typeof schema.fields === "object")
    return schema as Schema<unknown>;
  throw new UserError(`${name} exports a config that is no schema: make it with schema({ … }), or call it otherwise`);
}

function environmentOf(module: unknown, name: string, config: Schema<unknown> | undefined): () => AnyEnv {
  const exported = (module as Exports).default;
  if (typeof exported === "function") {
    if (/^class\b/.test(Function.prototype.toString.call(exported))) {
      const { name: called = "" } = exported as { readonly name?: string };
      throw new UserError(
        `${name} exports a class: export a function that makes the environment, export default () => new ${called === "" || called === "default" ? "MyEnvironment" : called}()`,
      );
    }
    const make = exported as (options?: unknown) => AnyEnv;
    return config === undefined ? () => make() : (options: unknown = {}) => make(config.parse(options));
  }
  const env = exported as AnyEnv | undefined;
  if (typeof env === "object" && env !== null && typeof env.fresh === "function" && config === undefined)
    return env.fresh.bind(env);
  throw new UserError(
    `${name} must export a function that makes the environment: export default () => ({ id, …, reset, step })`,
  );
}
