/**
 * Fills the generated parts of README.md and docs/ in from the library as it was built last, and draws the recorded learning curves.
 * `npm run docs` builds it first.
 *
 *     node scripts/generate-docs.mjs
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { generatedFiles } from "./generated-files.mjs";
import * as library from "./library.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

for (const [file, content] of generatedFiles(root, library)) {
  if (existsSync(root + file) && readFileSync(root + file, "utf8") === content) continue;
  mkdirSync(path.dirname(root + file), { recursive: true });
  writeFileSync(root + file, content);
  console.log(`${file}: written`);
}
