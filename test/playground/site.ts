import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { FLAGS } from "../browser/chromium.js";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The playground as a static host serves it, and a browser to visit it with. */
export interface Site {
  readonly url: string;
  /** With these headers, or without: a host that knows nothing of cross-origin isolation. */
  readonly plainUrl: string;
  readonly folder: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** Builds the playground into a folder of its own and serves it, as plain files. */
export async function openSite(executablePath: string): Promise<Site> {
  const folder = mkdtempSync(path.join(tmpdir(), "playground-"));
  const root = fileURLToPath(new URL("../../apps/playground", import.meta.url));
  await build({
    configFile: path.join(root, "vite.config.ts"),
    build: { outDir: folder, emptyOutDir: true },
    logLevel: "error",
  });
  const isolated = await serve(folder, {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
  });
  const plain = await serve(folder, {});
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  return {
    url: isolated.url,
    plainUrl: plain.url,
    folder,
    browser,
    async close() {
      await browser.close();
      isolated.close();
      plain.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serve(folder: string, headers: Readonly<Record<string, string>>) {
  const server = createServer((request, response) => {
    const name = new URL(request.url!, "http://localhost").pathname;
    const file = path.join(folder, name === "/" ? "index.html" : name);
    if (!file.startsWith(folder) || !statSync(file, { throwIfNoEntry: false })?.isFile())
      return void response.writeHead(404).end();
    response
      .writeHead(200, { "content-type": TYPES[path.extname(file)] ?? "application/octet-stream", ...headers })
      .end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A page of its own, with everything that it should not have said or fetched. */
export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, uncaught ones included. */
  readonly complaints: string[];
  /** Addresses that were asked for. */
  readonly requests: string[];
}

export async function visit(
  site: Site,
  hash = "",
  options: BrowserContextOptions & { plain?: boolean } = {},
): Promise<Visit> {
  const { plain = false, ...context } = options;
  const page = await (await site.browser.newContext({ viewport: { width: 1440, height: 900 }, ...context })).newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.context().on("request", (request) => requests.push(request.url()));
  await page.goto(`${plain ? site.plainUrl : site.url}${hash}`);
  await page.locator("main :is(button, h1)").first().waitFor();
  return { page, complaints, requests };
}
