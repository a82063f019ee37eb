import { Random } from "@advantage/engine";
import { describe, expect, test } from "vitest";
import { assertEnv, checkEnv, mismatch } from "./check-env.js";
import type { Env, VectorEnv } from "./env.js";
import { box } from "./spaces/box.js";
import { dict } from "./spaces/dict.js";
import { discrete } from "./spaces/discrete.js";
import { vectorise } from "./vectorise.js";

/** A random walk on a line, as someone might write it; the parts under test are replaced. */
function walk(changes: Partial<Env<number[], number>> = {}): Env<number[], number> {
  let x = 0;
  let stream: Random | undefined;
  return {
    id: "Walk",
    observationSpace: box({ low: -3, high: 3 }),
    actionSpace: discrete(2),
    reset(rng) {
      stream = rng;
      x = rng.uniform(-1, 1);
      return [x];
    },
    step(action) {
      x += (action === 1 ? 0.5 : -0.5) + (stream as Random).uniform(-0.1, 0.1);
      const out = Math.abs(x) > 2;
      return { observation: [x], reward: out ? 1 : 0, terminated: out, truncated: false };
    },
    snapshot: () => ({ x }),
    restore(saved, rng) {
      x = (saved as { x: number }).x;
      stream = rng;
    },
    ...changes,
  };
}

const step = (result: object) => () =>
  ({ observation: [0], reward: 0, terminated: false, truncated: false, ...result }) as never;

test("a sound environment has no problems, with or without the optional parts", () => {
  expect(checkEnv(() => walk({ legalActions: () => [0, 1], toMove: () => 1 }))).toEqual([]);
  expect(checkEnv(() => walk())).toEqual([]);
  expect(checkEnv(() => walk({ snapshot: undefined, restore: undefined }))).toEqual([]);
  expect(() => assertEnv(() => walk())).not.toThrow();
});

let sharedCount = 0;
let calls = 0;
const broken: [string, () => Env, string][] = [
  ["id", () => walk({ id: "" }), "id must be a non-empty string, got ''"],
  ["no step", () => walk({ step: undefined }), "step must be a function, got undefined"],
  ["no space", () => walk({ observationSpace: undefined }), "observationSpace must be made with discrete,"],
  [
    "hand-made space",
    () => walk({ actionSpace: { kind: "discrete", n: 2 } as never }),
    "actionSpace must be made with",
  ],
  ["dict actions", () => walk({ actionSpace: dict({ a: discrete(2) }) as never }), "cannot be put into one array"],
  ["half a game", () => walk({ toMove: () => 0 }), "a game of two that has toMove() must have legalActions() as well"],
  ["no move", () => walk({ legalActions: () => [] }), "legalActions() must list at least one action until the game is"],
  [
    "a move that is none",
    () => walk({ legalActions: () => [0, 2] }),
    "legalActions() must give elements of Discrete(2), got 2",
  ],
  ["a third player", () => walk({ legalActions: () => [0], toMove: () => 2 }), "toMove() must be 0 or 1, got 2"],
  ["a goal that is not shown", () => walk({ computeReward: () => 0 }), "must observe achieved_goal and desired_goal"],
  [
    "a reward of another goal",
    () =>
      walk({
        observationSpace: dict({ achieved_goal: discrete(2), desired_goal: discrete(2) }) as never,
        reset: () => ({ achieved_goal: 0, desired_goal: 1 }) as never,
        step: step({ observation: { achieved_goal: 0, desired_goal: 1 }, reward: 1 }),
        computeReward: (achieved, desired) => (achieved === desired ? 1 : 0),
      }),
    "the reward must be computeReward(achieved_goal, desired_goal) of the same step, got 1 and 0",
  ],
  ["a method that is none", () => walk({ toMove: 1 as never }), "toMove must be a function or left out, got 1"],
  ["half a snapshot", () => walk({ restore: undefined }), "snapshot and restore go together"],
  [
    "same object",
    (
      (env) => () =>
        env
    )(walk()),
    "must make a new environment each time",
  ],
  ["async", (async () => walk()) as never, "the function returned a Promise: it must return the environment at once"],
  ["throws", () => walk({ step: () => boom() }), "step 1 threw: boom"],
  ["reset throws", () => walk({ reset: () => boom() }), "reset threw: boom"],
  [
    "outside",
    () => walk({ reset: () => [4] }),
    "reset returned an observation outside observationSpace, Box [1] in [-3, 3]: element 0 is 4, above its bound 3",
  ],
  ["wrong length", () => walk({ step: step({ observation: [0, 0] }) }), "it has 2 elements instead of 1"],
  ["NaN", () => walk({ step: step({ observation: [NaN] }) }), "element 0 is NaN"],
  [
    "no result",
    () => walk({ step: () => undefined as never }),
    "step must return { observation, reward, terminated, truncated }, got undefined",
  ],
  [
    "Gym's old flag",
    () => walk({ step: () => ({ observation: [0], reward: 0, done: false }) as never }),
    "terminated, truncated missing",
  ],
  ["reward", () => walk({ step: step({ reward: Number.NaN }) }), "reward must be finite, got NaN"],
  ["reward type", () => walk({ step: step({ reward: "1" }) }), "reward must be a number, got '1'"],
  ["flag", () => walk({ step: step({ terminated: 1 }) }), "terminated must be true or false, got 1"],
  [
    "Math.random",
    () => walk({ step: () => ({ observation: [Math.random()], reward: 0, terminated: false, truncated: false }) }),
    "the same seed gives different episodes (from step 1 on)",
  ],
  [
    "global counter",
    () => walk({ step: () => ({ observation: [0], reward: sharedCount++, terminated: false, truncated: false }) }),
    "the same seed gives different episodes",
  ],
  [
    "render",
    () =>
      walk({
        render: () => ({ view: [0, 0, 1, 1], shapes: [{ kind: "circle", centre: [0, 0], radius: 0, fill: "ink" }] }),
      }),
    "render(): shapes[0] (circle) must have a radius > 0, got 0",
  ],
  [
    "fresh",
    () => {
      const env: Env<number[], number> = walk({ fresh: () => env });
      return env;
    },
    "fresh() returned the environment itself",
  ],
  ["reset forgets", resetForgets, "reset must set everything back"],
  ["aliasing", aliasing, "an observation that was returned earlier is changed by a later step"],
  [
    "incomplete snapshot",
    incompleteSnapshot,
    "restore does not continue as the original did, in a new environment (from the reset on)",
  ],
  ["live snapshot", liveSnapshot, "a snapshot is changed by later steps"],
];

