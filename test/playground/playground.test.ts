import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { algorithms, type MetricsEvent, openSession, ppo, prepareRun, run, WALL_CLOCK_METRICS } from "advantage";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../browser/chromium.js";
import { openSite, type Site, visit } from "./site.js";

const chromium = findChromium();
if (!chromium && !process.env.REQUIRE_CHROMIUM)
  console.warn("No Chromium here: the playground goes untested. Install one, or name it in CHROMIUM.");

/** Bytes, gzip: what a first visit may fetch. */
const FIRST_LOAD = 300_000;

// .ci/run requires it: there the tests fail rather than being skipped.
describe.skipIf(!chromium && !process.env.REQUIRE_CHROMIUM)("the playground", () => {
  let site: Site;
  const pictures = process.env.SCREENSHOTS ?? mkdtempSync(path.join(tmpdir(), "playground-pictures-"));
  beforeAll(async () => {
    if (!chromium) throw new Error("there is no Chromium: install one, or name it in CHROMIUM");
    mkdirSync(pictures, { recursive: true });
    site = await openSite(chromium);
  }, 120_000);
  afterAll(async () => {
    await site?.close();
    console.log(`pictures of the playground: ${pictures}`);
  });

  const picture = (page: Page, name: string) => page.screenshot({ path: path.join(pictures, `${name}.png`) });

  test("trains PPO on CartPole to 475, with the numbers of Node", async () => {
    const { page, complaints, requests } = await visit(site);
    await page.getByRole("button", { name: "Start" }).click();
    await status(page, "finished");
    const tile = page.locator(".tile.main");
    expect(Number.parseFloat(await tile.locator("b").innerText())).toBeGreaterThanOrEqual(475);
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(site.url) && !url.startsWith("blob:"))).toEqual([]);

    const there = await metrics(page);
    const here = await run(ppo, "CartPole-v1", { seed: 1, evaluationEpisodes: 0 });
    expect(there.length).toBeGreaterThan(300);
    expect(numbersOf(there)).toEqual(numbersOf(here.history));

    const inPage = there.at(-1)!.step / there.at(-1)!.seconds;
    const { stepsPerSecond } = here.summary;
    console.log(
      `PPO on CartPole-v1: ${Math.round(inPage)} steps/s in the page, ${Math.round(stepsPerSecond)} in Node: ${Math.round((100 * inPage) / stepsPerSecond)} %`,
    );
    await picture(page, "train-desktop");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(300);
    await page.screenshot({ path: path.join(pictures, "train-phone.png"), fullPage: true });
    await page.context().close();
  }, 120_000);

  test("a first visit fetches little", async () => {
    const { page, requests } = await visit(site);
    await page.waitForLoadState("networkidle");
    await page.getByRole("button", { name: "Start" }).click();
    await page.locator("[data-status]:not([data-status=ready])").waitFor();
    const files = new Set(requests.filter((url) => url.startsWith(site.url)).map((url) => new URL(url).pathname));
    const sizes = [...files].map((name) => {
      const file = path.join(site.folder, name === "/" ? "index.html" : name);
      return gzipSync(readFileSync(file), { level: 9 }).length;
    });
    const sum = sizes.reduce((a, b) => a + b, 0);
    console.log(`first load of the playground: ${(sum / 1000).toFixed(1)} kB in ${files.size} files (gzip)`);
    expect(sum).toBeLessThan(FIRST_LOAD);
    await page.context().close();
  }, 30_000);

  test("every algorithm trains on its first environment, without a word in the console", async () => {
    const { page, complaints } = await visit(site);
    for (const { id } of algorithms) {
      await page.goto(`${site.url}#/train?algorithm=${id}`);
      await page.getByRole("button", { name: /^Start/ }).click();
      await page.waitForFunction(
        () => Number(document.querySelector(".progress p span")?.textContent?.replace(/[^\d].*$/, "") ?? 0) > 0,
      );
      await page.waitForTimeout(150);
      expect(await page.locator("[role=alert]").allInnerTexts(), id).toEqual([]);
      expect(complaints, id).toEqual([]);
      await page.getByRole("button", { name: "Reset" }).click();
    }
    await page.context().close();
  }, 120_000);

  test("pauses, goes on, steps and resets, with shared memory and without", async () => {
    for (const plain of [false, true]) {
      const { page, complaints } = await visit(site, "#/train?algorithm=ppo&environment=CartPole-v1&seed=4", { plain });
      expect(await page.evaluate("crossOriginIsolated")).toBe(!plain);
      await page.getByRole("button", { name: "Step", exact: true }).click();
      await status(page, "paused");
      expect(await stepOf(page)).toBe(256);
      await page.getByRole("button", { name: "Step", exact: true }).click();
      await page.waitForFunction(() => document.querySelector(".progress p")?.textContent?.includes("512 steps"));
      await page.getByRole("button", { name: "Resume" }).click();
      await page.waitForTimeout(400);
      await page.getByRole("button", { name: "Pause" }).click();
      await status(page, "paused");
      const paused = await stepOf(page);
      expect(paused).toBeGreaterThan(512);
      await page.waitForTimeout(300);
      expect(await stepOf(page)).toBe(paused);
      // What was logged until here does not show that it was stopped.
      const events = await metrics(page);
      expect(numbersOf(events)).toEqual(numbersOf(await firstEvents(events.length)));
      await page.getByRole("button", { name: "Reset" }).click();
      await status(page, "ready");
      expect(await stepOf(page)).toBe(0);
      expect(complaints).toEqual([]);
      await page.context().close();
    }
  }, 60_000);
});

async function status(page: Page, name: string): Promise<void> {
  await page.locator(`[data-status="${name}"]`).waitFor({ timeout: 90_000 });
}

async function stepOf(page: Page): Promise<number> {
  const text = await page.locator(".progress p span").first().innerText();
  return Number(text.split(" ")[0].replaceAll(",", ""));
}

/** The events of the run on show, as the page hands them out. */
async function metrics(page: Page): Promise<MetricsEvent[]> {
  await page.getByRole("tab", { name: "Take away" }).click();
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download metrics.jsonl" }).click();
  const text = readFileSync(await (await waiting).path(), "utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The first events of the same run in Node. */
async function firstEvents(count: number): Promise<MetricsEvent[]> {
  const session = openSession(prepareRun(ppo, "CartPole-v1", { seed: 4 }));
  const events: MetricsEvent[] = [];
  while (events.length < count) events.push((await session.next())!);
  return events;
}

/** Without the wall clock. */
function numbersOf(events: readonly MetricsEvent[]): unknown {
  return events.map((event) =>
    Object.fromEntries(Object.entries(event).filter(([name]) => !WALL_CLOCK_METRICS.includes(name))),
  );
}
