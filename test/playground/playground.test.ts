import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { algorithms, type MetricsEvent, run } from "advantage";
import { ppo } from "advantage/algorithms";
import { openSession, prepareRun, readCheckpointFile, WALL_CLOCK_METRICS } from "advantage/runner";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { importCheckpoint, resumeRun } from "../../packages/advantage/src/node.js";
import { findChromium } from "../browser/chromium.js";
import { snippetFolder } from "../snippets.js";
import { openSite, type Site, visit } from "./site.js";

const chromium = findChromium();
if (!chromium && !process.env.REQUIRE_CHROMIUM)
  console.warn("No Chromium here: the playground goes untested. Install one, or name it in CHROMIUM.");

/** Bytes, gzip: what a first visit may fetch. */
const FIRST_LOAD = 260_000;

// .ci/run requires it: there the tests fail rather than being skipped. A browser on a busy machine may stumble once, not twice.
describe.skipIf(!chromium && !process.env.REQUIRE_CHROMIUM)("the playground", { retry: 1 }, () => {
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
    // The worker has fetched the algorithm once it trains.
    await page.waitForFunction(() => document.querySelector(".progress p")?.textContent?.includes("steps/s"));
    await page.waitForLoadState("networkidle");
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
    for (const { id, title } of algorithms) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/train?algorithm=${id}`);
      await page
        .locator("main h1")
        .filter({ hasText: `Train ${title} on` })
        .waitFor({ state: "attached" });
      // To the first line of its metrics: the whole run would keep the machine busy to no end.
      await page.getByRole("button", { name: "Step", exact: true }).click();
      await page.locator(":is([data-status=paused], [data-status=finished], [data-status=failed])").waitFor();
      expect(await stepOf(page), id).toBeGreaterThan(0);
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

  test("a pause is answered inside an iteration that takes long, and changes no number", async () => {
    const link =
      "#/train?algorithm=ppo&environment=Pendulum-v1&seed=4&numEnvs=2&numSteps=65536&minibatchSize=1024&epochs=4&hiddenSizes=64,64&totalSteps=131072";
    const runs: unknown[] = [];
    for (const pausing of [true, false]) {
      const { page, complaints } = await visit(site, link);
      await page.getByRole("button", { name: "Start" }).click();
      if (pausing) {
        await page.waitForTimeout(150);
        const asked = Date.now();
        await page.getByRole("button", { name: "Pause" }).click();
        await status(page, "paused");
        expect(Date.now() - asked).toBeLessThan(1000);
        expect(await stepOf(page)).toBe(0);
        await page.waitForTimeout(300);
        await page.getByRole("button", { name: "Resume" }).click();
      }
      await status(page, "finished");
      runs.push(numbersOf(await metrics(page)));
      expect(complaints).toEqual([]);
      await page.context().close();
    }
    expect(runs[0]).toEqual(runs[1]);
  }, 90_000);

  test("a shared link does the run again, bit for bit", async () => {
    const link = "#/train?algorithm=ppo&environment=Pendulum-v1&totalSteps=8192&seed=7&discount=0.95&hiddenSizes=32,32";
    const runs: unknown[] = [];
    for (let visitor = 0; visitor < 2; visitor++) {
      const { page, complaints } = await visit(site, link);
      await page.getByRole("button", { name: "Start" }).click();
      await status(page, "finished");
      await expect.poll(() => new URL(page.url()).hash).toBe(link);
      runs.push(numbersOf(await metrics(page)));
      expect(complaints).toEqual([]);
      await page.context().close();
    }
    const settings = { totalSteps: 8192, seed: 7, discount: 0.95, hiddenSizes: [32, 32], evaluationEpisodes: 0 };
    const { history } = await run(ppo, "Pendulum-v1", settings);
    expect(runs[0]).toEqual(numbersOf(history));
    expect(runs[1]).toEqual(runs[0]);
  }, 60_000);

  test("what is set by hand goes into the address, and back", async () => {
    const { page } = await visit(site, "#/train?algorithm=ppo&environment=CartPole-v1");
    await page.locator("#setting-seed").fill("12");
    await page.locator("#setting-discount").fill("0.9");
    await expect
      .poll(() => new URL(page.url()).hash)
      .toBe("#/train?algorithm=ppo&environment=CartPole-v1&seed=12&discount=0.9");
    await page.getByRole("button", { name: "seed back to 1" }).click();
    await expect
      .poll(() => new URL(page.url()).hash)
      .toBe("#/train?algorithm=ppo&environment=CartPole-v1&discount=0.9");
    await page.getByLabel("Algorithm").selectOption("value-iteration");
    // Only finite environments are offered now.
    const offered = await page
      .locator(".pickers label")
      .filter({ hasText: "Environment" })
      .locator("option")
      .allInnerTexts();
    expect(offered.join()).toContain("FrozenLake-v1");
    expect(offered.join()).not.toContain("CartPole");
    await page.context().close();
  }, 30_000);

  test("value iteration on FrozenLake shows the arrows that the model implies", async () => {
    const { page, complaints } = await visit(site, "#/train?algorithm=value-iteration&environment=FrozenLake-v1");
    await page.getByRole("button", { name: "Start" }).click();
    await status(page, "finished");
    const tips = await page
      .locator(".map svg g[data-tip]")
      .evaluateAll((cells) => cells.map((c) => c.getAttribute("data-tip")!));
    expect(tips.length).toBe(16);
    const shown = tips.map((tip) => tip.split("|")[2]?.split(" or ").sort() ?? []);
    expect(shown).toEqual(greedyDirections(0.99));
    expect(complaints).toEqual([]);
    await picture(page, "value-iteration-desktop");
    await page.getByRole("tab", { name: "Equations" }).click();
    await page.waitForTimeout(500);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForTimeout(300);
    await picture(page, "value-iteration-dark");
    await page.context().close();
  }, 30_000);

  test("says what is wrong with a setting, in its place, and lives on", async () => {
    const { page, complaints } = await visit(site, "#/train?algorithm=ppo&environment=CartPole-v1&totalSteps=512");
    const discount = page.locator("#setting-discount");
    await discount.fill("1.2");
    await expectText(page.locator(".setting.wrong .problem"), "discount must be in [0, 1], got 1.2");
    expect(await discount.getAttribute("aria-invalid")).toBe("true");
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(true);
    await picture(page, "broken-setting-desktop");
    await discount.fill("0.9");
    expect(await page.locator("[role=alert]").count()).toBe(0);
    await page.getByRole("button", { name: "Start" }).click();
    await status(page, "finished");

    // A link with what there is not.
    await page.goto(`${site.url}#/train?algorithm=ppoo&environment=CartPole-v1&sed=1`);
    await expectText(page.locator(".banner"), "There is no algorithm 'ppoo'. Did you mean 'ppo'?");
    await page.goto(`${site.url}#/train?algorithm=value-iteration&environment=CartPole-v1`);
    await expectText(page.locator(".banner"), "value-iteration cannot use the observations of CartPole-v1");
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 30_000);

  test("says why a dropped file is of no use, and lives on", async () => {
    const { page, complaints } = await visit(site);
    await page.goto(`${site.url}#/compare`);
    const drop = async (name: string, text: string) =>
      page.evaluate(
        ([fileName, content]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([content], fileName));
          document.body.dispatchEvent(
            new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }),
          );
        },
        [name, text],
      );
    const notice = page.locator(".notice");
    await drop("holiday.jpg", "not a run");
    await expectText(notice, "holiday.jpg is no metrics.jsonl of a run: line 1 is no event");
    await drop("policy.safetensors", "xxx");
    await expectText(notice, "policy.safetensors cannot be used: checkpoint is damaged");
    await drop("checkpoint.json", "{}");
    await expectText(notice, "drop both together");
    await drop("metrics.jsonl", '{"step":1,"episodeReturn":3}\n{"step":2,"episodeReturn":5}\n{"st');
    await expectText(notice, "metrics.jsonl: added to the comparison");
    await expectText(page.locator("td.name"), "metrics");
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 30_000);

  test("says that a worker has fallen, and lives on", async () => {
    const { page } = await visit(site, "#/train?algorithm=ppo&environment=CartPole-v1");
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForFunction(() => document.querySelector(".progress p")?.textContent?.includes("steps/s"));
    await page.workers()[0].evaluate(() => {
      setTimeout(() => {
        throw new Error("out of luck");
      });
    });
    await status(page, "failed");
    await expectText(page.locator(".banner"), "The training worker stopped unexpectedly: Uncaught Error: out of luck");
    await picture(page, "worker-crash-desktop");
    await page.locator("#setting-totalSteps").fill("2048");
    await page.getByRole("button", { name: "Start again" }).click();
    await status(page, "finished");
    expect(await page.locator(".banner").count()).toBe(0);
    await page.context().close();
  }, 30_000);

  test("says why a run died, when, and what to try; its curve stays", async () => {
    const link = "#/train?algorithm=a2c&environment=CartPole-v1&learningRate=1e30&logEvery=1&totalSteps=2000";
    const { page } = await visit(site, link);
    await page.getByRole("button", { name: "Start" }).click();
    await status(page, "failed");
    await expectText(page.locator(".banner"), "The loss became Infinity after step 40: training stopped");
    await expectText(page.locator(".banner"), "try a smaller learningRate");
    const lines = await metrics(page);
    expect(lines.at(-1)!.step).toBe(40);
    await page.context().close();
  }, 30_000);

  test("a checkpoint goes from the page to the command and back", async () => {
    const { page, complaints } = await visit(
      site,
      "#/train?algorithm=ppo&environment=CartPole-v1&totalSteps=4096&seed=5",
    );
    for (const step of [256, 512]) {
      await page.getByRole("button", { name: "Step", exact: true }).click();
      await page.waitForFunction(
        (at) => document.querySelector(".progress p")?.textContent?.includes(`${at} steps`),
        step,
      );
    }
    await status(page, "paused");
    await page.getByRole("tab", { name: "Take away" }).click();
    const waiting = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download checkpoint" }).click();
    const file = await (await waiting).path();
    const resume = readCheckpointFile(readFileSync(file));
    expect(resume.header.step).toBe(512);
    const whole = await run(ppo, "CartPole-v1", { totalSteps: 4096, seed: 5, evaluationEpisodes: 0 });
    const inNode = await run(ppo, "CartPole-v1", { resume, evaluationEpisodes: 0 });
    expect(numbersOf(inNode.history)).toEqual(numbersOf(whole.history).slice(2));

    // The command itself, in a folder of its own.
    const folder = mkdtempSync(path.join(tmpdir(), "playground-run-"));
    const saved = path.join(folder, "ppo.checkpoint.safetensors");
    copyFileSync(file, saved);
    const directory = importCheckpoint(saved, path.join(folder, "runs"));
    const ofTheCommand = readdirSync(directory.files.checkpoint).map((name) => ({
      name,
      mimeType: "",
      buffer: readFileSync(path.join(directory.files.checkpoint, name)),
    }));
    expect(ofTheCommand.length).toBe(2);
    const resumed = await resumeRun(directory, ppo, "CartPole-v1", { evaluationEpisodes: 0 });
    expect(numbersOf(resumed.history)).toEqual(numbersOf(whole.history).slice(2));
    rmSync(folder, { recursive: true, force: true });

    // The page takes the file, and what the command writes, and goes on as if nothing had happened.
    const ofThePage = [{ name: "run.checkpoint.safetensors", mimeType: "", buffer: readFileSync(file) }];
    for (const files of [ofThePage, ofTheCommand]) {
      await page.getByRole("button", { name: "Reset" }).click();
      await page.goto(`${site.url}#/compare`);
      await page.locator("input[type=file]").setInputFiles(files);
      await status(page, "paused");
      await page.getByRole("button", { name: "Resume" }).click();
      await status(page, "finished");
      expect(numbersOf(await metrics(page))).toEqual(numbersOf(whole.history).slice(2));
    }

    // The policy, and the lines that play it.
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download policy" }).click();
    const policyFile = await (await download).path();
    const lines = (await page.locator(".take-away code").filter({ hasText: "loadPolicy" }).innerText()).trim();
    expect(lines.split("\n").filter((line) => line !== "").length).toBeLessThanOrEqual(12);
    const snippets = snippetFolder("playground");
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      const script = path.join(snippets.folder, "play.ts");
      writeFileSync(script, lines.replace(/"[^"]*\.policy\.safetensors"/, JSON.stringify(policyFile)));
      await import(script);
      expect(log.mock.calls).toEqual([["return", expect.any(Number)]]);
    } finally {
      log.mockRestore();
      snippets.remove();
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("several seeds are compared with their interval, and taken along as pictures", async () => {
    const { page, complaints } = await visit(
      site,
      "#/train?algorithm=q-learning&environment=CliffWalking-v1&totalSteps=20000",
    );
    await page.getByRole("button", { name: "Run 5 seeds" }).click();
    await page.getByRole("link", { name: "Compare 5" }).click({ timeout: 20_000 });
    await expectText(page.locator(".legend"), "q-learning · CliffWalking-v1 · 5 seeds");
    await page.waitForTimeout(400);
    await picture(page, "compare-desktop");
    for (const [button, start] of [
      ["SVG", "<svg"],
      ["PNG", "\x89PNG"],
      ["CSV", "run,step,"],
    ]) {
      const waiting = page.waitForEvent("download");
      await page.getByRole("button", { name: button, exact: true }).click();
      expect(readFileSync(await (await waiting).path(), "latin1").slice(0, start.length)).toBe(start);
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("the page stays at 60 frames a second while it trains", async () => {
    const { page } = await visit(site);
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForTimeout(500);
    const frames = await page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const at: number[] = [];
          const frame = (now: number) => {
            at.push(now);
            if (now - at[0] < 1500) requestAnimationFrame(frame);
            else resolve(at);
          };
          requestAnimationFrame(frame);
        }),
    );
    const perSecond = ((frames.length - 1) * 1000) / (frames[frames.length - 1] - frames[0]);
    const gaps = frames.slice(1).map((now, i) => now - frames[i]);
    console.log(
      `frames a second while training: ${perSecond.toFixed(1)}, longest gap ${Math.max(...gaps).toFixed(0)} ms`,
    );
    expect(perSecond).toBeGreaterThan(20); // this machine may be busy with other tests
    await page.context().close();
  }, 30_000);

  test("every algorithm's page opens, formulas and pictures included", async () => {
    const { page, complaints, requests } = await visit(site);
    for (const { id, title } of algorithms.filter(({ id }) => existsSync(`docs/algorithms/${id}.md`))) {
      await page.goto(`${site.url}#/learn/${id}`);
      await page.locator(".sheet h1").filter({ hasText: title }).waitFor();
      expect(await page.locator(".katex-error").count(), id).toBe(0);
    }
    await page.goto(`${site.url}#/learn/ppo`);
    await page.locator(".katex").first().waitFor();
    await page.waitForLoadState("networkidle");
    await picture(page, "learn-desktop");
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(site.url) && !/^(?:blob|data):/.test(url))).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.waitForTimeout(300);
    await picture(page, "learn-phone");
    await page.context().close();
  }, 60_000);

  test("everything that can be used has a name, and the keyboard reaches it", async () => {
    const { page } = await visit(site, "#/train?algorithm=ppo&environment=CartPole-v1&totalSteps=512");
    await page.getByRole("button", { name: "Start" }).press("Enter");
    await status(page, "finished");
    for (const hash of [new URL(page.url()).hash, "#/compare", "#/learn/ppo"]) {
      await page.goto(site.url + hash);
      await page.locator("main :is(h2, h1)").first().waitFor();
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>("button, a, select, input, canvas, [role=img], [role=progressbar]")]
          .filter((element) => {
            if (element.parentElement?.closest("[role=img]")) return false; // part of a picture
            const labels = [...((element as HTMLInputElement).labels ?? [])].map((label) => label.textContent);
            const name = [element.getAttribute("aria-label"), ...labels, element.textContent, element.title]
              .join("")
              .trim();
            return name === "";
          })
          .map((element) => element.outerHTML.slice(0, 120)),
      );
      expect(nameless, hash).toEqual([]);
    }
    await page.goto(site.url);
    const reached: string[] = [];
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.trim() || ""),
      );
    }
    for (const name of [
      "Train",
      "Compare 1", // the run stayed, though the page was loaded anew
      "Learn",
      "setting-seed",
      "setting-hiddenSizes",
      "Start",
      "Step",
      "Greedy",
      "tab-metrics",
    ])
      expect(reached).toContain(name);
    // Arrows move between the tabs, as they do in every tab list.
    await page.locator("#tab-metrics").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("#tab-learnt").getAttribute("aria-selected")).toBe("true");
    await page.context().close();
  }, 30_000);

  test("nothing sticks out on a phone", async () => {
    const { page } = await visit(site, "#/train?algorithm=q-learning&environment=FrozenLake-v1&totalSteps=20000", {
      viewport: { width: 390, height: 844 },
    });
    await page.getByRole("button", { name: "Start" }).click();
    await status(page, "finished");
    for (const hash of [new URL(page.url()).hash, "#/compare", "#/learn/q-learning"]) {
      await page.goto(site.url + hash);
      await page.waitForTimeout(300);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), hash).toBe(390);
      await page.screenshot({ path: path.join(pictures, `phone-${hash.split(/[/?]/)[1]}.png`), fullPage: true });
    }
    await page.context().close();
  }, 30_000);
});

