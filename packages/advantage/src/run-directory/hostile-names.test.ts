import fs from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseForeignJson, readSafetensors, writeSafetensors } from "@advantage/engine";
import { frozenLake, mdpFromJson, mdpToJson, parseRewardSequence, spaceFromJson } from "@advantage/envs";
import {
  a2c,
  loadPolicy,
  metricsEventOf,
  openSession,
  prepareRun,
  readCheckpointFile,
  writeCheckpointFile,
} from "@advantage/rl";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readCheckpoint } from "./checkpoint-files.js";
import { openRun } from "./run-directory.js";
import { trainToDirectory } from "./train-to-directory.js";

const folder = fs.mkdtempSync(path.join(tmpdir(), "hostile-"));
const at = (name: string) => path.join(folder, name);
beforeAll(async () => {
  await trainToDirectory(a2c, "CartPole-v1", {
    settings: { totalSteps: 20, numEnvs: 2, hiddenSizes: [2] },
    preset: "none",
    runDirectory: at("run"),
    evaluationEpisodes: 1,
  });
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const NAMES = ["__proto__", "constructor", "prototype"];
const POISON = { polluted: true, env: { NODE_OPTIONS: "--version" }, prototype: { polluted: true } };

/** The JSON text with a name more, in every object of it in turn. */
function* poisoned(text: string): Generator<string> {
  const objects = (value: unknown): object[] =>
    typeof value !== "object" || value === null
      ? []
      : [...(Array.isArray(value) ? [] : [value]), ...Object.values(value).flatMap(objects)];
  const count = objects(JSON.parse(text)).length;
  for (const name of NAMES)
    for (let i = 0; i < count; i++) {
      const copy = JSON.parse(text);
      Object.defineProperty(objects(copy)[i], name, { value: POISON, enumerable: true });
      yield JSON.stringify(copy);
    }
}

const file = (name: string) => fs.readFileSync(at(`run/${name}`), "utf8");
const rewrite = (name: string, text: string) => {
  if (!fs.existsSync(at(name))) fs.cpSync(at("run"), at(name), { recursive: true });
  fs.writeFileSync(at(`${name}/${name}`), text);
  return openRun(at(name));
};

/** The text that each reader takes, and the reader. */
const readers: Record<string, [() => string, (text: string) => unknown]> = {
  "config.json": [() => file("config.json"), (text) => rewrite("config.json", text)],
  "summary.json": [() => file("summary.json"), (text) => rewrite("summary.json", text).summary()],
  "metrics.jsonl": [() => file("metrics.jsonl").split("\n")[0], metricsEventOf],
  "checkpoint.json": [
    () => {
      const { sha256: _, ...content } = JSON.parse(file("checkpoint/checkpoint.json"));
      return JSON.stringify(content); // as of before there were checksums
    },
    (text) => {
      fs.mkdirSync(at("checkpoint"), { recursive: true });
      fs.cpSync(at("run/checkpoint"), at("checkpoint"), { recursive: true });
      fs.writeFileSync(at("checkpoint/checkpoint.json"), text);
      return openSession(
        prepareRun(a2c, "CartPole-v1", { totalSteps: 30 }, { resume: readCheckpoint(at("checkpoint")) }),
      );
    },
  ],
  "a checkpoint file": [
    () => JSON.stringify(openRun(at("run")).checkpoint()!.header),
    (text) => {
      const { tensors } = openRun(at("run")).checkpoint()!;
      const resume = readCheckpointFile(writeCheckpointFile({ header: JSON.parse(text), tensors }));
      return openSession(prepareRun(a2c, "CartPole-v1", { totalSteps: 30 }, { resume }));
    },
  ],
  "a policy": [
    () => readSafetensors(fs.readFileSync(at("run/policy/policy.safetensors"))).metadata["advantage.policy"],
    (text) => {
      const { tensors } = readSafetensors(fs.readFileSync(at("run/policy/policy.safetensors")));
      return loadPolicy(writeSafetensors(tensors, { "advantage.policy": text })).act(new Float32Array(4));
    },
  ],
  "a space": [
    () => '{"kind":"dict","spaces":{"a":{"kind":"discrete","n":2},"b":{"kind":"box","shape":[1],"low":0,"high":1}}}',
    (text) => spaceFromJson(parseForeignJson(text)),
  ],
  "an MDP": [() => JSON.stringify(mdpToJson(frozenLake().mdp!())), (text) => mdpFromJson(parseForeignJson(text))],
  rewards: [() => '{"rewards":[[1,0]]}', parseRewardSequence],
};

test.each(Object.entries(readers))(
  "names that objects have do nothing in %s, wherever they stand",
  async (_, [text, read]) => {
    for (const hostile of poisoned(text())) {
      const failure = await Promise.resolve()
        .then(() => read(hostile))
        .then(
          () => undefined,
          (error: Error) => error.message,
        );
      // Refused in a sentence, or taken for a name like any other.
      if (failure !== undefined) {
        expect(failure).toMatch(/^[^\n]{10,300}$/);
        expect(failure).not.toMatch(/Cannot (read|convert|set)|is not a function|is not iterable|call stack/);
      }
      if (hostile.includes("__proto__")) expect(failure).toBeDefined();
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect((Object as unknown as Record<string, unknown>).polluted).toBeUndefined();
    }
  },
);

test.each([
  ["null", "algorithm, environment, seed, steps, seconds"],
  [
    '{"algorithm":"a2c","environment":"CartPole-v1","seed":1,"steps":"many","seconds":1,"evaluation":{"mean":null}}',
    "steps, evaluation",
  ],
])("a summary that is none is refused with what is wrong: %s", (text, wrong) => {
  expect(() => rewrite("summary.json", text).summary()).toThrow(
    `${at("summary.json/summary.json")} is damaged: its ${wrong} cannot be read`,
  );
});

test.each(["null", "{}", "[null]", '[{"kind":"table","title":1,"caption":""}]'])(
  "figures that are none are refused: %s",
  (text) => {
    expect(() => rewrite("figures.json", text).figures()).toThrow(
      "figures.json is damaged: it holds no list of figures",
    );
  },
);
