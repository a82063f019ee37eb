import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "@advantage/rl";
import type { Plugin } from "esbuild";

/** Whether what was typed for an environment or an algorithm is the path of a module, not an id. */
export function isModulePath(name: string): boolean {
  return /[\\/]|\.[cm]?[jt]s$/.test(name);
}

const TYPESCRIPT = /\.[cm]?tsx?$/;

/**
 * What a module of the user's exports. TypeScript is compiled on the way.
 *
 * @param module  its absolute path
 * @param name    as it was typed
 * @throws UserError if it cannot be loaded
 */
export async function importModule(module: string, name: string): Promise<unknown> {
  try {
    if (TYPESCRIPT.test(module)) return await importTypeScript(module, name);
    return await import(pathToFileURL(module).href).catch((error) => importCompiledInstead(module, error));
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message } = error as Error;
    const advice = /strip-only/.test(message) ? ": do npm install esbuild, which compiles the whole of TypeScript" : "";
    throw new UserError(`cannot load ${name}: ${message}${advice}`, { cause: error });
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
