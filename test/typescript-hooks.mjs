/**
 * Lets Node run the sources without a build: `node --conditions=source --import ./test/typescript-hooks.mjs file.ts`. For tests of processes.
 */
import { existsSync, readFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { isMainThread } from "node:worker_threads";
import { transform } from "esbuild";

if (isMainThread) register(import.meta.url);

/** @type {import("node:module").ResolveHook} */
export async function resolve(specifier, context, next) {
  const local = /^(\.{1,2}\/|file:)/.test(specifier) && !context.parentURL?.includes("/node_modules/");
  const address = local ? new URL(specifier, context.parentURL) : undefined;
  if (address === undefined || existsSync(address)) return next(specifier, context);
  return next(specifier.replace(/\.js$/, ".ts"), context);
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const { code } = await transform(readFileSync(fileURLToPath(url), "utf8"), { loader: "ts", target: "node20" });
  return { format: "module", source: code, shortCircuit: true };
}
