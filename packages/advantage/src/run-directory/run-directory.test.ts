import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { environments } from "@advantage/envs";
import {
  type Algorithm,
  type Checkpoint,
  type EnvLike,
  int,
  type Schedule,
  schedule,
  schema,
  WALL_CLOCK_METRICS,
} from "@advantage/rl";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint-files.js";
import { reproduceText } from "./reproduce-text.js";
import { openRun, runName } from "./run-directory.js";
import { resumeRun, trainToDirectory } from "./train-to-directory.js";

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-runs-"));
});

afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true, force: true });
});

function checkpoint(step: number): Checkpoint {
  return {
    header: {
      schemaVersion: 1,
      algorithm: "counter",
      environment: "Walk-v0",
      config: { totalSteps: 100, seed: 1 },
      step,
      events: 1,
      seconds: 1,
      episodes: { count: 0, returns: [], lengths: [] },
      state: { w: { $array: "state.w", type: "Float32Array" } },
    },
    tensors: { "state.w": Float32Array.of(step, 2, 3) },
  };
}

/** Everything in a folder, by name, so that damage shows. */
function contentOf(directory: string): Record<string, string> {
  const names = fs.readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(directory, file), fs.readFileSync(file, "base64")];
    }),
  );
}

const withoutClock = (file: string) =>
  fs
    .readFileSync(file, "utf8")
    .split("\n")
    .map((line) => line.replace(new RegExp(`"(${WALL_CLOCK_METRICS.join("|")})":[^,}]*`, "g"), ""));