async function status(page: Page, name: string): Promise<void> {
  await page.locator(`[data-status="${name}"]`).waitFor({ timeout: 90_000 });
}

async function expectText(place: Locator, text: string): Promise<void> {
  await place.filter({ hasText: text }).first().waitFor({ timeout: 10_000 });
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
  while (events.length < count) events.push((await session.next())!.event!);
  return events;
}

/** Without the wall clock. */
function numbersOf(events: readonly MetricsEvent[]): unknown[] {
  return events.map((event) =>
    Object.fromEntries(Object.entries(event).filter(([name]) => !WALL_CLOCK_METRICS.includes(name))),
  );
}

/** The greedy actions on FrozenLake's 4 × 4 map by plain sweeps over its model, as the page words them; none at its ends. */
function greedyDirections(discount: number): string[][] {
  const map = "SFFFFHFHFFFHHFFG";
  const moves = [
    [0, -1, "left"],
    [1, 0, "down"],
    [0, 1, "right"],
    [-1, 0, "up"],
  ] as const;
  const to = (state: number, move: number) => {
    const [row, column] = [Math.floor(state / 4), state % 4];
    const [down, right] = moves[(move + 4) % 4];
    return 4 * Math.min(3, Math.max(0, row + down)) + Math.min(3, Math.max(0, column + right));
  };
  const isEnd = (state: number) => "HG".includes(map[state]);
  let values = new Array<number>(16).fill(0);
  // Each move goes where it should or to either side, a third of the time each; only arriving at G pays.
  const worth = (state: number, move: number) =>
    [move - 1, move, move + 1].reduce((sum, m) => {
      const next = to(state, m);
      return sum + ((map[next] === "G" ? 1 : 0) + (isEnd(next) ? 0 : discount * values[next])) / 3;
    }, 0);
  for (let sweep = 0; sweep < 3000; sweep++)
    values = values.map((_, state) => (isEnd(state) ? 0 : Math.max(...moves.map((_, move) => worth(state, move)))));
  return values.map((_, state) => {
    if (isEnd(state)) return [];
    const all = moves.map((_, move) => worth(state, move));
    const best = Math.max(...all);
    return moves
      .filter((_, move) => best - all[move] < 1e-7)
      .map(([, , name]) => name)
      .sort();
  });
}
