import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Random } from "@advantage/engine";
import { type Checkpoint, capture, restore } from "@advantage/rl";
import { Replay } from "@advantage/rl/data";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readCheckpoint, removeLeftovers, writeCheckpointInBackground } from "./checkpoint-files.js";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-replay-"));
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

const OPTIONS = { capacity: 800, numEnvs: 2, observationSize: 40, actionSize: 1, actions: "i32" } as const;
const KINDS = [
  { ...OPTIONS, observations: "f32" },
  { ...OPTIONS, observations: "u8", observationSize: 160 },
] as const;

/** A replay that is filled from a random stream. */
function filling(options: (typeof KINDS)[number]) {
  const random = Random.fromSeed(7);
  const numbers = (count: number) => {
    const start = random.int(1 << 16);
    return Array.from({ length: count }, (_, i) =>
      options.observations === "u8" ? (start + 7 * i) & 255 : start / (i + 1),
    );
  };
  const replay = new Replay(options);
  const add = (steps: number) => {
    for (let t = 0; t < steps; t++) {
      replay.add({
        observation: numbers(2 * options.observationSize),
        action: [random.int(3), random.int(3)],
        reward: [random.normal(), random.normal()],
        nextObservation: numbers(2 * options.observationSize),
        terminated: [+(random.uniform() < 0.1), 0],
        truncated: [0, +(random.uniform() < 0.1)],
      });
    }
  };
  return { replay, add };
}

function checkpointOf(replay: Replay, step: number): Checkpoint {
  const { json, tensors } = capture({ step, replay });
  const header = {
    schemaVersion: 2,
    algorithm: "of-a-replay",
    environment: "Walk-v0",
    config: { totalSteps: 9000, seed: 1 },
    step,
    events: 1,
    seconds: 1,
    episodes: { count: 0, returns: [], lengths: [] },
    state: json,
  };
  return { header, tensors };
}

const save = (checkpoint: Checkpoint) => writeCheckpointInBackground(folder, checkpoint);

function restored(options: (typeof KINDS)[number], { header, tensors }: Checkpoint): Replay {
  const replay = new Replay(options);
  restore({ step: 0, replay }, { json: header.state, tensors });
  return replay;
}

/** The bits of all arrays in a value: compared number by number, they take a minute. */
function bitsOf(value: unknown): unknown {
  const { json, tensors } = capture({ value });
  const hash = (array: Float32Array) => createHash("sha256").update(array).digest("hex");
  return [json, Object.values(tensors).map((array) => hash(array as Float32Array))];
}

/** All that is drawn from a replay, over 1 and 3 steps. */
function drawn(replay: Replay) {
  const rows = replay.draw(Random.fromSeed(3), new Int32Array(500));
  return [1, 3].map((steps) => replay.gather(rows, replay.allocate(500), { steps, discount: 0.9 }));
}

/** The files of blocks, and when each was made. */
function blockFiles(): Map<string, bigint> {
  const names = fs.readdirSync(folder).filter((name) => name.startsWith("block-"));
  return new Map(names.map((name) => [name, fs.statSync(path.join(folder, name), { bigint: true }).ino]));
}

function namedFiles(): string[] {
  const { tensors, blocks = {} } = JSON.parse(fs.readFileSync(path.join(folder, "checkpoint.json"), "utf8"));
  const files = Object.values<{ file: string }>({ ...blocks, tensors }).map(({ file }) => file);
  return [...new Set(files), "checkpoint.json"].sort();
}

