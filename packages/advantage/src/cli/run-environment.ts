import path from "node:path";
import { type EnvSource, envSource, optionsText, sameOptions, UserError } from "@advantage/rl";
import { isModulePath } from "../environments/import-module.js";
import { loadEnvironment, type NamedEnvironment } from "../environments/load-environment.js";
import { moduleAt, moduleHash } from "../run-directory/environment-record.js";
import type { RunDirectory } from "../run-directory/run-directory.js";
import type { Terminal } from "../terminal/terminal.js";

/** What may be said of a run's environment beside what its record says. */
export interface RunEnvironmentFlags {
  /** The module, where the record's has moved. */
  readonly env?: string;
  /** Other options than it was trained with, as they were typed. */
  readonly envOption?: readonly string[];
}

/** The help of `--env`. */
export const ENV_HELP = "where the module of the run's environment is now, if it has moved";

/** The help of `--env` where a policy by itself may be given. */
export const POLICY_ENV_HELP = `${ENV_HELP}; of a policy file, the id or the module of the environment it is to act in`;

/**
 * The environment of a run, made as it was then unless other options were typed. What differs from the record is told in a line each.
 *
 * @throws UserError if the module is gone, or another one is given that does not fit
 */
export async function runEnvironment(
  { path: directory, record }: RunDirectory,
  { env: given, envOption = [] }: RunEnvironmentFlags,
  terminal: Pick<Terminal, "err">,
): Promise<NamedEnvironment & { readonly source: EnvSource }> {
  const { environment, environmentModule, environmentOptions, environmentHash } = record;
  if (given !== undefined && environmentModule === undefined)
    throw new UserError(`${directory} is of ${environment}, which is no module: leave out --env`);
  const tell = (line: string) => terminal.err(`${line}\n`);
  if (environmentModule === undefined && isModulePath(environment)) {
    throw new UserError(
      `${directory} is of environment '${environment}', which no catalogue has and no module is named for`,
    );
  }
  const named = environmentModule === undefined ? environment : (given ?? moduleAt(directory, environmentModule));
  if (environmentModule !== undefined) {
    const module = path.resolve(named);
    const hash = moduleHash(module);
    if (hash === undefined && given === undefined)
      throw new UserError(`the environment's module is not at ${module} any more: say where it is with --env MODULE`);
    // It is code that the run's own record names.
    tell(`The environment is the module ${module}, which is run.`);
    if (hash !== undefined && environmentHash !== undefined && hash !== environmentHash)
      tell(`${module} has been edited since the run was started.`);
  }
  const loaded = await loadEnvironment(named, { typed: envOption, options: environmentOptions, tell });
  const source = envSource(loaded.env, loaded.options);
  if (source.id !== environment) throw new UserError(`${directory} is of ${environment}, ${named} is of ${source.id}`);
  if (!sameOptions(source.options, environmentOptions)) {
    const [now, then] = [source.options, environmentOptions].map((options) => optionsText(options) || "its defaults");
    tell(`${environment} has ${now} now; the run was trained with ${then}.`);
  }
  return { ...loaded, source };
}
