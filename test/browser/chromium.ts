import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Headless, alone, and with no errands of its own. */
export const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser to test in: `CHROMIUM` if set, else the first one on the path. */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name))).find((file) => existsSync(file));
}

/**
 * What a module computes in a headless Chromium.
 *
 * @param code an ES module, bundled from the packages' sources; it exports the async function `main`, whose result must be JSON-able
 * @param resolveDir the folder that its relative imports start from
 * @throws with the page's error, or if nothing came back in time
 */
export async function runInChromium(
  chromium: string,
  { code, resolveDir, timeout = 60_000 }: { code: string; resolveDir: string; timeout?: number },
): Promise<unknown> {
  const script = await bundle(code, resolveDir);
  const profile = mkdtempSync(path.join(tmpdir(), "chromium-"));
  let settle: (report: { result?: unknown; error?: string }) => void = () => {};
  const reported = new Promise<{ result?: unknown; error?: string }>((resolve) => {
    settle = resolve;
  });
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        response.end();
        settle(JSON.parse(body));
      });
    } else if (request.url === "/script.js") response.setHeader("content-type", "text/javascript").end(script);
    else if (request.url === "/")
      response
        .setHeader("content-type", "text/html")
        .end('<!doctype html><script type="module" src="/script.js"></script>');
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const browser = spawn(chromium, [...FLAGS, `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`], {
    stdio: "ignore",
  });
  const exited = new Promise<void>((resolve) => browser.on("exit", () => resolve()));
  browser.on("error", (error) => settle({ error: `cannot start ${chromium}: ${error.message}` }));
  browser.on("exit", (exitCode) =>
    settle({ error: `${chromium} ended with code ${exitCode} before the page had a result` }),
  );
  const timer = setTimeout(() => settle({ error: `the page had no result within ${timeout / 1000} s` }), timeout);
  try {
    const { result, error } = await reported;
    if (error !== undefined) throw new Error(error);
    return result;
  } finally {
    clearTimeout(timer);
    server.closeAllConnections();
    server.close();
    if (browser.pid !== undefined && browser.exitCode === null) {
      browser.kill("SIGKILL");
      await exited;
    }
    await removeProfile(profile);
  }
}

/** Chromium's helper processes outlive it by a moment and go on writing: a profile that cannot be emptied yet is left to the system. */
async function removeProfile(profile: string): Promise<void> {
  for (let attempt = 0; attempt < 30; attempt++) {
    try {
      rmSync(profile, { recursive: true, force: true });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function bundle(code: string, resolveDir: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        ${code}
        const report = (body) => fetch("/", { method: "POST", body: JSON.stringify(body) });
        main().then((result) => report({ result }), (error) => report({ error: String(error?.stack ?? error) }));`,
      resolveDir,
    },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    conditions: ["source"],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0].text;
}
