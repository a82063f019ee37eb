import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { algorithms, environments } from "advantage";
import { needProblem, prepareRun, spaceProblem, taskOf } from "advantage/runner";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../browser/chromium.js";
import { openSite, type Site, visit } from "./site.js";

const chromium = findChromium();
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PHONE = { width: 390, height: 844 };
const SHORT_RUN = "#/train?algorithm=q-learning&environment=CliffWalking-v1&totalSteps=5000";

// .ci/run requires a browser: there the tests fail rather than being skipped. One on a busy machine may stumble once, not twice.
describe.skipIf(!chromium && !process.env.REQUIRE_CHROMIUM)("the playground as a page", { retry: 1 }, () => {
  let site: Site;
  beforeAll(async () => {
    if (!chromium) throw new Error("there is no Chromium: install one, or name it in CHROMIUM");
    site = await openSite(chromium);
  }, 120_000);
  afterAll(async () => {
    await site?.close();
  });

  test("values that no chart library has ticks for hold nothing up", async () => {
    const { page, complaints } = await visit(site, "#/compare");
    const values = [4e-29, 1e-26, 3e-30, 5e-324, 1e-300, 0, -1, 1e20, 1e300, 4e-29];
    const lines = values.map((gradientVariance, i) =>
      JSON.stringify({ step: 1000 * (i + 1), gradientVariance, loss: gradientVariance, seconds: i }),
    );
    for (const part of [lines.slice(0, 3), lines.slice(3, 5), lines]) {
      const record = {
        algorithm: "q-actor-critic",
        environment: "BernoulliBandit-v0",
        config: { seed: 1, n: part.length },
      };
      await drop(page, { "metrics.jsonl": part.join("\n"), "config.json": JSON.stringify(record) });
      await page.locator(".task .uplot canvas").first().waitFor();
      for (const metric of ["gradientVariance", "loss"]) {
        await page.locator(".compare select").selectOption(metric);
        await page.locator(`.chart[aria-label^="${metric} on"]`).waitFor();
        const asked = Date.now();
        await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
        expect(Date.now() - asked, metric).toBeLessThan(5_000);
      }
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 30_000);

  test("every environment fits on a phone, with everything that starts and stops a run", async () => {
    const { page, complaints } = await visit(site, "", { viewport: PHONE });
    for (const { id } of environments) {
      const algorithm = algorithmFor(id);
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/train?algorithm=${algorithm}&environment=${id}`);
      await page.locator(".stage h2").filter({ hasText: id }).waitFor();
      await page.getByRole("button", { name: "Step", exact: true }).click();
      await status(page, "paused");
      await page.getByRole("tab", { name: "What was learnt" }).click();
      const { width, outside } = await page.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        outside: [...document.querySelectorAll("main button, main select, main input, main a")]
          .filter((element) => {
            const { left, right } = element.getBoundingClientRect();
            // What lies in a place that scrolls by itself can be scrolled to.
            return (left < 0 || right > innerWidth) && !element.closest(".tabs, .scroll, .grid, .prose");
          })
          .map((element) => element.textContent),
      }));
      expect([id, width, outside]).toEqual([id, PHONE.width, []]);
      await page.getByRole("button", { name: "Reset" }).click();
    }
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 120_000);

  test("links and commands are the run's, not the form's", async () => {
    const { page } = await visit(site, "#/train?algorithm=ppo&environment=CartPole-v1&seed=3", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await status(page, "paused");
    await page.locator("#setting-learningRate").fill("0.1");
    await page.getByText("Changed since this run began: learningRate").waitFor();
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.locator(".notice").getByText("What was changed since (learningRate) is not in it").waitFor();
    expect(new URL(await page.evaluate(() => navigator.clipboard.readText())).hash).toBe(
      "#/train?algorithm=ppo&environment=CartPole-v1&seed=3",
    );
    await page.getByRole("tab", { name: "Take away" }).click();
    const command = page.locator(".take-away code").filter({ hasText: "advantage train" });
    expect(await command.innerText()).toBe("npx advantage train ppo CartPole-v1 --seed 3");
    // Once it is restarted the two are one.
    await page.getByRole("button", { name: "Restart applies it" }).click();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.waitForFunction(() =>
      document.querySelector(".take-away")?.textContent?.includes("--learning-rate 0.1"),
    );
    expect(await page.locator(".banner.changed").count()).toBe(0);
    await page.context().close();
  }, 30_000);

  test("a reload keeps the comparison, and asks before it ends a run", async () => {
    const { page } = await visit(site, SHORT_RUN);
    await page.getByRole("button", { name: "Start" }).click();
    await status(page, "finished");
    await page.goto(`${site.url}#/compare`);
    const chart = page.locator(".chart[aria-label^='episodeReturn on CliffWalking-v1: latest']");
    const before = await chart.getAttribute("aria-label");
    await page.reload();
    await chart.waitFor();
    expect(await chart.getAttribute("aria-label")).toBe(before);
    await page.locator("td.name a").filter({ hasText: "q-learning · CliffWalking-v1 · seed 1" }).click();
    expect(new URL(page.url()).hash).toBe(SHORT_RUN);

    await page.locator("#setting-totalSteps").fill("100000000");
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForFunction(() => document.querySelector(".progress p")?.textContent?.includes("steps/s"));
    const asked = page.waitForEvent("dialog");
    await page.evaluate(() => setTimeout(() => location.reload()));
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.dismiss(); // "stay"
    await status(page, "running");
    await page.getByRole("button", { name: "Reset" }).click();
    await page.goto(`${site.url}#/compare`);
    await page.getByRole("button", { name: "Remove all" }).click();
    await page.reload();
    await page.getByText("Nothing to compare yet").waitFor();
    await page.context().close();
  }, 30_000);

  test("seeds that were asked for do not come twice, nor count for another environment, and can be cancelled", async () => {
    const { page } = await visit(site, "#/train?algorithm=td0&environment=RandomWalk-v0");
    const ask = page.getByRole("button", { name: "Run 5 seeds" });
    await ask.click();
    await ask.click();
    await page.getByRole("link", { name: "Compare 10" }).waitFor();
    await page.evaluate(() => {
      location.hash = "#/train?algorithm=td0&environment=RandomWalk19-v0";
    });
    await page.locator(".stage h2").filter({ hasText: "RandomWalk19-v0" }).waitFor();
    await ask.click();
    await page.getByRole("link", { name: "Compare 15" }).click();
    await page.locator("td.name a").first().waitFor();
    const names = await page.locator("td.name a").allInnerTexts();
    const seeds = (environment: string) =>
      names
        .filter((name) => name.includes(` ${environment} `))
        .map((name) => Number(name.split("seed ")[1]))
        .sort((a, b) => a - b);
    expect(seeds("RandomWalk-v0")).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(seeds("RandomWalk19-v0")).toEqual([1, 2, 3, 4, 5]);
    // Each environment has a chart of its own.
    expect(await page.locator(".task h2").allInnerTexts()).toEqual(["RandomWalk-v0", "RandomWalk19-v0"]);
    expect(await page.locator(".banner.seeds").count()).toBe(0);

    await page.evaluate(() => {
      location.hash = "#/train?algorithm=ppo&environment=CartPole-v1";
    });
    await page.locator(".stage h2").filter({ hasText: "CartPole-v1" }).waitFor();
    await ask.click();
    await page.getByText("5 seeds in the background").waitFor();
    await page.getByRole("button", { name: "Cancel the seeds" }).click();
    await page.locator(".banner.seeds").waitFor({ state: "detached" });
    await expect.poll(() => page.workers().length).toBe(0);
    await page.context().close();
  }, 60_000);

  test("overlays bear the name of their file, or of the run that its config.json tells", async () => {
    const { page } = await visit(site, "#/compare");
    const metrics = '{"step":1,"episodeReturn":3}\n{"step":2,"episodeReturn":5}';
    await drop(page, { "metrics.jsonl": metrics });
    await drop(page, { "metrics.jsonl": metrics });
    await drop(page, { "ppo-CartPole-v1-s7.metrics.jsonl": metrics });
    const record = { algorithm: "ppo", environment: "CartPole-v1", config: { seed: 4, discount: 0.9 } };
    await drop(page, { "metrics.jsonl": metrics, "config.json": JSON.stringify(record) });
    await expect
      .poll(() => page.locator("td.name").allInnerTexts())
      .toEqual(["metrics", "metrics 2", "ppo-CartPole-v1-s7", "ppo · CartPole-v1 · seed 4 (metrics.jsonl)"]);
    await page.context().close();
  }, 30_000);

  test("a link with what there is not offers the way out", async () => {
    const { page } = await visit(site, "#/train?algorithm=ppoo&environment=CartPole-v1&sed=7&zzzz=3");
    await page.getByRole("button", { name: "Take ppo" }).click();
    await page.getByRole("button", { name: "Take it for seed" }).click();
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Remove zzzz" }).click();
    expect(new URL(page.url()).hash).toBe("#/train?algorithm=ppo&environment=CartPole-v1&seed=7");
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(false);
    // A choice in the form is a way out, too.
    await page.evaluate(() => {
      location.hash = "#/train?algorithm=nonesuch&environment=nowhere";
    });
    await page.getByText("There is no algorithm 'nonesuch'").waitFor();
    await page.locator(".pickers select").nth(1).selectOption("Acrobot-v1");
    expect(await page.getByRole("button", { name: "Start" }).isDisabled()).toBe(false);
    await page.context().close();
  }, 30_000);

  test("the letters of the course notes lead to what they stand for", async () => {
    const { page } = await visit(site, "#/learn/ppo");
    await page
      .locator(".prose table a")
      .filter({ hasText: /^H 2\.10$/ })
      .click();
    await page.locator(".sheet h1").getByText("Sources").waitFor();
    await page.locator("#h h2").getByText("H", { exact: true }).waitFor();
    expect(new URL(page.url()).hash).toBe("#/learn/guides/sources?at=h");
    await page.context().close();
  }, 30_000);

  test("a screen reader hears one region, and little of it", async () => {
    const { page } = await visit(site);
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForFunction(() => document.querySelector(".progress p")?.textContent?.includes("steps/s"));
    const { regions, changes } = await page.evaluate(async () => {
      const live = document.querySelectorAll(
        "output, [aria-live], [role=status], [role=log], [role=alert], [role=timer]",
      );
      let count = 0;
      const observer = new MutationObserver((records) => {
        count += records.length;
      });
      for (const region of live) observer.observe(region, { childList: true, subtree: true, characterData: true });
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return { regions: live.length, changes: count };
    });
    expect(regions).toBe(1);
    expect(changes).toBeLessThanOrEqual(1);
    await page.getByRole("button", { name: "Pause" }).click();
    await page
      .locator("[role=status]")
      .getByText(/^Paused/)
      .waitFor();
    await page.context().close();
  }, 30_000);

  test("explanations are not cut off at the right", async () => {
    const { page } = await visit(site);
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await status(page, "paused");
    const hints = page.locator(".multiples .hint");
    const rights = [];
    for (const hint of await hints.all()) {
      await hint.hover();
      const box = await hint.locator(".hint-text").boundingBox();
      rights.push(box!.x + box!.width);
    }
    expect(rights.length).toBeGreaterThan(5);
    expect(Math.max(...rights)).toBeLessThanOrEqual(1440);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1440);
    await page.context().close();
  }, 30_000);

  test("axe finds nothing, in either theme", async () => {
    const { page } = await visit(site, "#/train?algorithm=ppo&environment=CartPole-v1&totalSteps=512");
    await page.getByRole("button", { name: "Start" }).click();
    await status(page, "finished");
    const findings: string[] = [];
    const show = async (hash: string) => {
      await page.evaluate((to) => {
        location.hash = to;
      }, hash);
      await page.locator("main h1").first().waitFor({ state: "attached" });
      await page.waitForTimeout(200);
    };
    const check = async (what: string, rules?: readonly string[]) => {
      const found = await page.evaluate(async (only) => {
        const { violations } = await (window as unknown as { axe: Axe }).axe.run(document, only && { runOnly: only });
        return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
      }, rules);
      for (const finding of found) findings.push(`${what}: ${finding}`);
    };
    await page.evaluate(AXE);
    for (const tab of ["Metrics", "What was learnt", "Equations and pseudo-code", "Take away"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.waitForTimeout(200);
      await check(tab);
    }
    const run = new URL(page.url()).hash;
    for (const view of ["#/compare", "#/learn/ppo"]) {
      await show(view);
      await check(view);
    }
    await page.emulateMedia({ colorScheme: "dark" });
    for (const view of ["#/learn/ppo", "#/compare", run]) {
      await show(view);
      await check(`${view}, dark`, ["color-contrast"]);
    }
    expect(findings).toEqual([]);
    await page.context().close();
  }, 120_000);
});

interface Axe {
  run(
    root: Document,
    options?: { runOnly: readonly string[] },
  ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** One that fits the environment and shows pictures, if there is one. */
function algorithmFor(environment: string): string {
  const entry = environments.find(({ id }) => id === environment)!;
  const env = entry.make();
  const fits = algorithms.filter((algorithm) => {
    if (spaceProblem(algorithm, env) || needProblem(algorithm, taskOf(entry.make))) return false;
    try {
      return prepareRun(algorithm, environment) !== undefined;
    } catch {
      return false;
    }
  });
  const found =
    ["q-learning", "ppo"].flatMap((id) => fits.filter((algorithm) => algorithm.id === id))[0] ??
    fits.find(({ figures }) => figures) ??
    fits[0];
  return found.id;
}

async function status(page: Page, name: string): Promise<void> {
  await page.locator(`[data-status="${name}"]`).waitFor({ timeout: 60_000 });
}

async function drop(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  await page.evaluate((contents) => {
    const transfer = new DataTransfer();
    for (const [name, content] of Object.entries(contents)) transfer.items.add(new File([content], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }, files);
}
