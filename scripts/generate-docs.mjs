/**
 * Fills the generated parts of README.md and docs/ in from the library as it was built last. `npm run docs` builds it first.
 *
 *     node scripts/generate-docs.mjs
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as library from "advantage";
import { filled } from "./docs-tables.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const pages = readdirSync(`${root}docs`, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".md"))
  .map((name) => `docs/${name}`);

for (const page of ["README.md", ...pages]) {
  const before = readFileSync(root + page, "utf8");
  const after = filled(before, library);
  if (after === before) continue;
  writeFileSync(root + page, after);
  console.log(`${page}: filled in`);
}
