/**
 * Kills runs at random moments and goes on with them, until they are whole: each has to end as the one that nothing has disturbed, to the last
 * bit of metrics, policy, figures and evaluation, and with its report.
 *
 *     npm run build && node bench/reliability/kills.mjs [--kills 300] [--seed 1] [--jobs 1] [--keep]
 */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { CASES, command, differences, goOn, run } from "./runs.mjs";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "300" },
    seed: { type: "string", default: "1" },
    jobs: { type: "string", default: "1" },
    keep: { type: "boolean", default: false },
  },
});
const wanted = Number(values.kills);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kills-"));
let state = Number(values.seed) >>> 0;

/** In [0, 1); mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

const pick = (list) => list[Math.floor(random() * list.length)];
const references = new Map();

/** The same run undisturbed, and how long it took. */
function referenceOf(each) {
  const key = each.join(" ");
  if (!references.has(key)) {
    const directory = path.join(folder, `reference-${references.size}`);
    const start = performance.now();
    const made = run(["train", ...each, "--run-dir", directory, "--csv"]).then(({ code, err }) => {
      if (code !== 0) throw new Error(`the undisturbed run failed: ${each.join(" ")}: ${err}`);
      return { directory, milliseconds: performance.now() - start };
    });
    references.set(key, made);
  }
  return references.get(key);
}

const counts = { chains: 0, kills: 0, firstSecond: 0, beforeCheckpoint: 0, failures: 0 };

async function chain(number) {
  const each = pick(CASES);
  const reference = await referenceOf(each);
  const directory = path.join(folder, `chain-${number}`);
  const every = pick([["--checkpoint-every", "0"], ["--checkpoint-every", "0.05"], ["--checkpoint-every", "0.5"], []]);
  const story = [`${each.join(" ")} ${every.join(" ")}`];
  for (let kills = 1 + Math.floor(random() * 4); kills > 0; kills--) {
    const args = goOn(directory, each, [...every, "--csv"]);
    if (args === undefined) break;
    const early = random() < 0.4;
    const delay = random() * (early ? 1000 : reference.milliseconds);
    if (!(await killed(args, delay))) continue;
    counts.kills += 1;
    if (delay < 1000) counts.firstSecond += 1;
    if (!fs.existsSync(path.join(directory, "checkpoint", "checkpoint.json"))) counts.beforeCheckpoint += 1;
    story.push(`${args[0]} killed after ${Math.round(delay)} ms`);
  }
  for (let args = goOn(directory, each, [...every, "--csv"]), attempts = 0; args !== undefined; attempts++) {
    const { code, err } = await run(args);
    if (code !== 0) story.push(`${args[0]}: exit ${code}: ${err.trim()}`);
    if (code !== 0 || attempts === 3) break;
    args = goOn(directory, each, [...every, "--csv"]);
  }
  const wrong = differences(reference.directory, directory);
  counts.chains += 1;
  if (wrong.length > 0) {
    counts.failures += 1;
    console.log(`FAILED ${directory}: ${wrong.join(", ")}\n  ${story.join("\n  ")}`);
  } else if (!values.keep) fs.rmSync(directory, { recursive: true, force: true });
}

/** Whether the process still ran when it was killed, with all that it had started. */
function killed(args, delay) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args], { stdio: "ignore", detached: true });
    let alive = true;
    child.on("exit", (_code, signal) => {
      alive = false;
      clearTimeout(timer);
      resolve(signal === "SIGKILL");
    });
    const timer = setTimeout(() => alive && process.kill(-child.pid, "SIGKILL"), delay);
  });
}

let number = 0;
const worker = async () => {
  while (counts.kills < wanted) {
    await chain(number++);
    if (counts.chains % 10 === 0) console.log(JSON.stringify(counts));
  }
};
await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
console.log(JSON.stringify(counts));
if (counts.failures === 0 && !values.keep) fs.rmSync(folder, { recursive: true, force: true });
process.exitCode = counts.failures === 0 ? 0 : 1;