describe("checkpoint files", () => {
  it("bring a checkpoint back and remove the one before", () => {
    writeCheckpoint(folder, checkpoint(1));
    writeCheckpoint(folder, checkpoint(2));
    expect(readCheckpoint(folder)).toEqual(checkpoint(2));
    expect(fs.readdirSync(folder).sort()).toEqual(["checkpoint.json", "tensors-2.safetensors"]);
    expect(readCheckpoint(path.join(folder, "none"))).toBeUndefined();
  });

  it("leave a whole checkpoint, the old one or the new, wherever writing stops", () => {
    const calls = [
      "openSync",
      "writeFileSync",
      "fsyncSync",
      "closeSync",
      "renameSync",
      "rmSync",
      "readdirSync",
    ] as const;
    const kill = new Error("killed");
    let stops = 0;
    for (const call of calls) {
      for (let survive = 0; survive < 9; survive++) {
        const at = path.join(folder, `${call}-${survive}`);
        writeCheckpoint(at, checkpoint(1));
        let count = 0;
        let dead = false;
        // Once killed, a process does nothing any more: neither tidying up nor anything else.
        const mocks = calls.map((name) => {
          const original = fs[name] as (...args: unknown[]) => unknown;
          return vi.spyOn(fs, name as "openSync").mockImplementation(((...args: unknown[]) => {
            if (name === call && count++ === survive) dead = true;
            if (dead) throw kill;
            return original(...args);
          }) as never);
        });
        try {
          writeCheckpoint(at, checkpoint(2));
        } catch (error) {
          expect(error).toBe(kill);
        }
        if (dead) stops += 1;
        for (const mock of mocks) mock.mockRestore();
        expect([1, 2]).toContain(readCheckpoint(at)?.header.step);
        writeCheckpoint(at, checkpoint(3));
        expect(readCheckpoint(at)).toEqual(checkpoint(3));
        expect(fs.readdirSync(at).sort()).toEqual(["checkpoint.json", "tensors-3.safetensors"]);
      }
    }
    expect(stops).toBeGreaterThan(15);
  });

  it("never overwrite the numbers of the valid checkpoint, even of the same step", () => {
    writeCheckpoint(folder, checkpoint(1));
    const other = checkpoint(1);
    writeCheckpoint(folder, { header: other.header, tensors: { "state.w": Float32Array.of(9, 9, 9) } });
    expect(readCheckpoint(folder)?.tensors["state.w"]).toEqual(Float32Array.of(9, 9, 9));
    expect(fs.readdirSync(folder)).toHaveLength(2);
  });

  it("say in a sentence what is damaged", () => {
    writeCheckpoint(folder, checkpoint(1));
    const pointer = path.join(folder, "checkpoint.json");
    const tensors = path.join(folder, "tensors-1.safetensors");
    const [json, bytes] = [fs.readFileSync(pointer, "utf8"), fs.readFileSync(tensors)];

    fs.writeFileSync(tensors, bytes.subarray(0, -1));
    expect(() => readCheckpoint(folder)).toThrow(
      /^checkpoint is damaged: .*tensors-1.safetensors has \d+ bytes, expected \d+$/,
    );
    const flipped = Buffer.from(bytes);
    flipped[flipped.length - 1] ^= 1;
    fs.writeFileSync(tensors, flipped);
    expect(() => readCheckpoint(folder)).toThrow(/the content of .* is not what was written$/);
    fs.rmSync(tensors);
    expect(() => readCheckpoint(folder)).toThrow(/^checkpoint is damaged: .* is missing$/);
    fs.writeFileSync(pointer, json.slice(0, 40));
    expect(() => readCheckpoint(folder)).toThrow(/^checkpoint is damaged: .*checkpoint.json is not whole JSON$/);
    fs.writeFileSync(pointer, json.replace('"schemaVersion":1', '"schemaVersion":7'));
    expect(() => readCheckpoint(folder)).toThrow(
      "checkpoint has schema version 7, this version of advantage reads 1 and 2",
    );
    fs.writeFileSync(pointer, "null");
    expect(() => readCheckpoint(folder)).toThrow(/^checkpoint is damaged: .*checkpoint.json holds no object$/);
    fs.writeFileSync(pointer, json.replace('"seconds":1', '"seconds":2'));
    expect(() => readCheckpoint(folder)).toThrow(/the content of .*checkpoint.json is not what was written$/);
    fs.writeFileSync(pointer, json.replace('"step":1', '"step":-5'));
    expect(() => readCheckpoint(folder)).toThrow("checkpoint is damaged: its step cannot be read");
    fs.writeFileSync(pointer, "{}");
    expect(() => readCheckpoint(folder)).toThrow("checkpoint is damaged: it names no schemaVersion");
    fs.writeFileSync(pointer, json.replace("tensors-1.safetensors", "../x.safetensors"));
    expect(() => readCheckpoint(folder)).toThrow("names no file of numbers");
  });
});