describe.each(KINDS)("a replay of $observations in a run directory", (options) => {
  it("comes back bit for bit, whatever has been overwritten, and goes on as if nothing had happened", async () => {
    const { replay, add } = filling(options);
    for (const [i, steps] of [3, 80, 121, 196, 1, 399, 400, 1000].entries()) {
      add(steps);
      await save(checkpointOf(replay, i));
      const other = restored(options, readCheckpoint(folder) as Checkpoint);
      expect(bitsOf(other.snapshot())).toEqual(bitsOf(replay.snapshot()));
      expect(bitsOf(drawn(other))).toEqual(bitsOf(drawn(replay)));
      expect(fs.readdirSync(folder).sort()).toEqual(namedFiles());
    }
    const [before, after] = [filling(options), restored(options, readCheckpoint(folder) as Checkpoint)];
    before.add(2200);
    for (let t = 0; t < 600; t++) {
      const step = { observation: new Float32Array(2 * options.observationSize).fill(t % 200), action: [1, 2] };
      const whole = {
        ...step,
        reward: [t, -t],
        nextObservation: step.observation,
        terminated: [0, 0],
        truncated: [0, t % 9 === 0 ? 1 : 0],
      };
      before.replay.add(whole);
      after.add(whole);
    }
    expect(bitsOf(drawn(after))).toEqual(bitsOf(drawn(before.replay)));
    expect(bitsOf(after.snapshot())).toEqual(bitsOf(before.replay.snapshot()));
  });

  it("is written once: what is full stays in its file, what is overwritten goes", async () => {
    const { replay, add } = filling(options);
    add(400);
    await save(checkpointOf(replay, 1));
    const first = blockFiles();
    expect(first.size).toBeGreaterThan(10);
    add(80);
    // Resumed from its files, too.
    await save(checkpointOf(restored(options, readCheckpoint(folder) as Checkpoint), 2));
    expect(blockFiles()).toEqual(first);
    await save(checkpointOf(replay, 3));
    const second = blockFiles();
    const kept = [...first].filter(([name]) => second.has(name));
    for (const [name, made] of kept) expect(second.get(name)).toBe(made);
    expect(kept.length).toBeGreaterThan(0.7 * first.size);
    expect(kept.length).toBeLessThan(first.size);
    expect(second.size).toBeGreaterThan(kept.length);
    expect(fs.readdirSync(folder).sort()).toEqual(namedFiles());
  });
});

it("a kill at any moment leaves the old checkpoint or the new, and nothing for long", async () => {
  const options = KINDS[0];
  const { replay, add } = filling(options);
  add(280);
  const old = checkpointOf(replay, 1);
  add(100);
  const next = checkpointOf(replay, 2);
  const snapshots = [old, next].map((each) => restored(options, each).snapshot());
  const kill = new Error("killed");
  const calls = ["openSync", "writeFileSync", "fsyncSync", "closeSync", "renameSync", "rmSync", "readdirSync"] as const;
  const seen = new Set<number>();
  let stops = 0;
  for (let survive = 0; survive < 120; survive += survive < 20 || survive > 60 ? 1 : 4) {
    await save(old);
    let count = 0;
    let dead = false;
    // Once killed, a process does nothing any more: neither tidying up nor anything else.
    const dies = () => {
      if (count++ === survive) dead = true;
      return dead;
    };
    const mocks = calls.map((name) => {
      const original = fs[name] as (...args: unknown[]) => unknown;
      return vi.spyOn(fs, name as "openSync").mockImplementation(((...args: unknown[]) => {
        if (dies()) throw kill;
        return original(...args);
      }) as never);
    });
    const { open, rename } = fs.promises;
    const renaming = vi.spyOn(fs.promises, "rename").mockImplementation(async (...args) => {
      if (dies()) throw kill;
      await rename(...args);
    });
    const opening = vi.spyOn(fs.promises, "open").mockImplementation(async (...args) => {
      if (dies()) throw kill;
      const handle = await open(...args);
      const write = handle.write.bind(handle) as (data: Uint8Array, at: number, length?: number) => Promise<unknown>;
      handle.write = (async (data: Uint8Array, at: number) => {
        if (dead) throw kill;
        if (!dies()) return await write(data, at, Math.min(5000, data.length - at)); // it may write less than it was given
        await write(data, at, 1);
        throw kill;
      }) as never;
      return handle;
    });
    await save(next).catch((error) => expect(error).toBe(kill));
    for (const mock of [...mocks, opening, renaming]) mock.mockRestore();
    if (dead) stops += 1;
    const found = readCheckpoint(folder) as Checkpoint;
    seen.add(found.header.step);
    expect(bitsOf(restored(options, found).snapshot())).toEqual(bitsOf(snapshots[found.header.step - 1]));
    removeLeftovers(folder);
    expect(fs.readdirSync(folder).sort()).toEqual(namedFiles());
    if (!dead) break;
  }
  expect([...seen].sort()).toEqual([1, 2]);
  expect(stops).toBeGreaterThan(20);
});

