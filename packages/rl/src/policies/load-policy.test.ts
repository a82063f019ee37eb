import { fileURLToPath } from "node:url";
import {
  leavesOf,
  liveTensors,
  namedShapes,
  Params,
  Random,
  readSafetensors,
  type StoredTensor,
  scope,
  type Tree,
  writeSafetensors,
} from "@advantage/engine";
import { box, discrete, multiBinary, multiDiscrete, type Space } from "@advantage/envs";
import { build } from "esbuild";
import { describe, expect, it, vi } from "vitest";
import { CheckpointError } from "../core/errors.js";
import type { Memory } from "../core/policy.js";
import { type ActorParams, type ActorSpec, actor } from "../networks/actor.js";
import type { MemorySpec } from "../networks/memory.js";
import { actorPolicy } from "./actor-policy.js";
import { loadPolicy } from "./load-policy.js";

const key = "advantage.policy";
const observationSpace = box({ low: -1, high: 1, shape: [3] }) as Space;
const spec = {
  observationSize: 3,
  actionSpace: discrete(2) as Space,
  hiddenSizes: [4],
  activation: "tanh",
  stateDependentExploration: false,
} as const;
const bytes = actorPolicy({
  algorithm: "ppo",
  environment: "Nowhere-v0",
  observationSpace,
  spec,
  params: scope(() => Params.pack(actor(spec).init(Random.fromSeed(1)) as ActorParams)),
  normaliser: { mean: Float64Array.of(0, 0, 0), variance: Float64Array.of(1, 1, 1), clip: 10 },
}).save();

/** The message with which the file is refused. */
function refusal(file: Uint8Array): string {
  try {
    loadPolicy(file);
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as Error).message;
  }
  throw new Error("the file was taken");
}

/** The file with other tensors and another description. */
function changed(
  change: (file: { tensors: Record<string, StoredTensor>; description: Record<string, unknown> }) => void,
): Uint8Array {
  const { tensors, metadata } = readSafetensors(bytes);
  const file = { tensors: { ...tensors }, description: JSON.parse(metadata[key]) };
  change(file);
  return writeSafetensors(file.tensors, { [key]: JSON.stringify(file.description) });
}

describe("a file that cannot be used is refused in one sentence:", () => {
  it("the whole file is fine", () => {
    expect(loadPolicy(changed(() => {})).save()).toEqual(bytes);
  });

  it("cut short, anywhere", () => {
    for (let length = 0; length < bytes.length; length += 7) {
      const message = refusal(bytes.subarray(0, length));
      expect(message).toMatch(/^policy file cannot be used: \S/);
      expect(message).not.toContain("\n");
    }
  });

  it("a σ from somewhere unheard of", () => {
    expect(refusal(changed(({ description }) => Object.assign(description, { std: "moon" })))).toBe(
      'policy file cannot be used: std must be one of parameter, state, schedule, got "moon"',
    );
  });

  it("something else", () => {
    expect(refusal(new TextEncoder().encode("<html>not found</html>"))).toContain("safetensors");
    const { tensors } = readSafetensors(bytes);
    expect(refusal(writeSafetensors(tensors, { format: "pt" }))).toBe(
      "policy file cannot be used: its metadata lacks 'advantage.policy': it is a safetensors file of something else",
    );
    for (const text of ["{", "null", "3"])
      expect(refusal(writeSafetensors(tensors, { [key]: text }))).toContain(
        "policy file cannot be used: its metadata 'advantage.policy' is not the JSON of an object",
      );
  });

  const description: [string, Record<string, unknown>, string][] = [
    ["another format", { format: 2 }, "it has format 2, this version reads format 1"],
    ["another kind", { kind: "oracle" }, "it is of kind 'oracle', this version reads actor"],
    ["a kind that objects have", { kind: "toString" }, "it is of kind 'toString', this version reads actor"],
    ["no space", { actionSpace: null }, "a space must be an object with a kind, got null"],
    [
      "another observation space",
      { observationSpace: { kind: "discrete", n: 5 } },
      "'hidden.0.weight' has shape [3, 4], expected [5, 4]",
    ],
    [
      "another action space",
      { actionSpace: { kind: "discrete", n: 3 } },
      "'output.weight' has shape [4, 2], expected [4, 3]",
    ],
    ["real-valued actions", { actionSpace: { kind: "box", shape: [2], low: -1, high: 1 } }, "miss 'logStd'"],
    ["more layers", { hiddenSizes: [4, 4] }, "the parameters miss 'hidden.1.weight'"],
    ["fewer layers", { hiddenSizes: [] }, "'output.weight' has shape [4, 2], expected [3, 2]"],
    ["no layers", { hiddenSizes: undefined }, "hiddenSizes must be a list of whole numbers above 0, got undefined"],
    ["layers of no size", { hiddenSizes: [0.5] }, "hiddenSizes must be a list of whole numbers above 0, got [0.5]"],
    ["another activation", { activation: "sine" }, "activation must be one of none, relu, tanh"],
    ["a limit of 0", { normaliserClip: 0 }, "normaliserClip must be a number above 0, or null, got 0"],
  ];
  it.each(description)("%s", (_, fields, expected) => {
    expect(refusal(changed((file) => void Object.assign(file.description, fields)))).toContain(expected);
  });

  it("tensors that are missing, too many or of another size", () => {
    expect(refusal(changed(({ tensors }) => delete tensors["actor.output.bias"]))).toBe(
      "policy file cannot be used: the parameters miss 'output.bias' [2]",
    );
    const extra = { shape: [1], data: Float32Array.of(1) };
    expect(refusal(changed(({ tensors }) => void Object.assign(tensors, { "actor.logStd": extra })))).toContain(
      "the parameters have no 'logStd'",
    );
    expect(refusal(changed(({ tensors }) => void Object.assign(tensors, { "actor.output.bias": extra })))).toContain(
      "'output.bias' has shape [1], expected [2]",
    );
    expect(refusal(changed(({ tensors }) => delete tensors["normaliser.mean"]))).toContain(
      "the observation statistics must have shape [3], got none and [3]",
    );
    expect(refusal(changed(({ tensors }) => void Object.assign(tensors, { "normaliser.mean": extra })))).toContain(
      "the observation statistics must have shape [3], got [1] and [3]",
    );
  });
});

