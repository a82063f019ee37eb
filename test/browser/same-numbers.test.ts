import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findChromium, runInChromium } from "./chromium.js";
import { shortRuns } from "./short-runs.js";

const chromium = findChromium();
if (!chromium && !process.env.REQUIRE_CHROMIUM)
  console.warn(
    "No Chromium here: the same numbers in Node and the browser go untested. Install one, or name it in CHROMIUM.",
  );

// .ci/run requires it: there the test fails rather than being skipped.
test.skipIf(!chromium && !process.env.REQUIRE_CHROMIUM)(
  "training gives the same numbers in Node and in the browser, bit for bit",
  async () => {
    if (!chromium) throw new Error("there is no Chromium: install one, or name it in CHROMIUM");
    const here = JSON.parse(JSON.stringify(await shortRuns()));
    const there = await runInChromium(chromium, {
      code: 'import { shortRuns } from "./short-runs.js"; const main = shortRuns;',
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
    });
    expect(here.cartPole.history.length).toBeGreaterThan(10);
    expect(there).toEqual(here);
  },
);