it("refuses blocks that are not what was written, and names that lead elsewhere", async () => {
  const options = KINDS[0];
  const { replay, add } = filling(options);
  add(700);
  await save(checkpointOf(replay, 1));
  const pointer = path.join(folder, "checkpoint.json");
  const json = fs.readFileSync(pointer, "utf8");
  const { blocks, sha256: _sum, ...rest } = JSON.parse(json);
  const [[name, { file }]] = Object.entries<{ file: string }>(blocks);
  const at = path.join(folder, file);
  const bytes = fs.readFileSync(at);
  const flipped = Buffer.from(bytes);
  flipped[100] ^= 1;
  fs.writeFileSync(at, flipped);
  expect(() => readCheckpoint(folder)).toThrow(
    /^checkpoint is damaged: the content of .*block-.* is not what was written$/,
  );
  fs.writeFileSync(at, bytes.subarray(1));
  expect(() => readCheckpoint(folder)).toThrow(`has ${bytes.length - 1} bytes, expected ${bytes.length}`);
  fs.rmSync(at);
  expect(() => readCheckpoint(folder)).toThrow(/^checkpoint is damaged: .*block-.* is missing$/);
  for (const wrong of [{ [name]: { ...blocks[name], file: `../${file}` } }, { [name]: null }, [], "none"]) {
    fs.writeFileSync(pointer, JSON.stringify({ ...rest, blocks: wrong }));
    expect(() => readCheckpoint(folder)).toThrow(/^checkpoint is damaged: .* names no files of blocks$/);
  }
});

it("refuses a replay of before it had segments, of another kind, or with a part of another", () => {
  const { replay, add } = filling(KINDS[0]);
  add(300);
  const other = new Replay({ ...KINDS[0], capacity: 4000 });
  const { json, tensors } = capture({ replay });
  expect(() => restore({ replay: other }, { json, tensors })).toThrow(
    /^checkpoint does not fit: state.replay: segments of the saved replay must be /,
  );
  const old = capture({ replay: { snapshot: () => ({ added: 1, observations: [] }), restore() {} } });
  expect(() => restore({ replay: other }, old)).toThrow(
    "checkpoint does not fit: state.replay: it is a replay of schema version 1: resume it with the version that wrote it",
  );
  const { steps, lasts, newest } = replay.snapshot();
  const mixed = { steps, lasts: { ...lasts, first: lasts.first + 1 }, newest };
  expect(() => new Replay(KINDS[0]).restore(mixed)).toThrow("last observations of the saved replay are mixed up");
  const late = { steps: { ...steps, first: 1 }, lasts, newest };
  expect(() => new Replay(KINDS[0]).restore(late)).toThrow("must be the latest 400, got 1 to 300");
});

it("finds NaN in a replay before it is saved, as everywhere in a state", () => {
  const { replay, add } = filling(KINDS[0]);
  add(3);
  const zeros = new Float32Array(80);
  const step = { observation: zeros, action: [0, 0], nextObservation: zeros, terminated: [0, 0], truncated: [0, 0] };
  replay.add({ ...step, reward: [0, Number.NaN] });
  expect(() => capture({ replay })).toThrow("rewards of the replay hold NaN");
  expect(() => add(100)).toThrow("rewards of the replay hold NaN");
});
