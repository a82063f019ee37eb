import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { type CodeBlock, root } from "./markdown.js";

/**
 * The code blocks of the documentation as files, in a folder of the repository (not under version control), where `advantage` is found as a
 * user's project finds it. One folder per test file: they run side by side.
 */
export function snippetFolder(name: string): { folder: string; write(block: CodeBlock): string; remove(): void } {
  const folder = path.join(root, "test/snippets", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return {
    folder,
    /** @returns the file's path */
    write({ page, line, language, marks, code }) {
      const file = path.join(
        folder,
        marks.file || `${page.replace(/\.md$/, "").replaceAll("/", "-")}-${line}.${language}`,
      );
      // A module of its own even without imports or exports.
      writeFileSync(file, /^(?:import|export) /m.test(code) ? code : `${code}\nexport {};\n`);
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What the compiler says of the files, with the settings of the tests; empty if nothing. */
export async function typeErrors(folder: string, files: readonly string[]): Promise<string> {
  const project = path.join(folder, "tsconfig.json");
  const extended = path.relative(folder, path.join(root, "tsconfig.test.json"));
  // Examples may leave a result unused.
  const compilerOptions = { noUnusedLocals: false, allowJs: false, checkJs: false };
  writeFileSync(project, JSON.stringify({ extends: extended, compilerOptions, include: [], exclude: [], files }));
  const compiler = path.join(root, "node_modules/typescript/bin/tsc");
  try {
    await promisify(execFile)(process.execPath, [compiler, "-p", project]);
    return "";
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