describe("numbers and shapes of a file are checked before anything is built:", () => {
  const broken = (name: string, change: Partial<StoredTensor>) =>
    refusal(changed(({ tensors }) => void Object.assign(tensors, { [name]: { ...tensors[name], ...change } })));

  it("a shape of the same size", () => {
    expect(broken("actor.hidden.0.weight", { shape: [4, 3] })).toBe(
      "policy file cannot be used: parameter 'hidden.0.weight' has shape [4, 3], expected [3, 4]",
    );
    expect(broken("actor.hidden.0.weight", { shape: [12] })).toContain("has shape [12], expected [3, 4]");
    expect(broken("normaliser.mean", { shape: [3, 1] })).toContain(
      "the observation statistics must have shape [3], got [3, 1] and [3]",
    );
  });

  it("weights that are no finite f32", () => {
    for (const [value, shown] of [
      [Number.NaN, "NaN"],
      [Number.NEGATIVE_INFINITY, "-Infinity"],
      [1e300, "Infinity"],
    ] as const) {
      expect(broken("actor.output.bias", { data: Float64Array.of(0, value) })).toBe(
        `policy file cannot be used: parameter 'output.bias' must hold finite numbers, got ${shown} at element 1`,
      );
    }
  });

  it("statistics that are none", () => {
    expect(broken("normaliser.mean", { data: Float64Array.of(0, 0, Number.NaN) })).toContain(
      "the observations' mean must hold finite numbers, got NaN at element 2",
    );
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(broken("normaliser.variance", { data: Float64Array.of(1, value, 1) })).toContain(
        `the observations' variance must hold finite numbers of at least 0, got ${value} at element 1`,
      );
    }
  });

  it("a name that objects have", () => {
    const extra = { shape: [1], data: Float32Array.of(1) };
    expect(refusal(changed(({ tensors }) => void Object.assign(tensors, { "actor.toString": extra })))).toContain(
      "the parameters have no 'toString'",
    );
  });

  it("a small file that speaks of a large network", () => {
    const before = liveTensors().totalBytes;
    const file = changed(({ description }) => void Object.assign(description, { hiddenSizes: [30_000, 30_000] }));
    expect(refusal(file)).toContain("'hidden.0.weight' has shape [3, 4], expected [3, 30000]");
    expect(liveTensors().totalBytes).toBe(before);
  });
});

it("draws nothing: no first weights are made only to be overwritten", () => {
  const draws = [vi.spyOn(Random.prototype, "fillNormal"), vi.spyOn(Random.prototype, "fillUniform")];
  loadPolicy(bytes).act(Float32Array.of(0, 0, 0));
  for (const draw of draws) {
    expect(draw).not.toHaveBeenCalled();
    draw.mockRestore();
  }
});