describe("trainToDirectory", () => {
  it("writes everything that the design names", async () => {
    const runDirectory = path.join(folder, "run");
    const result = await trainToDirectory(counter, walk(), {
      runDirectory,
      csv: true,
      tensorboard: true,
      command: "advantage train x",
    });
    const files = Object.keys(contentOf(runDirectory)).sort();
    expect(files.filter((name) => !name.startsWith("tensorboard"))).toEqual([
      "checkpoint/checkpoint.json",
      "checkpoint/tensors-240.safetensors",
      "config.json",
      "episodes.csv",
      "metrics.csv",
      "metrics.jsonl",
      "policy/policy.safetensors",
      "report.html",
      "summary.json",
    ]);
    expect(files.some((name) => /^tensorboard\/events\.out\.tfevents\.\d+/.test(name))).toBe(true);
    const run = openRun(runDirectory);
    expect(run.record).toMatchObject({
      schemaVersion: 1,
      algorithm: "counter",
      environment: "Walk-v0",
      preset: { name: "Walk-v0", source: "an old almanac" },
      config: { totalSteps: 240, seed: 1, learningRate: 0.25 },
      versions: { advantage: "0.1.0", node: process.versions.node },
    });
    expect(run.metrics()).toEqual(result.history);
    expect(run.summary()).toEqual(result.summary);
    expect(run.summary()?.runDirectory).toBe(runDirectory);
    expect(run.policy()).toEqual(new Uint8Array(result.policy.save()));

    const report = fs.readFileSync(run.files.report, "utf8");
    expect(report).toContain("uPlot");
    // Nothing is loaded from elsewhere; papers are links to follow.
    expect(report.match(/(src|href)\s*=\s*"https?:[^"]*"/g)).toEqual(['href="https://example.org/counting"']);
    expect(report).not.toMatch(/@import|url\(|fetch\(|XMLHttpRequest|import\(/);
  });

  it("keeps the figures and shows them in the report, at a stop too", async () => {
    const drawing = {
      ...counter,
      figures: (_context, state) => [
        { kind: "table", title: "What it counted", caption: "", columns: ["steps"], rows: [[state.step]] },
      ],
    } satisfies typeof counter as typeof counter;
    const runDirectory = path.join(folder, "run");
    const controller = new AbortController();
    const { directory } = await trainToDirectory(drawing, walk(), {
      runDirectory,
      signal: controller.signal,
      sinks: [{ event: ({ step }) => void (step === 20 && controller.abort()) }],
    });
    expect(directory.figures()).toMatchObject([{ kind: "table", rows: [[20]] }]);
    expect(fs.readFileSync(directory.files.report, "utf8")).toContain("What it counted");
    const resumed = await resumeRun(directory, drawing, walk(), { evaluationEpisodes: 0 });
    expect(resumed.directory.figures()).toMatchObject([{ rows: [[240]] }]);
    fs.writeFileSync(directory.files.figures, "[");
    expect(() => directory.figures()).toThrow("figures.json is damaged: it is not whole JSON");
  });

  it("reports a run that failed, with the reason", async () => {
    const runDirectory = path.join(folder, "run");
    const settings = { totalSteps: 100, failAt: 55 };
    await expect(trainToDirectory(counter, walk(), { runDirectory, settings })).rejects.toThrow(
      "loss is NaN at step 60",
    );
    const report = fs.readFileSync(path.join(runDirectory, "report.html"), "utf8");
    expect(report).toContain("Failed after 50 steps: loss is NaN at step 60: training stopped");
    expect(report).toContain(`resume ${runDirectory}<`);
    expect(openRun(runDirectory).summary()).toBeUndefined();
  });

  it("is not to be trained on if it ended by itself before its last step", async () => {
    const converging = {
      ...counter,
      unit: "sweep",
      *train(context: never, state: never) {
        yield (counter.train(context, state) as Iterator<unknown>).next().value;
      },
    } as unknown as typeof counter;
    const { directory, stopped } = await trainToDirectory(converging, walk(), {
      runDirectory: path.join(folder, "run"),
      evaluationEpisodes: 0,
    });
    expect(stopped).toBe(false);
    expect(directory.summary()).toMatchObject({ steps: 10, unit: "sweep" });
    const report = fs.readFileSync(directory.files.report, "utf8");
    expect(report).toContain("of at most 240");
    expect(report).not.toMatch(/Stopped|Train on/);
  });

  it("names runs, and numbers those of the same second", async () => {
    expect(runName("ppo", "CartPole-v1", 3, new Date(2026, 0, 2, 3, 4, 5))).toBe(
      "2026-01-02T03-04-05-ppo-CartPole-v1-s3",
    );
    vi.useFakeTimers({ now: 0, toFake: ["Date"] });
    const runs = path.join(folder, "runs");
    const train = () =>
      trainToDirectory(counter, walk(), { runs, settings: { totalSteps: 10 }, evaluationEpisodes: 0 });
    const [a, b] = [await train(), await train()];
    vi.useRealTimers();
    expect(b.directory.path).toBe(`${a.directory.path}-2`);
  });

  it("never touches a run that is there", async () => {
    const runDirectory = path.join(folder, "run");
    await trainToDirectory(counter, walk(), { runDirectory, settings: { totalSteps: 10 } });
    const before = contentOf(runDirectory);
    await expect(trainToDirectory(counter, walk(), { runDirectory })).rejects.toThrow(
      `${runDirectory} already holds a run; use --run-dir with a new name or \`advantage resume ${runDirectory}\``,
    );
    expect(contentOf(runDirectory)).toEqual(before);
    await expect(
      trainToDirectory(counter, walk(), { runDirectory: path.join(runDirectory, "config.json") }),
    ).rejects.toThrow("it is a file");
  });

  it("takes over a directory whose run never trained, and no other", async () => {
    const runDirectory = path.join(folder, "run");
    const command = "advantage train counter Walk-v0";
    const failing = {
      ...counter,
      init() {
        throw new Error("no data");
      },
    } as unknown as typeof counter;
    await expect(trainToDirectory(failing, walk(), { runDirectory, command })).rejects.toThrow("no data");
    await expect(resumeRun(openRun(runDirectory), counter, walk())).rejects.toThrow(
      `${runDirectory} has no checkpoint to resume from: start the run again with \`${command} --run-dir ${runDirectory}\``,
    );
    const settings = { totalSteps: 50 };
    const { directory } = await trainToDirectory(counter, walk(), { runDirectory, settings, evaluationEpisodes: 0 });
    expect(directory.record.config.totalSteps).toBe(50);

    // One that trained without a checkpoint has something to lose.
    for (const name of ["checkpoint", "policy", "summary.json", "report.html"])
      fs.rmSync(path.join(runDirectory, name), { recursive: true });
    await expect(trainToDirectory(counter, walk(), { runDirectory })).rejects.toThrow(
      `${runDirectory} already holds a run, which has no checkpoint to resume from; use --run-dir with a new name or remove it`,
    );
    expect(openRun(runDirectory).metrics()).toHaveLength(5);

    const others = path.join(folder, "others");
    fs.mkdirSync(others);
    fs.writeFileSync(path.join(others, "config.json"), '{"mine": true}');
    await expect(trainToDirectory(counter, walk(), { runDirectory: others })).rejects.toThrow("already holds a run");
    expect(fs.readFileSync(path.join(others, "config.json"), "utf8")).toBe('{"mine": true}');
    await expect(trainToDirectory(counter, walk(), { runDirectory: "" })).rejects.toThrow(
      "runDirectory must name a directory, got ''",
    );
  });

  it("can be resumed if it was killed before its first step", async () => {
    const runDirectory = path.join(folder, "run");
    const first: Checkpoint[] = [];
    const sinks = [{ event: () => void first.push(readCheckpoint(path.join(runDirectory, "checkpoint"))!) }];
    await trainToDirectory(counter, walk(), { runDirectory, sinks, evaluationEpisodes: 0 });
    expect(first[0].header).toMatchObject({ step: 0, events: 0 });
  });

  it("says that a folder to be made is on a read-only file system", async () => {
    const runDirectory = path.join(folder, "new", "run");
    // The system looks for the parent first.
    vi.spyOn(fs, "mkdirSync").mockImplementation((at) => {
      const code = fs.existsSync(path.dirname(String(at))) ? "EROFS" : "ENOENT";
      throw Object.assign(new Error(code), { code });
    });
    await expect(trainToDirectory(counter, walk(), { runDirectory })).rejects.toThrow(
      `cannot write ${runDirectory}: the file system is read-only`,
    );
  });

  it("shows what solves an environment only for the catalogue's own", async () => {
    const { solvedAt } = environments.find(({ id }) => id === "CartPole-v1")!;
    const settings = { totalSteps: 10 };
    const reportOf = async (name: string, env: EnvLike, environmentModule?: string) => {
      const runDirectory = path.join(folder, name);
      const options = { runDirectory, settings, environmentModule, evaluationEpisodes: 0 };
      const { directory } = await trainToDirectory(counter, env, options);
      return fs.readFileSync(directory.files.report, "utf8");
    };
    expect(await reportOf("known", "CartPole-v1")).toContain(`solved at ${solvedAt}`);
    expect(await reportOf("own", () => walk("CartPole-v1"))).not.toContain("solved at");
    expect(await reportOf("module", "CartPole-v1", path.join(folder, "own.mjs"))).not.toContain("solved at");
  });

  it("writes nothing if the run cannot start", async () => {
    const runDirectory = path.join(folder, "run");
    await expect(trainToDirectory(counter, walk(), { runDirectory, settings: { numEnvs: 0 } })).rejects.toThrow(
      "numEnvs must be",
    );
    expect(fs.existsSync(runDirectory)).toBe(false);
  });

  it.each([
    ["ENOSPC", "the disk is full"],
    ["EACCES", "permission denied"],
    ["EROFS", "the file system is read-only"],
  ])("says %s in a sentence and keeps the last checkpoint", async (code, reason) => {
    const runDirectory = path.join(folder, "run");
    const original = fs.fsyncSync;
    let calls = 0;
    // The lock, the record, two checkpoints (before the first step and after it) and their policies fit; then no more does.
    vi.spyOn(fs, "fsyncSync").mockImplementation((descriptor) => {
      if (++calls > 19) throw Object.assign(new Error(code), { code });
      original(descriptor);
    });
    await expect(trainToDirectory(counter, walk(), { runDirectory, checkpointEverySeconds: 0 })).rejects.toThrow(
      new RegExp(`^cannot write ${runDirectory}.*: ${reason}$`),
    );
    vi.restoreAllMocks();
    expect(readCheckpoint(path.join(runDirectory, "checkpoint"))?.header.step).toBe(10);

    vi.spyOn(fs, "mkdirSync").mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    await expect(trainToDirectory(counter, walk(), { runDirectory: path.join(folder, "other") })).rejects.toThrow(
      `cannot write ${path.join(folder, "other")}: ${reason}`,
    );
  });
});

describe("resumeRun", () => {
  /** A run of 240 steps that is stopped at `step`. */
  async function stoppedAt(step: number, runDirectory: string, saveEvery = 1000) {
    const controller = new AbortController();
    const result = await trainToDirectory(counter, walk(), {
      runDirectory,
      csv: true,
      checkpointEverySeconds: saveEvery,
      signal: controller.signal,
      sinks: [{ event: (event) => void (event.step === step && controller.abort()) }],
    });
    expect(result.stopped).toBe(true);
    return result.directory;
  }

  it("ends with the files of the uninterrupted run", async () => {
    const whole = await trainToDirectory(counter, walk(), { runDirectory: path.join(folder, "whole"), csv: true });
    const stopped = await stoppedAt(70, path.join(folder, "stopped"));
    expect(stopped.summary()).toBeUndefined();
    expect(fs.readFileSync(stopped.files.report, "utf8")).toContain("Stopped at step 70 of 240");
    // What a process that was killed after its checkpoint leaves behind: lines beyond it, the last one cut off.
    fs.appendFileSync(stopped.files.metrics, '{"step":80,"episodes":1}\n{"step":9');
    fs.appendFileSync(stopped.files.csv, "80,1,,,\n90,");
    const { directory, summary } = await resumeRun(stopped, counter, walk());
    expect(withoutClock(directory.files.metrics)).toEqual(withoutClock(whole.directory.files.metrics));
    expect(fs.readFileSync(directory.files.csv, "utf8").split("\n")).toHaveLength(26);
    expect(directory.policy()).toEqual(whole.directory.policy());
    expect(directory.checkpoint()?.tensors).toEqual(whole.directory.checkpoint()?.tensors);
    expect(summary.evaluation).toEqual(whole.summary.evaluation);
  });

  it("goes on with a finished run only when given more steps", async () => {
    const { directory } = await trainToDirectory(counter, walk(), { runDirectory: path.join(folder, "run") });
    await expect(resumeRun(directory, counter, walk())).rejects.toThrow(
      "has done all its 240 steps; give it more with --total-steps to go on",
    );
    await expect(resumeRun(directory, counter, walk(), { totalSteps: 10 })).rejects.toThrow(
      "has done 240 steps already: totalSteps must be more to go on, got 10",
    );
    const more = await resumeRun(directory, counter, walk(), { totalSteps: 300 });
    expect(more.summary.steps).toBe(300);
    expect(openRun(directory.path).record).toMatchObject({ config: { totalSteps: 300 }, extended: [240] });
  });

  it("evaluates a run that was stopped or killed while it was evaluated", async () => {
    const whole = await trainToDirectory(counter, walk(), { runDirectory: path.join(folder, "whole") });
    const controller = new AbortController();
    const { directory, evaluationStopped } = await trainToDirectory(counter, walk(), {
      runDirectory: path.join(folder, "run"),
      signal: controller.signal,
      sinks: [{ event() {}, end: () => controller.abort() }],
    });
    expect(evaluationStopped).toBe(true);
    expect(directory.summary()).toBeUndefined();
    expect(directory.metrics()).toHaveLength(24);
    fs.rmSync(directory.files.report);
    const { summary } = await resumeRun(directory, counter, walk());
    expect(summary.evaluation).toEqual(whole.summary.evaluation);
    expect(directory.summary()).toEqual(summary);
    expect(directory.metrics()).toHaveLength(24);
    expect(fs.existsSync(directory.files.report)).toBe(true);
  });

  it("leaves a run as it was until its extension has a checkpoint, and no old summary after that", async () => {
    const { directory } = await trainToDirectory(counter, walk(), { runDirectory: path.join(folder, "run") });
    const record = fs.readFileSync(directory.files.config, "utf8");
    const controller = new AbortController();
    let meanwhile = "";
    const sinks = [
      {
        event() {
          meanwhile = fs.readFileSync(directory.files.config, "utf8");
          controller.abort();
        },
      },
    ];
    await resumeRun(directory, counter, walk(), { totalSteps: 300, sinks, signal: controller.signal });
    expect(meanwhile).toBe(record);
    expect(directory.summary()).toBeUndefined();
    expect(openRun(directory.path).record).toMatchObject({ config: { totalSteps: 300 }, extended: [240] });

    // Killed between checkpoint and record: the checkpoint knows better.
    fs.writeFileSync(directory.files.config, record);
    expect((await resumeRun(directory, counter, walk())).summary.steps).toBe(300);
    expect(openRun(directory.path).record).toMatchObject({ config: { totalSteps: 300 }, extended: [240] });
  });

  it("tells what reproduces the run in its report, in words that a shell takes", async () => {
    const runDirectory = path.join(folder, "my run");
    const command = "npx advantage train counter Walk-v0 --total-steps 100 --seed 2";
    const settings = { totalSteps: 100, seed: 2 };
    const { directory } = await trainToDirectory(counter, walk(), { runDirectory, settings, command });
    const text = () => fs.readFileSync(directory.files.report, "utf8").replaceAll("&#39;", "'");
    expect(text()).toContain(`<code>${command}</code>`);
    expect(text()).toContain(`<code>npx advantage eval '${runDirectory}'</code>`);
    await resumeRun(directory, counter, walk(), { totalSteps: 150 });
    expect(text()).toContain("<code>npx advantage train counter Walk-v0 --seed 2 --total-steps 150</code>");

    const config = schema({
      totalSteps: int({ default: 100, min: 1, help: "" }),
      seed: int({ default: 1, min: 0, help: "" }),
      learningRate: schedule({ default: 1, min: 0, help: "" }),
    });
    const extended = (learningRate: Schedule) => {
      const record = { command, extended: [100], config: { totalSteps: 150, seed: 1, learningRate } };
      return reproduceText(record, { config } as unknown as Algorithm);
    };
    expect(extended(1)).toBe("npx advantage train counter Walk-v0 --seed 2 --total-steps 150");
    expect(extended({ from: 1, to: 0 })).toBe(
      "no single command: the run was given 100, then 150 steps in all, and some of its settings follow that number",
    );
  });

  it("writes the CSV of a run that had none", async () => {
    const whole = await trainToDirectory(counter, walk(), { runDirectory: path.join(folder, "whole"), csv: true });
    const stopped = await stoppedAt(70, path.join(folder, "stopped"));
    fs.rmSync(stopped.files.csv);
    await resumeRun(stopped, counter, walk(), { csv: true });
    const columns = (file: string) =>
      fs
        .readFileSync(file, "utf8")
        .split("\n")
        .map((row) => row.split(",").slice(0, -WALL_CLOCK_METRICS.length));
    expect(columns(stopped.files.csv)).toEqual(columns(whole.directory.files.csv));
  });

  it("refuses a run that another process is training", async () => {
    const directory = await stoppedAt(20, path.join(folder, "run"));
    const lock = path.join(directory.path, ".training");
    expect(fs.existsSync(lock)).toBe(false);
    const before = contentOf(directory.path);
    fs.writeFileSync(lock, JSON.stringify({ process: process.ppid, host: os.hostname() }));
    await expect(resumeRun(directory, counter, walk())).rejects.toThrow(
      `${directory.path} is being trained by process ${process.ppid} on ${os.hostname()}: stop it first`,
    );
    fs.rmSync(lock);
    expect(contentOf(directory.path)).toEqual(before);
    // No process has so high a number: this one was killed.
    fs.writeFileSync(lock, JSON.stringify({ process: 2 ** 30, host: os.hostname() }));
    expect((await resumeRun(directory, counter, walk())).stopped).toBe(false);
    expect(fs.existsSync(lock)).toBe(false);
  });

  it("refuses what does not fit, in a sentence, and leaves everything as it was", async () => {
    const directory = await stoppedAt(20, path.join(folder, "run"));
    const before = contentOf(directory.path);
    await expect(resumeRun(directory, { ...counter, id: "adder" }, walk())).rejects.toThrow(
      "checkpoint is of algorithm 'counter', not of 'adder'",
    );
    await expect(resumeRun(directory, counter, walk("Other-v0"))).rejects.toThrow("not of 'Other-v0'");
    expect(contentOf(directory.path)).toEqual(before);

    fs.writeFileSync(directory.files.metrics, fs.readFileSync(directory.files.metrics, "utf8").slice(0, -5));
    await expect(resumeRun(directory, counter, walk())).rejects.toThrow(
      "it has 1 whole lines, the checkpoint counts on 2",
    );
    fs.rmSync(directory.files.metrics);
    const without = contentOf(directory.path);
    await expect(resumeRun(directory, counter, walk(), { csv: true, totalSteps: 500 })).rejects.toThrow(
      `${directory.files.metrics} is missing, the checkpoint counts on 2 lines of it`,
    );
    expect(contentOf(directory.path)).toEqual(without);
    fs.rmSync(directory.files.checkpoint, { recursive: true });
    await expect(resumeRun(directory, counter, walk())).rejects.toThrow("has no checkpoint to resume from");
  });
});

describe("openRun", () => {
  it("says what is wrong with a directory", () => {
    expect(() => openRun(path.join(folder, "none"))).toThrow("holds no run");
    fs.writeFileSync(path.join(folder, "config.json"), '{"schemaVersion": 1,');
    expect(() => openRun(folder)).toThrow("config.json is damaged: it is not whole JSON");
    fs.writeFileSync(path.join(folder, "config.json"), '{"schemaVersion": 2}');
    expect(() => openRun(folder)).toThrow("has schema version 2, this version of advantage reads 1");
    fs.writeFileSync(path.join(folder, "config.json"), '{"schemaVersion": 1}');
    expect(() => openRun(folder)).toThrow(
      "config.json is damaged: its algorithm, environment, config, versions, command, started cannot be read",
    );
    fs.writeFileSync(path.join(folder, "config.json"), "null");
    expect(() => openRun(folder)).toThrow("has schema version undefined");
  });
});