/** A board as games keep them, with a snapshot of whatever is given. */
function kept(value: unknown) {
  let t = 0;
  return walk({
    reset: () => {
      t = 0;
      return [0];
    },
    step: () => ({ observation: [0], reward: 1, terminated: ++t > 5, truncated: false }),
    snapshot: () => ({ value, t }),
    restore: (saved) => {
      t = (saved as { t: number }).t;
    },
  });
}

class Piece {}
const cycle: { self?: unknown } = {};
cycle.self = cycle;

test.each<[string, unknown, string]>([
  ["a function", () => 1, "snapshot().value is a function"],
  ["itself", cycle, "contains itself"],
  ["an object of a class", new Piece(), "snapshot().value is a Piece"],
  ["a proxy that throws", new Proxy({}, { ownKeys: boom, get: boom, getPrototypeOf: boom }), "boom"],
])("a snapshot that holds %s is refused before training", (_, value, problem) => {
  expect(checkEnv(() => kept(value)).join("\n")).toContain(problem);
});

test.each<[string, unknown]>([
  ["small integers", Int8Array.of(1, 2)],
  ["a bigint", 10n],
  ["a Map of Sets", new Map([["a", new Set([1])]])],
  ["a date", new Date(0)],
  ["64-bit integers", BigInt64Array.of(1n)],
])("a snapshot may hold %s", (_, value) => {
  expect(checkEnv(() => kept(value))).toEqual([]);
});

test("whatever throws, and whatever is thrown, is told", () => {
  const hostile = new Proxy({}, { get: boom });
  const bare = () => {
    throw Object.create(null);
  };
  for (const make of [
    () => hostile,
    () => walk({ reset: bare }),
    () => walk({ observationSpace: hostile as never }),
    () => walk({ actionSpace: { ...discrete(2), sample: boom } }),
    () => walk({ render: boom, fresh: boom, vector: boom }),
    boom,
    hostile,
    undefined,
  ]) {
    const problems = checkEnv(make as never);
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem).toMatch(/\w/);
  }
  let made = 0;
  expect(checkEnv(() => (++made > 1 ? boom() : walk()))).toEqual(["the check threw: boom"]);
});

test("what is asynchronous has a sentence", () => {
  const sentence = "returned a Promise: it must return its result at once, environments cannot be asynchronous";
  expect(checkEnv(() => walk({ step: async () => step({})() } as never)).join()).toContain(`step ${sentence}`);
  expect(checkEnv(() => walk({ reset: async () => [0] } as never)).join()).toContain(`reset ${sentence}`);
  const vector = vectorise(() => walk({ step: async () => step({})() } as never), 1);
  vector.reset(Random.fromSeed(0));
  expect(() => vector.step(Int32Array.of(0))).toThrow(`Walk: environment 0, step 1: step ${sentence}`);
});

