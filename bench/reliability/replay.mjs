/**
 * A large replay in a run directory: added, sampled, saved while it goes on, read back bit for bit. Needs a build.
 *
 *     node --expose-gc bench/reliability/replay.mjs [rows] [observation size] [f32|u8]
 */
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {
  readCheckpoint,
  writeCheckpointInBackground,
} from "../../packages/advantage/dist/run-directory/checkpoint-files.js";
import { Random } from "../../packages/engine/dist/index.js";
import { Replay, replayBytes } from "../../packages/rl/dist/data/index.js";
import { capture, restore } from "../../packages/rl/dist/index.js";

const [rows = 1_000_000, observationSize = 17, observations = "f32"] = process.argv.slice(2);
const options = {
  capacity: Number(rows),
  observationSize: Number(observationSize),
  observations,
  actionSize: 6,
  actions: "f32",
};
const EPISODE = 200;
const BATCH = 256;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-replay-"));
let resident = 0;
const watch = () => {
  resident = Math.max(resident, process.memoryUsage.rss());
};

/** Adds so many transitions; the same, whenever. */
function adder(replay) {
  const random = Random.fromSeed(1);
  const pool = Array.from({ length: 4096 }, () => Math.floor(256 * random.uniform()));
  const observation = new Float32Array(options.observationSize);
  const action = new Float32Array(options.actionSize);
  const [reward, nextObservation] = [new Float64Array(1), new Float32Array(options.observationSize)];
  const [terminated, truncated] = [new Uint8Array(1), new Uint8Array(1)];
  let t = 0;
  return (count) => {
    for (let n = 0; n < count; n++, t++) {
      for (let i = 0; i < observation.length; i++) observation[i] = pool[(t * 7 + i) & 4095];
      for (let i = 0; i < observation.length; i++) nextObservation[i] = pool[((t + 1) * 7 + i) & 4095];
      for (let i = 0; i < action.length; i++) action[i] = pool[(t * 5 + i) & 4095] / 256;
      reward[0] = t;
      terminated[0] = t % EPISODE === EPISODE - 1 ? 1 : 0;
      replay.add({ observation, action, reward, nextObservation, terminated, truncated });
    }
  };
}

function bitsOf(replay) {
  const hash = createHash("sha256");
  const { json, tensors } = capture({ replay });
  hash.update(JSON.stringify(json));
  for (const array of Object.values(tensors)) hash.update(array);
  return hash.digest("hex");
}

const checkpointOf = (replay, step) => {
  const { json, tensors } = capture({ step, replay });
  const header = {
    schemaVersion: 2,
    algorithm: "replay",
    environment: "none",
    config: {},
    step,
    events: 0,
    seconds: 0,
  };
  return { header: { ...header, episodes: { count: 0, returns: [], lengths: [] }, state: json }, tensors };
};

/** Saves while transitions are added and as many batches drawn, as a run does. Training stops where it begins, and where the event loop is served. */
async function save(replay, step, train) {
  const start = performance.now();
  let whole = false;
  const writing = writeCheckpointInBackground(folder, checkpointOf(replay, step)).then(() => {
    whole = true;
  });
  const begin = performance.now() - start;
  const turns = [];
  while (!whole) {
    train();
    watch();
    const turn = performance.now();
    await Promise.race([writing, new Promise((resolve) => setImmediate(resolve))]);
    turns.push(performance.now() - turn);
  }
  return { stops: [begin, ...turns], seconds: (performance.now() - start) / 1000 };
}

const line = (name, value, unit, note = "") =>
  console.log(`${name.padEnd(44)} ${value} ${unit}${note && `  (${note})`}`);

try {
  // What code takes is not the replay's.
  const small = new Replay({ ...options, capacity: 5000 });
  adder(small)(20_000);
  for (let i = 0; i < 500; i++)
    small.gather(small.draw(Random.fromSeed(2), new Int32Array(BATCH)), small.allocate(BATCH));
  globalThis.gc?.();
  const bare = process.memoryUsage.rss();
  const replay = new Replay(options);
  const add = adder(replay);
  let start = performance.now();
  add(options.capacity);
  line("added, first time round", Math.round(options.capacity / ((performance.now() - start) / 1000)), "transitions/s");

  const random = Random.fromSeed(2);
  const drawn = new Int32Array(BATCH);
  const batch = replay.allocate(BATCH);
  const draw = () => replay.gather(replay.draw(random, drawn), batch, { steps: 3, discount: 0.99 });
  for (let i = 0; i < 500; i++) draw();
  start = performance.now();
  for (let i = 0; i < 2000; i++) draw();
  line("sampled, n = 3", Math.round((2000 * BATCH) / ((performance.now() - start) / 1000)), "transitions/s");

  const size = replayBytes(options);
  line("size", (size / 1e6).toFixed(0), "MB");
  const train = () => {
    const until = performance.now() + 50;
    while (performance.now() < until) {
      add(1);
      draw();
    }
  };
  for (const what of ["whole", "of what came meanwhile"]) {
    globalThis.gc?.();
    resident = 0;
    watch();
    const before = resident - bare;
    const { stops, seconds } = await save(replay, what === "whole" ? 1 : 2, train);
    const longest = stops.reduce((a, b) => Math.max(a, b), 0);
    const all = stops.reduce((sum, stop) => sum + stop, 0);
    line(
      `saved, ${what}: longest stop`,
      longest.toFixed(1),
      "ms",
      `${all.toFixed(0)} in all, ${stops[0].toFixed(1)} to begin`,
    );
    line(`saved, ${what}: until it is whole`, seconds.toFixed(2), "s");
    line(
      `saved, ${what}: peak of memory`,
      ((resident - bare) / size).toFixed(2),
      "times the size",
      `before: ${(before / size).toFixed(2)}`,
    );
  }
  const last = checkpointOf(replay, 3);
  await writeCheckpointInBackground(folder, last);
  const expected = bitsOf(replay);
  start = performance.now();
  const { header, tensors } = readCheckpoint(folder);
  const other = new Replay(options);
  restore({ step: 0, replay: other }, { json: header.state, tensors });
  line("restored", ((performance.now() - start) / 1000).toFixed(2), "s");
  if (bitsOf(other) !== expected) throw new Error("what was restored is not what was saved");
  line("bits", "equal", "");
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
