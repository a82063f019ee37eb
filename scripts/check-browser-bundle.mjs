/**
 * Bundles the packages for the browser, from their sources and with nothing left out: an import of Node fails. A bundle that only
 * loads a policy must hold none of the training code and stay small. Prints the sizes.
 *
 *     node scripts/check-browser-bundle.mjs
 */
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What a page imports, by what the bundle is called. */
const WHOLE = {
  "@advantage/engine": 'export * from "@advantage/engine";',
  "@advantage/envs": 'export * from "@advantage/envs";',
  "@advantage/rl": 'export * from "@advantage/rl";',
  advantage: 'export * from "advantage";',
};
const ACTING = {
  'loadPolicy from "advantage/policy"': 'export { loadPolicy } from "advantage/policy";',
  'loadPolicy from "advantage"': 'export { loadPolicy } from "advantage";',
};

/** Sources of training: none of their code may come along with a policy. */
const TRAINING =
  /\/rl\/src\/(?:algorithms|data|report|runner)\/|\/rl\/src\/maths\/(?!distributions|exploration|fisher-information|normaliser)|\/rl\/src\/(?:catalog|core\/snapshot)\.ts|\/engine\/src\/(?:optim\/|autodiff\.ts)|\/envs\/src\/(?:classic-control\/|schema\.ts)|node_modules\/zod\//;

/** Bytes, gzip: what a page may have to fetch before it can act. */
const ACTING_LIMIT = 64 * 1024;

/** @type {string[]} */
const problems = [];
/** @type {string[][]} */
const rows = [];

for (const [name, code] of Object.entries(WHOLE)) await bundle(name, code);
for (const [name, code] of Object.entries(ACTING)) {
  const result = await bundle(name, code);
  if (!result) continue;
  for (const [file, { bytesInOutput }] of Object.entries(result.inputs))
    if (bytesInOutput > 0 && TRAINING.test(`/${file}`))
      problems.push(`${name}: holds training code, ${bytesInOutput} bytes of ${file}`);
  if (result.gzip > ACTING_LIMIT)
    problems.push(`${name}: must be at most ${ACTING_LIMIT} bytes (gzip), got ${result.gzip}`);
}

const header = ["bundle for the browser", "minified", "gzip", "brotli"];
const widths = header.map((cell, i) => rows.reduce((most, row) => Math.max(most, row[i].length), cell.length));
for (const row of [header, ...rows])
  console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  "));
if (problems.length > 0) {
  console.error(`\n${problems.join("\n")}`);
  process.exit(1);
}

/** @param {string} name @param {string} code */
async function bundle(name, code) {
  try {
    const { outputFiles, metafile } = await build({
      stdin: { contents: code, resolveDir: root },
      absWorkingDir: root,
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      conditions: ["source"],
      metafile: true,
      write: false,
      logLevel: "silent",
    });
    const bytes = outputFiles[0].contents;
    const gzip = gzipSync(bytes, { level: 9 }).length;
    rows.push([name, kilobytes(bytes.length), kilobytes(gzip), kilobytes(brotliCompressSync(bytes).length)]);
    return { gzip, inputs: Object.values(metafile.outputs)[0].inputs };
  } catch (error) {
    const { errors } = /** @type {import("esbuild").BuildFailure} */ (error);
    if (!errors) throw error;
    for (const { text, location } of errors)
      problems.push(`${name}: ${text}${location ? ` (${location.file}:${location.line})` : ""}`);
    return undefined;
  }
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1024).toFixed(1)} kB`;
}
