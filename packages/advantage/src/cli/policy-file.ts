import fs from "node:fs";
import { type EnvSource, envSource, type Policy, policyProblem, UserError } from "@advantage/rl";
import type { Catalogue } from "../catalogue.js";
import { loadEnvironment } from "../environments/load-environment.js";
import { asUserError } from "../files/file-errors.js";
import { UsageError } from "../terminal/usage-error.js";
import type { RunEnvironmentFlags } from "./run-environment.js";

/** Whether a name is that of a policy by itself, apart from its run. */
export function isPolicyFile(name: string): boolean {
  return name.endsWith(".safetensors") && fs.statSync(name, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * A policy by itself and the environment that was named for it.
 *
 * @throws UsageError if none was named; UserError if the file is no policy, or the policy cannot act there
 */
export async function policyAndEnvironment(
  file: string,
  { env: named, envOption: typed = [] }: RunEnvironmentFlags,
  { loadPolicy }: Pick<Catalogue, "loadPolicy">,
  tell: (line: string) => void,
): Promise<{ readonly policy: Policy; readonly source: EnvSource }> {
  if (named === undefined)
    throw new UsageError(`${file} is a policy without its run: say where it is to act with --env ENVIRONMENT`);
  const policy = loadPolicy(bytesOf(file));
  const { env, options } = await loadEnvironment(named, { typed, tell });
  const source = envSource(env, options);
  const problem = policyProblem(policy, source);
  if (problem) throw new UserError(problem);
  return { policy, source };
}

/** @throws UserError if it cannot be read */
export function bytesOf(file: string): Uint8Array {
  try {
    return new Uint8Array(fs.readFileSync(file));
  } catch (error) {
    throw asUserError(error, `cannot read ${file}`);
  }
}