test("observations of texts are none", () => {
  expect(checkEnv(() => walk({ step: step({ observation: ["1"] }) })).join()).toContain("element 0 is '1'");
  const vector = vectorise(() => walk({ step: step({ observation: ["1"] }) }), 1);
  vector.reset(Random.fromSeed(0));
  expect(() => vector.step(Int32Array.of(0))).toThrow("must hold numbers, got ['1']");
});

test("a slow environment is stepped less, and it is said what was left out", () => {
  const wait = new Int32Array(new SharedArrayBuffer(4));
  let steps = 0;
  const slow = () => {
    const env = walk();
    return {
      ...env,
      step(action: number) {
        steps += 1;
        Atomics.wait(wait, 0, 0, 20);
        return env.step(action);
      },
    };
  };
  const notes: string[] = [];
  expect(checkEnv(slow, { seconds: 1.2, tell: (note) => notes.push(note) })).toEqual([]);
  expect(steps).toBeLessThan(100);
  expect(notes[0]).toBe("Checking the environment …");
  expect(notes.at(-1)).toMatch(
    /^The environment is slow: to check it in 1.2 s, each trial took \d+ steps instead of 200/,
  );
  expect(checkEnv(() => walk(), { tell: (note) => notes.push(note) })).toEqual([]);
  expect(notes).toHaveLength(2); // a quick one is checked in silence
});

describe("a vector of its own", () => {
  const ofClass = (style: "fields" | "getters" | "fresh") => () => ({
    ...walk(),
    vector: (numEnvs: number, first = 0) =>
      classVector(
        style,
        vectorise(() => walk(), numEnvs, first),
      ) as VectorEnv,
  });

  test.each(["fields", "getters"] as const)(
    "as a class with %s is sound, and gives the plain environment's numbers",
    (style) => {
      expect(checkEnv(ofClass(style))).toEqual([]);
      expect(played(vectorise(ofClass(style), 3))).toEqual(played(vectorise(() => walk(), 3)));
    },
  );

  test("with new arrays in every step is told, and its numbers are carried", () => {
    expect(checkEnv(ofClass("fresh"))).toEqual([
      "vector(2).observation is another array after a step: fill the arrays that were there from the beginning, whoever keeps them sees old numbers otherwise",
    ]);
    expect(played(vectorise(ofClass("fresh"), 3))).toEqual(played(vectorise(() => walk(), 3)));
  });

  test("whose snapshot forgets the state is told", () => {
    const forgetful = () => ({
      ...walk(),
      vector: (numEnvs: number, first = 0) => ({
        ...vectorise(() => walk(), numEnvs, first),
        snapshot: () => ({}),
        restore() {},
      }),
    });
    expect(checkEnv(forgetful).join()).toContain(
      "vector(2).restore does not continue as the original did (from the first step on): its snapshot misses part of the state",
    );
  });

  test("without arrays in the beginning is refused in a sentence", () => {
    const late = () => ({ ...walk(), vector: () => ({ ...vectorise1(), reward: undefined }) as never });
    const sentence = "vector(2).reward must be a Float64Array from the beginning on, got undefined";
    expect(checkEnv(late)).toEqual([sentence]);
    expect(() => vectorise(late, 2)).toThrow(`Walk: ${sentence}`);
  });
});

/** A vector as a class, its arrays from getters of the prototype, as fields, or new ones in every step. */
function classVector(style: "fields" | "getters" | "fresh", inner: VectorEnv): object {
  const names = ["observation", "nextObservation", "reward", "terminated", "truncated"] as const;
  class Vector {
    [name: string]: unknown;
    id = inner.id;
    numEnvs = inner.numEnvs;
    observationSpace = inner.observationSpace;
    actionSpace = inner.actionSpace;
    observationSize = inner.observationSize;
    restorable = true;
    constructor() {
      if (style !== "getters") this.show();
    }
    show() {
      for (const name of names) this[name] = style === "fresh" ? inner[name].slice() : inner[name];
    }
    reset(random: Random) {
      inner.reset(random);
      if (style !== "getters") this.show();
    }
    step(actions: Int32Array) {
      inner.step(actions);
      if (style !== "getters") this.show();
    }
    snapshot() {
      return inner.snapshot();
    }
    restore(snapshot: unknown) {
      inner.restore(snapshot);
      if (style !== "getters") this.show();
    }
  }
  if (style === "getters")
    for (const name of names) Object.defineProperty(Vector.prototype, name, { get: () => inner[name] });
  return new Vector();
}

/** What a run that keeps the arrays sees of some steps. */
function played(vector: VectorEnv): unknown[] {
  const { observation, nextObservation, reward, terminated } = vector;
  vector.reset(Random.fromSeed(3));
  return Array.from({ length: 40 }, (_, t) => {
    vector.step(Int32Array.from({ length: vector.numEnvs }, (_, i) => (t >> i) & 1));
    return [observation, nextObservation, reward, terminated].map((array) => Array.from(array));
  });
}

