/**
 * Trains on small disks until they are full, gives them room and goes on: each run has to end as the one that always had room.
 *
 *     npm run build && node bench/reliability/disk-full.mjs        as root on Linux, for it mounts a tmpfs; elsewhere it says so and skips
 */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { differences, goOn, run } from "./runs.mjs";

const SIZES = ["8k", "40k", "80k", "120k", "160k", "200k", "240k", "280k", "320k", "400k"];
const CASE = "a2c CartPole-v1 --total-steps 6000 --num-envs 4 --log-every 100".split(" ");
const MORE = ["--csv", "--checkpoint-every", "0.05"];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "disk-full-"));
const disk = path.join(folder, "disk");
fs.mkdirSync(disk);
const mount = (...args) => spawnSync("mount", args, { encoding: "utf8" }).status === 0;

let failures = 0;
if (!mount("-t", "tmpfs", "-o", "size=8k", "tmpfs", disk)) console.log("skipped: no tmpfs can be mounted here");
else {
  spawnSync("umount", [disk]);
  const reference = path.join(folder, "reference");
  await run(["train", ...CASE, "--run-dir", reference, "--csv"]);
  for (const size of SIZES) {
    mount("-t", "tmpfs", "-o", `size=${size}`, "tmpfs", disk);
    const directory = path.join(disk, "run");
    const first = await run(["train", ...CASE, "--run-dir", directory, ...MORE]);
    mount("-o", "remount,size=20m", disk);
    const said = [`exit ${first.code}`, first.err.trim()];
    for (let args = goOn(directory, CASE, MORE), left = 3; args !== undefined && left > 0; left--) {
      const { code, err } = await run(args);
      said.push(`${args[0]}: exit ${code}${code === 0 ? "" : ` ${err.trim()}`}`);
      args = goOn(directory, CASE, MORE);
    }
    const wrong = differences(reference, directory);
    if (wrong.length > 0) failures += 1;
    console.log(`${wrong.length > 0 ? "FAILED" : "equal"} ${size}: ${[...said, ...wrong].filter(Boolean).join("; ")}`);
    spawnSync("umount", [disk]);
  }
}
fs.rmSync(folder, { recursive: true, force: true });
process.exitCode = failures === 0 ? 0 : 1;