describe("the shapes of an actor's parameters are those that it makes:", () => {
  const spaces = { discrete: discrete(3, 2), multiDiscrete: multiDiscrete([2, 3]), multiBinary: multiBinary(4) };
  const cases: [string, ActorSpec][] = [
    ...Object.entries(spaces).map(([name, space]): [string, ActorSpec] => [
      name,
      { ...spec, actionSpace: space as Space },
    ]),
    ...[[4, 5], []].flatMap((hiddenSizes) =>
      [true, false].map((stateDependentExploration): [string, ActorSpec] => [
        `box, layers [${hiddenSizes}], state-dependent exploration ${stateDependentExploration}`,
        {
          ...spec,
          actionSpace: box({ low: -1, high: 1, shape: [2, 2] }) as Space,
          hiddenSizes,
          stateDependentExploration,
        },
      ]),
    ),
  ];
  it.each(cases)("%s", (_, spec) => {
    scope(() => {
      const made = leavesOf(actor(spec).init(Random.fromSeed(1)) as Tree);
      const known = namedShapes(actor(spec).shapes()).map(({ name, dims }) => [name, dims]);
      expect(known).toEqual(made.map(({ name, tensor }) => [name, tensor.shape]));
    });
  });
});

it("needs none of the training code, and nothing of Node", async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL("./load-policy.ts", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    conditions: ["source"],
    logLevel: "silent",
  });
  // What is left after unused exports are dropped: the environments' room is read through its one barrel.
  const [output] = Object.values(metafile.outputs);
  const files = Object.entries(output!.inputs).flatMap(([file, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [file] : [],
  );
  expect(files.some((file) => file.endsWith("policies/load-policy.ts"))).toBe(true);
  const training = /packages\/rl\/src\/(algorithms|runner|report|data|testing|catalog|index)|node_modules/;
  expect(files.filter((file) => training.test(file))).toEqual([]);
});

describe("memories", () => {
  const remembering = (memory: MemorySpec) => {
    const whole = { ...spec, memory };
    return actorPolicy({
      algorithm: "ppo",
      environment: "Nowhere-v0",
      observationSpace,
      spec: whole,
      params: scope(() => Params.pack(actor(whole).init(Random.fromSeed(1)) as ActorParams)),
      normaliser: null,
    });
  };
  const changedMemory = (memory: MemorySpec, other: unknown) => {
    const { tensors, metadata } = readSafetensors(remembering(memory).save());
    const description = { ...JSON.parse(metadata[key]), memory: other };
    return refusal(writeSafetensors(tensors, { [key]: JSON.stringify(description) }));
  };
  const gru: MemorySpec = { kind: "gru", size: 3 };

  it.each<[unknown, string]>([
    ["gru", 'memory must be a history of a length or a gru or lstm of a size, whole numbers above 0, got "gru"'],
    [null, "got null"],
    [{ kind: "gru", size: 0 }, 'got {"kind":"gru","size":0}'],
    [{ kind: "history", size: 3 }, 'got {"kind":"history","size":3}'],
    [{ kind: "gru", size: 1e9 }, "'memory.inputWeight' has shape [3, 9], expected [3, 3000000000]"],
    [{ kind: "lstm", size: 3 }, "'memory.inputWeight' has shape [3, 9], expected [3, 12]"],
    [{ kind: "history", length: 1 }, "the parameters have no 'memory."],
    [undefined, "the parameters have no 'memory."],
  ])("that the parameters do not fit are refused: %o", (memory, expected) => {
    expect(changedMemory(gru, memory)).toContain(expected);
  });

  it("a history of another length is refused", () => {
    expect(changedMemory({ kind: "history", length: 2 }, { kind: "history", length: 3 })).toContain(
      "'hidden.0.weight' has shape [6, 4], expected [9, 4]",
    );
  });

  it("acting in a batch takes the policy's memory for as many", () => {
    const policy = remembering(gru);
    const act = (memory?: Memory) => policy.actBatch(new Float32Array(6), 2, new Int32Array(2), { memory });
    expect(() => act()).toThrow("memory must be what memory(2) of this policy gives, got none");
    expect(() => act(policy.memory?.(3))).toThrow("got that of 3 episodes with 3 numbers each instead of 3");
    expect(() => act(remembering({ kind: "lstm", size: 3 }).memory?.(2))).toThrow("with 6 numbers each instead of 3");
    expect(() => act(policy.memory?.(2))).not.toThrow();
  });

  it("an observation that is refused is not remembered", () => {
    for (const spec of [gru, { kind: "history", length: 2 }] satisfies MemorySpec[]) {
      const policy = remembering(spec);
      const memory = policy.memory?.(1);
      const before = JSON.stringify(memory);
      expect(() => policy.act(Float32Array.of(0, Number.NaN, 0), { memory })).toThrow("got NaN at element 1");
      expect(JSON.stringify(memory)).toBe(before);
    }
  });

  it("policies without one have none", () => {
    const policy = loadPolicy(bytes);
    expect([policy.memory, policy.reset]).toEqual([undefined, undefined]);
  });
});
