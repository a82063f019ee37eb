import { existsSync } from "node:fs";
import path from "node:path";
import { type AnyAlgorithm, algorithmProblems, UserError } from "@advantage/rl";
import { UsageError } from "../terminal/usage-error.js";
import { importModule } from "./import-module.js";

/** An algorithm of the user's own. */
export interface OwnAlgorithm {
  readonly algorithm: AnyAlgorithm;
  /** The absolute path of its module. */
  readonly module: string;
  /** The path as it was typed. */
  readonly typed: string;
}

/**
 * The algorithm that a module exports: by default, or the only one among its exports.
 *
 * @throws UserError if there is no such module, it exports no algorithm or several, or what it exports lacks something
 */
export async function loadAlgorithm(name: string): Promise<OwnAlgorithm> {
  const module = path.resolve(name);
  if (!existsSync(module)) throw new UsageError(`there is no algorithm module ${name}`);
  const exported = (await importModule(module, name)) as Readonly<Record<string, unknown>>;
  const found = exported.default ?? onlyAlgorithm(Object.values(exported), name);
  const problems = algorithmProblems(found);
  if (problems.length > 0)
    throw new UserError(
      `${name} has ${problems.length === 1 ? "a problem" : "problems"}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  return { algorithm: found as AnyAlgorithm, module, typed: name };
}

function onlyAlgorithm(values: readonly unknown[], name: string): unknown {
  const candidates = values.filter(
    (value) => typeof value === "object" && value !== null && "train" in value && "init" in value,
  );
  if (candidates.length === 1) return candidates[0];
  throw new UserError(
    candidates.length === 0
      ? `${name} must export an algorithm: export default { id, title, …, config, init, train, policy }`
      : `${name} exports ${candidates.length} algorithms: name one of them export default`,
  );
}
