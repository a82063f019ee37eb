import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { EnvironmentOptions } from "@advantage/envs";
import type { EnvSource } from "@advantage/rl";

/** What a record says of the environment: enough to make it again, and to see whether it still is the same. */
export interface EnvironmentRecord {
  readonly environment: string;
  /** The options that it was made with where they differ from the defaults. */
  readonly environmentOptions?: EnvironmentOptions;
  /** The user's own environment: its module, relative to the real path of the directory. */
  readonly environmentModule?: string;
  /** SHA-256 of the module and of the files that it imports by relative paths, as hexadecimal digits. */
  readonly environmentHash?: string;
}

/** @param module the path of the environment's module, if it is the user's own */
export function environmentRecord(
  directory: string,
  { id, options }: Pick<EnvSource, "id" | "options">,
  module: string | undefined,
): EnvironmentRecord {
  return {
    environment: id,
    ...(options === undefined ? {} : { environmentOptions: options }),
    ...(module === undefined
      ? {}
      : { environmentModule: relativeModule(directory, module), environmentHash: moduleHash(module) }),
  };
}

/** The way from a directory to a module that holds wherever one comes to the directory from. */
export function relativeModule(directory: string, module: string): string {
  return path.relative(realPath(directory), realPath(module));
}

/** The absolute path of the module that a record in this directory names. */
export function moduleAt(directory: string, environmentModule: string): string {
  return path.resolve(realPath(directory), environmentModule);
}

function realPath(file: string): string {
  return fs.existsSync(file) ? fs.realpathSync(file) : path.resolve(file);
}

/** Relative specifiers of `import … from`, `export … from`, `import(…)` and `require(…)`. */
const RELATIVE_IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["'](\.{1,2}\/[^"']+)["']/g;

/** What a specifier may stand for, as compilers and bundlers see it. */
const ENDINGS = ["", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".json", "/index.js", "/index.ts"];

/**
 * SHA-256 of a module and of all files that it imports by relative paths, those of packages left out. `undefined` if there is no such file.
 */
export function moduleHash(module: string): string | undefined {
  const hash = createHash("sha256");
  const seen = new Set<string>();
  const open = [module];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    const found = sourceOf(file);
    if (found === undefined) continue;
    const real = fs.realpathSync(found);
    if (seen.has(real)) continue;
    seen.add(real);
    const code = fs.readFileSync(real, "utf8");
    hash.update(code).update("\0");
    for (const [, specifier] of code.matchAll(RELATIVE_IMPORT)) open.push(path.resolve(path.dirname(real), specifier));
  }
  return seen.size === 0 ? undefined : hash.digest("hex");
}

/** The file that a path stands for: TypeScript is imported by the name of what it is compiled to. */
function sourceOf(file: string): string | undefined {
  const candidates = [...ENDINGS.map((ending) => file + ending), file.replace(/\.([cm]?)js$/, ".$1ts")];
  return candidates.find((candidate) => fs.statSync(candidate, { throwIfNoEntry: false })?.isFile());
}