test.each(broken)("%s", (_, make, problem) => {
  const problems = checkEnv(make);
  expect(problems.join("\n")).toContain(problem);
  expect(() => assertEnv(make)).toThrow("the environment breaks its contract:\n- ");
});

test("of one fault that shows at every step, the first is told", () => {
  let t = 0;
  const make = () =>
    walk({ step: () => ({ observation: [4 + ++t], reward: t > 3 ? NaN : 0, terminated: false, truncated: false }) });
  expect(checkEnv(make)).toEqual([
    "step returned an observation outside observationSpace, Box [1] in [-3, 3]: element 0 is 5, above its bound 3",
    "reward must be finite, got NaN", // another kind, although it comes later
  ]);
});

test.each([NaN, 0, 1.5])("steps: %d is refused", (steps) => {
  expect(() => checkEnv(() => walk(), { steps })).toThrow(`steps must be an integer >= 1, got ${steps}`);
});

test("what outlives a reset on purpose is not a fault, what is random is", () => {
  expect(checkEnv(() => resetForgets({ outlivesReset: true }))).toEqual([]);
  const random = () =>
    walk({ outlivesReset: true, step: () => ({ ...(step({})() as object), reward: Math.random() }) } as never);
  expect(checkEnv(random).join("\n")).toContain("the same seed gives different episodes");
});

test("environments that share state are found out", () => {
  // Only two at once go wrong: reset sets the shared number, steps count it up.
  let shared = 0;
  const make = () =>
    walk({
      reset: () => {
        shared = 0;
        return [0];
      },
      step: () => ({ observation: [0], reward: shared++, terminated: false, truncated: false }),
      snapshot: undefined,
      restore: undefined,
    });
  expect(checkEnv(make)).toEqual([
    "two environments made by the function disturb each other (from step 2 on): they share state",
  ]);
});

test("a vector of its own must give the same numbers", () => {
  const make = () => walk({ vector: () => ({ ...vectorise1(), reward: new Float64Array(2) }) });
  expect(checkEnv(make).join("\n")).toContain("vector(2)");
});

test("not a function", () => {
  expect(checkEnv(walk() as never)[0]).toContain("checkEnv takes a function that makes the environment");
});

test("mismatch names the part", () => {
  const space = dict({ a: discrete(2), b: box({ low: 0, high: 1, shape: [2] }) });
  expect(mismatch(space, { a: 1, b: [0, 1] })).toBeUndefined();
  expect(mismatch(space, { a: 1, b: [0, -1] })).toBe("in 'b', element 1 is -1, below its bound 0");
  expect(mismatch(space, { a: 1 })).toBe("'b' is missing");
  expect(mismatch(space, { a: 1, b: [0, 1], c: 0 })).toBe("'c' is not in the space");
});

function boom(): never {
  throw new Error("boom");
}

function resetForgets(changes: Partial<Env<number[], number>> = {}) {
  let episodes = 0;
  return walk({
    ...changes,
    snapshot: undefined,
    restore: undefined,
    reset: () => [episodes++ === 0 ? 0 : 1],
    step: () => ({ observation: [0], reward: 0, terminated: false, truncated: false }),
  });
}

function aliasing() {
  const observation = [0];
  return walk({
    reset: () => {
      observation[0] = 0;
      return observation;
    },
    step: () => {
      observation[0] = 1 - observation[0];
      return { observation, reward: 0, terminated: false, truncated: false };
    },
  });
}

function incompleteSnapshot() {
  let t = 0;
  return walk({
    reset: () => {
      t = 0;
      return [0];
    },
    step: () => ({ observation: [0], reward: t++, terminated: false, truncated: false }),
    snapshot: () => ({}),
    restore: () => {},
  });
}

function liveSnapshot() {
  const state = { t: 0 };
  return walk({
    reset: () => {
      state.t = 0;
      return [0];
    },
    step: () => ({ observation: [0], reward: state.t++, terminated: false, truncated: false }),
    snapshot: () => state,
    restore: () => {},
  });
}

/** Something shaped like a vector environment that never does anything. */
function vectorise1() {
  calls += 1;
  return {
    id: "Walk",
    numEnvs: 2,
    observationSpace: box({ low: -3, high: 3 }),
    actionSpace: discrete(2),
    observationSize: 1,
    observation: new Float32Array(2),
    nextObservation: new Float32Array(2),
    reward: new Float64Array(2),
    terminated: new Uint8Array(2),
    truncated: new Uint8Array(2),
    restorable: false,
    reset: () => {},
    step: () => {},
    snapshot: () => calls,
    restore: () => {},
  };
}
