/**
 * npm run bench [-- --json] [-- --only kernels,update,acting,environments,loops,threads,tabular,solvers]
 *
 * Measures this build on one core and prints each figure beside the first bar of the design, the peers' figures and the limit that
 * the machine's 128-bit arithmetic sets, measured in the same run. The bars are for a machine on which that limit is 57 GFLOP/s: where
 * arithmetic decides they are scaled to this one, "bar 45,000 (here 36,500)". Medians; the repetitions of one section are interleaved.
 */
import { parseArgs } from "node:util";
import { acting } from "./acting.mjs";
import { environments } from "./environments.mjs";
import { kernels } from "./kernels.mjs";
import { loops } from "./loops.mjs";
import { peakGflops } from "./peak.mjs";
import { scaledBar } from "./scaled-bar.mjs";
import { solvers } from "./solvers.mjs";
import { tabular } from "./tabular.mjs";
import { threads } from "./threads.mjs";
import { update } from "./update.mjs";

/** What each section measures; the bars of environments and tabular loops, which hardly multiply, stay as they are. */
const sections = { kernels, update, acting, environments, loops, threads, tabular, solvers };
const SCALED = new Set(["kernels", "update", "acting", "loops", "solvers"]);

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, only: { type: "string" } },
});
const wanted = values.only?.split(",") ?? Object.keys(sections);
for (const name of wanted) {
  if (!(name in sections)) {
    console.error(`unknown section '${name}'; there are ${Object.keys(sections).join(", ")}`);
    process.exit(2);
  }
}

const peak = await peakGflops();
report({ name: "raw 4×8 v128 multiply-add tile", value: peak, unit: "GFLOP/s", limit: peak, note: "the limit below" });
for (const name of wanted) {
  if (!values.json) console.log(`\n${name}`);
  for await (const row of sections[name](peak)) report(row, SCALED.has(name));
}

/**
 * One figure. `limit`: what the measured peak allows; `bar`: the first bar of the design, on a machine of 57 GFLOP/s; `peer`: another library's figure.
 * JSON carries `scaledBar` beside `bar` where it is scaled: what this machine has to reach.
 */
function report({ name, value, unit, limit = null, bar = null, peer = null, note = "" }, scaled = false) {
  const lowerIsBetter = unit.startsWith("µs") || unit.startsWith("ns") || unit === "ms";
  const here = bar === null ? null : scaled ? scaledBar({ bar, peak, lowerIsBetter }) : bar;
  if (values.json) {
    console.log(
      JSON.stringify({
        name,
        value,
        unit,
        limit,
        ...(bar !== null && { bar }),
        ...(bar !== null && scaled && { scaledBar: here }),
        ...(peer !== null && { peer }),
      }),
    );
    return;
  }
  const share = limit === null ? "" : `${(100 * (lowerIsBetter ? limit / value : value / limit)) | 0} % of limit`;
  const met = bar === null ? "" : (lowerIsBetter ? value <= here : value >= here) ? " ✓" : " ✗";
  const goal = bar === null ? "" : `bar ${format(bar)}${scaled ? ` (here ${format(here)})` : ""}${met}`;
  const beside = peer === null ? "" : `${peer.name} ${format(peer.value)}`;
  console.log(
    `  ${name.padEnd(52)} ${format(value).padStart(11)} ${unit.padEnd(9)} ${share.padEnd(15)} ${goal.padEnd(31)} ${beside} ${note}`.trimEnd(),
  );
}

function format(value) {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
