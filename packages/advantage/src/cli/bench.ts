import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UserError } from "@advantage/rl";

/** The speed benchmark. It belongs to the repository, not to the published package. */
const SCRIPT = fileURLToPath(new URL("../../../../bench/speed/main.mjs", import.meta.url));

/**
 * Runs the speed benchmark with the given arguments.
 *
 * @returns its exit code
 */
export async function bench(args: readonly string[]): Promise<number> {
  if (!existsSync(SCRIPT)) {
    throw new UserError(
      "the benchmark is part of the repository, not of the installed package: clone it and run npm run bench",
    );
  }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}
