import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { checkEnv } from "@advantage/envs";
import { type AnyEnv, type EnvLike, UserError } from "@advantage/rl";

/** An environment that was named on the command line. */
export interface NamedEnvironment {
  readonly env: EnvLike;
  /** The absolute path of its module, if it is the user's own. */
  readonly module?: string;
}

/**
 * The environment of an id, or the one that a module exports by default: a function that makes it, or an object with `fresh`.
 *
 * @throws UserError if there is no such module, it exports no environment, or `checkEnv` finds something wrong
 */
export async function loadEnvironment(name: string): Promise<NamedEnvironment> {
  if (!isPath(name)) return { env: name };
  const module = path.resolve(name);
  if (!existsSync(module)) throw new UserError(`there is no environment module ${name}`);
  const env = environmentOf(await importModule(module, name), name);
  const problems = checkEnv(env as Parameters<typeof checkEnv>[0]);
  if (problems.length > 0) {
    throw new UserError(
      `${name} has ${problems.length === 1 ? "a problem" : "problems"}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  }
  return { env, module };
}

function isPath(name: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(name);
}

async function importModule(module: string, name: string): Promise<unknown> {
  try {
    // Older Nodes take a .js file without "type": "module" beside it for CommonJS, and none of Node 20 knows types.
    if (/\.(?:[cm]?ts|js)$/.test(module)) return await importCompiled(module);
    return await import(pathToFileURL(module).href);
  } catch (error) {
    throw new UserError(`cannot load ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** The module and its relative imports as one JavaScript module beside it, for as long as the import takes. */
async function importCompiled(module: string): Promise<unknown> {
  const { build } = await import("esbuild");
  const { dir, name } = path.parse(module);
  const compiled = path.join(dir, `.${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [module],
    outfile: compiled,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: "inline",
    logLevel: "silent",
  });
  try {
    return await import(pathToFileURL(compiled).href);
  } finally {
    rmSync(compiled, { force: true });
  }
}

function environmentOf(module: unknown, name: string): () => AnyEnv {
  const exported = (module as { default?: unknown }).default;
  if (typeof exported === "function") return exported as () => AnyEnv;
  const env = exported as AnyEnv | undefined;
  if (typeof env === "object" && env !== null && typeof env.fresh === "function") return env.fresh.bind(env);
  throw new UserError(
    `${name} must export a function that makes the environment: export default () => ({ id, …, reset, step })`,
  );
}
