/** Short runs to be disturbed, how to go on with them, and what must be equal in the end. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const command = fileURLToPath(new URL("../../packages/advantage/bin/advantage.js", import.meta.url));

/** A few seconds each: deep and tabular learners, planners and bandits, normalisers, memory, threads. */
export const CASES = [
  "ppo CartPole-v1 --total-steps 4000 --num-envs 4 --num-steps 64",
  "ppo Pendulum-v1 --total-steps 4000 --num-envs 4 --num-steps 128 --normalise-observation",
  "a2c CartPole-v1 --total-steps 8000 --num-envs 4",
  "a2c CartPole-v1 --total-steps 4000 --num-envs 4 --workers 2",
  "ppo CartPole-v1 --total-steps 4000 --num-envs 4 --num-steps 64 --workers 2",
  "trpo CartPole-v1 --total-steps 4000 --num-steps 512",
  "reinforce CartPole-v1 --total-steps 5000",
  "control-variate-ac CartPole-v1 --total-steps 4000 --buffer-size 3000",
  "q-learning CliffWalking-v1 --total-steps 100000",
  "sarsa FrozenLake-v1 --total-steps 100000",
  "dyna-q FrozenLake-v1 --total-steps 10000",
  "value-iteration FrozenLake8x8-v1",
  "exp3 BernoulliBandit-v0",
  "a3c CartPole-v1 --total-steps 8000 --num-envs 2 --workers 1",
].map((line) => line.split(" "));

const FLAGS = ["--quiet", "--eval-episodes", "2", "--eval-max-steps", "200"];

/** Runs the command to its end. */
export function run(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [command, ...args, ...FLAGS], { stdio: ["ignore", "ignore", "pipe"] });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      err += text;
    });
    child.on("close", (code) => resolve({ code, err }));
  });
}

/** What to type next; `undefined` once the run is whole. */
export function goOn(directory, each, more) {
  const has = (name) => fs.existsSync(path.join(directory, name));
  if (has("summary.json") && has("report.html")) return undefined;
  const workers = each.includes("--workers")
    ? each.slice(each.indexOf("--workers"), each.indexOf("--workers") + 2)
    : [];
  return has("checkpoint/checkpoint.json")
    ? ["resume", directory, ...workers, ...more, ...FLAGS]
    : ["train", ...each, "--run-dir", directory, ...more, ...FLAGS];
}

/** Numbers that a clock has made. */
const CLOCK = ["seconds", "stepsPerSecond", "runDirectory"];

/** In what the run in a directory is not the undisturbed one. */
export function differences(reference, directory) {
  const wrong = [];
  const compare = (name, content) => {
    const files = [reference, directory].map((each) => path.join(each, name));
    const [there, here] = files.map((file) => (fs.existsSync(file) ? content(fs.readFileSync(file)) : undefined));
    if (there !== here) wrong.push(here === undefined ? `${name} is missing` : `${name} differs`);
  };
  const untimed = (text) => JSON.stringify(JSON.parse(text, (key, value) => (CLOCK.includes(key) ? undefined : value)));
  compare("metrics.jsonl", (bytes) => bytes.toString().trimEnd().split("\n").filter(Boolean).map(untimed).join("\n"));
  compare("metrics.csv", (bytes) =>
    bytes
      .toString()
      .split("\n")
      .map((row) => row.split(",").slice(0, -2).join(","))
      .join("\n"),
  );
  compare("policy/policy.safetensors", (bytes) => bytes.toString("latin1"));
  compare("figures.json", (bytes) => bytes.toString());
  compare("summary.json", (bytes) => untimed(bytes.toString()));
  compare("report.html", () => "there");
  const left = [".", "policy", "checkpoint"].flatMap((folder) => {
    const at = path.join(directory, folder);
    return fs.existsSync(at) ? fs.readdirSync(at).filter((name) => name.endsWith(".tmp") || name === ".training") : [];
  });
  if (left.length > 0) wrong.push(`left behind: ${left.join(", ")}`);
  return wrong;
}
