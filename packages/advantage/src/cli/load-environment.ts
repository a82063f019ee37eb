import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { checkEnv } from "@advantage/envs";
import { type AnyEnv, type EnvLike, UserError } from "@advantage/rl";
import type { Plugin } from "esbuild";

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
  const { env, module } = await importEnvironment(name);
  if (module === undefined) return { env };
  const problems = checkEnv(env as Parameters<typeof checkEnv>[0]);
  if (problems.length > 0) {
    throw new UserError(
      `${name} has ${problems.length === 1 ? "a problem" : "problems"}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
  }
  return { env, module };
}

/** The same without a check of what is in the module: for a thread of a run whose environment was checked before. */
export async function importEnvironment(name: string): Promise<NamedEnvironment> {
  if (!isModulePath(name)) return { env: name };
  const module = path.resolve(name);
  if (!existsSync(module)) throw new UserError(`there is no environment module ${name}`);
  return { env: environmentOf(await importModule(module, name), name), module };
}

/** Whether what was typed for an environment is the path of a module, not an id. */
export function isModulePath(name: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(name);
}

const TYPESCRIPT = /\.[cm]?tsx?$/;

async function importModule(module: string, name: string): Promise<unknown> {
  try {
    if (TYPESCRIPT.test(module)) return await importTypeScript(module, name);
    return await import(pathToFileURL(module).href).catch((error) => importCompiledInstead(module, error));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot load ${name}: ${(error as Error).message}`, { cause: error });
  }
}

async function importTypeScript(module: string, name: string): Promise<unknown> {
  const compiler = await findCompiler(module);
  if (compiler !== undefined) return importCompiled(module, compiler);
  if ((process.features as { typescript?: unknown }).typescript) return import(pathToFileURL(module).href);
  throw new UserError(
    `cannot load ${name}: TypeScript is compiled with esbuild, which is not installed. Do npm install esbuild, or use Node 22.18 or newer, or JavaScript`,
  );
}

/** Older Nodes take a .js file without "type": "module" beside it for CommonJS, and none imports all that a bundler does. */
async function importCompiledInstead(module: string, error: unknown): Promise<unknown> {
  const { code, message } = error as NodeJS.ErrnoException;
  const isOfModuleKind =
    error instanceof SyntaxError ||
    code === "ERR_UNKNOWN_FILE_EXTENSION" ||
    code === "ERR_REQUIRE_ESM" ||
    /is not defined in ES module scope/.test(message);
  const compiler = isOfModuleKind ? await findCompiler(module) : undefined;
  if (compiler === undefined) throw error;
  return importCompiled(module, compiler);
}

type Compiler = Pick<typeof import("esbuild"), "build">;

/** esbuild, beside this package or beside the user's module; it is not installed with this package, being native code. */
async function findCompiler(module: string): Promise<Compiler | undefined> {
  try {
    return await import("esbuild");
  } catch {
    try {
      return createRequire(module)("esbuild");
    } catch {
      return undefined;
    }
  }
}

/**
 * The module and its relative imports as one JavaScript module. It comes as a data: URL, so that nothing is written anywhere: the folder may be
 * read-only, and there is nothing to leave behind.
 */
async function importCompiled(module: string, { build }: Compiler): Promise<unknown> {
  const { href } = pathToFileURL(module);
  const { outputFiles } = await build({
    entryPoints: [module],
    write: false,
    bundle: true,
    plugins: [packagesByAddress],
    format: "esm",
    platform: "node",
    target: "node20",
    define: {
      "import.meta.url": JSON.stringify(href),
      "import.meta.dirname": JSON.stringify(path.dirname(module)),
      "import.meta.filename": JSON.stringify(module),
    },
    footer: { js: `//# sourceURL=${href}` }, // what traces of errors name
    logLevel: "silent",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** Packages stay outside and are named by their addresses, found from the user's folder: a data: URL has no folder to look from. */
const packagesByAddress: Plugin = {
  name: "packages-by-address",
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./#]/ }, async ({ path: specifier, kind, resolveDir, importer, pluginData }) => {
      if (kind === "entry-point" || pluginData === packagesByAddress) return undefined;
      const found = await resolve(specifier, { kind, resolveDir, importer, pluginData: packagesByAddress });
      const { errors, external, path: file } = found;
      if (errors.length > 0 || external || TYPESCRIPT.test(file)) return found; // Node's own; aliases of the user's sources
      return { path: pathToFileURL(file).href, external: true };
    });
  },
};

function environmentOf(module: unknown, name: string): () => AnyEnv {
  const exported = (module as { default?: unknown }).default;
  if (typeof exported === "function") return exported as () => AnyEnv;
  const env = exported as AnyEnv | undefined;
  if (typeof env === "object" && env !== null && typeof env.fresh === "function") return env.fresh.bind(env);
  throw new UserError(
    `${name} must export a function that makes the environment: export default () => ({ id, …, reset, step })`,
  );
}
