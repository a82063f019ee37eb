import { Params, Random, scope } from "@advantage/engine";
import {
  allocateActions,
  box,
  dict,
  discrete,
  flatSize,
  flattenInto,
  multiBinary,
  multiDiscrete,
  type Space,
} from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Policy } from "../core/policy.js";
import { type ActorParams, actor } from "../networks/actor.js";
import { actorPolicy } from "./actor-policy.js";
import { loadPolicy } from "./load-policy.js";

const actionSpaces: Record<string, Space> = {
  discrete: discrete(3) as Space,
  "discrete from 4": discrete(3, 4) as Space,
  "multi-discrete": multiDiscrete([2, 3]) as Space,
  "multi-binary": multiBinary(4) as Space,
  box: box({ low: [-1, -0.25], high: [1, 0.5], shape: [2] }) as Space,
  "box without limits": box({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, shape: [2, 2] }) as Space,
};
const observationSpaces: Record<string, Space> = {
  box: box({ low: -2, high: 2, shape: [3] }) as Space,
  discrete: discrete(4, 2) as Space,
  "multi-discrete": multiDiscrete([3, 2]) as Space,
  "multi-binary": multiBinary(3) as Space,
  dict: dict({ where: box({ low: -1, high: 1, shape: [2] }), what: discrete(3) }) as Space,
};

interface Options {
  readonly hiddenSizes?: readonly number[];
  readonly stateDependentExploration?: boolean;
  readonly normalised?: boolean;
}

function policyFor(observationSpace: Space, actionSpace: Space, options: Options = {}): Policy {
  const { hiddenSizes = [8, 5], stateDependentExploration = false, normalised = false } = options;
  const size = flatSize(observationSpace);
  const spec = {
    observationSize: size,
    actionSpace,
    hiddenSizes,
    activation: "tanh",
    stateDependentExploration,
  } as const;
  const params = scope(() => Params.pack(actor(spec).init(Random.fromSeed(3)) as ActorParams));
  for (const leaf of params.leaves) Random.fromSeed(leaf.size).fillUniform(leaf.data, -1, 1); // decided, not near uniform
  const statistics = (low: number, high: number) => {
    const values = new Float64Array(size);
    Random.fromSeed(7).fillUniform(values, low, high);
    return values;
  };
  return actorPolicy({
    algorithm: "ppo",
    environment: "Nowhere-v0",
    observationSpace,
    spec,
    params,
    normaliser: normalised ? { mean: statistics(-1, 1), variance: statistics(0.5, 4), clip: 1.5 } : null,
  });
}

const observationsOf = (space: Space, count = 20) => {
  const random = Random.fromSeed(5);
  return Array.from({ length: count }, () => space.sample(random));
};
const flat = (space: Space, observations: readonly unknown[]) => {
  const size = flatSize(space);
  const out = new Float32Array(observations.length * size);
  for (const [i, observation] of observations.entries()) flattenInto(space, observation, out, i * size);
  return out;
};
const actsOf = (policy: Policy, deterministic: boolean) => {
  const random = Random.fromSeed(9);
  return observationsOf(policy.observationSpace).map((observation) =>
    policy.act(observation, { deterministic, random }),
  );
};

describe("saved and loaded", () => {
  const cases = Object.entries(observationSpaces).flatMap(([shown, observationSpace]) =>
    Object.entries(actionSpaces).map(([acted, actionSpace]) => ({ shown, acted, observationSpace, actionSpace })),
  );

  it.each(cases)("acts the same: $shown observations, $acted actions", ({ observationSpace, actionSpace }) => {
    for (const normalised of [false, true]) {
      const policy = policyFor(observationSpace, actionSpace, { normalised });
      const loaded = loadPolicy(policy.save());
      for (const deterministic of [true, false]) {
        const actions = actsOf(policy, deterministic);
        for (const action of actions) expect(actionSpace.contains(action)).toBe(true);
        expect(actsOf(loaded, deterministic)).toEqual(actions);
      }
      expect(loaded.save()).toEqual(policy.save());
      expect(loaded.observationSpace.toJSON()).toEqual(observationSpace.toJSON());
      expect(loaded.actionSpace.toJSON()).toEqual(actionSpace.toJSON());
    }
  });

  it("acts the same with state-dependent exploration, and without hidden layers", () => {
    for (const options of [{ stateDependentExploration: true }, { hiddenSizes: [] }]) {
      const policy = policyFor(observationSpaces.box, actionSpaces.box, options);
      const loaded = loadPolicy(policy.save());
      for (const deterministic of [true, false])
        expect(actsOf(loaded, deterministic)).toEqual(actsOf(policy, deterministic));
    }
  });

  it("has its own stream, the same after each loading", () => {
    const bytes = policyFor(observationSpaces.box, actionSpaces.discrete).save();
    const draws = (policy: Policy) =>
      observationsOf(policy.observationSpace).map((observation) => policy.act(observation, { deterministic: false }));
    const loaded = loadPolicy(bytes);
    const first = draws(loaded);
    expect(draws(loadPolicy(bytes))).toEqual(first);
    expect(draws(loaded)).not.toEqual(first);
  });
});

describe("act", () => {
  it("gives elements of the space in its own types", () => {
    const act = (space: Space) => policyFor(observationSpaces.box, space).act(Float32Array.of(1, 2, 3));
    expect(typeof act(actionSpaces.discrete)).toBe("number");
    expect([4, 5, 6]).toContain(act(actionSpaces["discrete from 4"]));
    expect(act(actionSpaces["multi-discrete"])).toBeInstanceOf(Int32Array);
    expect(act(actionSpaces["multi-binary"])).toBeInstanceOf(Uint8Array);
    expect(act(actionSpaces.box)).toBeInstanceOf(Float32Array);
  });

  it.each([false, true])("refuses observations that are no finite numbers (normalised: %s)", (normalised) => {
    const policy = policyFor(observationSpaces.box, actionSpaces.discrete, { normalised });
    for (const [observation, expected] of [
      [[Number.NaN, 0, 0], "got NaN at element 0"],
      [[0, Number.POSITIVE_INFINITY, 0], "got Infinity at element 1"],
      [[0, 0, Number.NEGATIVE_INFINITY], "got -Infinity at element 2"],
    ] as const) {
      for (const use of [policy.act, policy.explain!]) {
        expect(() => use(observation)).toThrow(`observations must hold finite numbers, ${expected}`);
      }
    }
    for (const use of [policy.act, policy.explain!]) {
      expect(() => use(["a", 0, 0])).toThrow("must hold numbers, got ['a', 0, 0]");
    }
    const batch = Float32Array.of(0, 0, 0, 0, Number.NaN, 0);
    expect(() => policy.actBatch(batch, 2, allocateActions(actionSpaces.discrete, 2))).toThrow(
      "observations must hold finite numbers, got NaN at element 1 of observation 1",
    );
    expect(actionSpaces.discrete.contains(policy.act(Float32Array.of(0, 0, 0)))).toBe(true);
  });

  it("gives a new array each time", () => {
    const policy = policyFor(observationSpaces.box, actionSpaces.box);
    const [one, other] = [Float32Array.of(1, 0, 0), Float32Array.of(-1, 0, 0)].map((o) => policy.act(o));
    expect(one).not.toEqual(other);
  });

  it("is deterministic unless told otherwise, and draws from the given stream", () => {
    const policy = policyFor(observationSpaces.box, actionSpaces.box);
    const observation = Float32Array.of(0.5, -1, 1);
    expect(policy.act(observation)).toEqual(policy.act(observation, { deterministic: true }));
    const sample = (seed: number) => policy.act(observation, { deterministic: false, random: Random.fromSeed(seed) });
    expect(sample(1)).toEqual(sample(1));
    expect(sample(1)).not.toEqual(sample(2));
    expect(sample(1)).not.toEqual(policy.act(observation));
  });

  it("keeps the limits of the box", () => {
    const policy = policyFor(observationSpaces.box, actionSpaces.box);
    let atLimit = 0;
    const random = Random.fromSeed(1);
    for (const observation of observationsOf(observationSpaces.box, 200)) {
      const [a, b] = policy.act(observation, { deterministic: false, random }) as Float32Array;
      expect(a >= -1 && a <= 1 && b >= -0.25 && b <= 0.5).toBe(true);
      if (b === -0.25 || b === 0.5) atLimit += 1;
    }
    expect(atLimit).toBeGreaterThan(20);
  });

  it("standardises observations with the statistics it carries", () => {
    const space = observationSpaces.box;
    const plain = policyFor(space, actionSpaces["box without limits"]);
    const normalised = policyFor(space, actionSpaces["box without limits"], { normalised: true });
    const [mean, variance] = [new Float64Array(3), new Float64Array(3)];
    Random.fromSeed(7).fillUniform(mean, -1, 1);
    Random.fromSeed(7).fillUniform(variance, 0.5, 4);
    for (const observation of observationsOf(space) as Float32Array[]) {
      const standardised = observation.map((x, i) =>
        Math.min(Math.max((x - mean[i]) / Math.sqrt(variance[i] + 1e-8), -1.5), 1.5),
      );
      expect(normalised.act(observation)).toEqual(plain.act(standardised));
    }
  });

  it("refuses observations of another space", () => {
    const policy = policyFor(observationSpaces.discrete, actionSpaces.discrete);
    expect(() => policy.act(1)).toThrow("not an element of Discrete(4, start 2): 1");
  });
});

describe("actBatch", () => {
  it.each(Object.entries(actionSpaces))("acts as one by one, and counts from 0: %s", (_, actionSpace) => {
    for (const [name, observationSpace] of Object.entries(observationSpaces)) {
      const policy = policyFor(observationSpace, actionSpace, { normalised: name === "box" });
      const observations = observationsOf(observationSpace);
      const start = actionSpace.kind === "discrete" ? actionSpace.start : 0;
      const single = observations.flatMap((observation) => {
        const action = policy.act(observation);
        return typeof action === "number" ? [action - start] : Array.from(action as Float32Array);
      });
      for (const count of [1, 7, 20]) {
        const actions = allocateActions(actionSpace, count);
        policy.actBatch(flat(observationSpace, observations.slice(0, count)), count, actions);
        expect(Array.from(actions)).toEqual(single.slice(0, actions.length));
      }
    }
  });

  it("leaves the observations as they are", () => {
    const policy = policyFor(observationSpaces.box, actionSpaces.box, { normalised: true });
    const observations = flat(observationSpaces.box, observationsOf(observationSpaces.box));
    const before = observations.slice();
    policy.actBatch(observations, 20, new Float32Array(40));
    expect(observations).toEqual(before);
  });

  it("refuses arrays of another length", () => {
    const policy = policyFor(observationSpaces.box, actionSpaces.box);
    expect(() => policy.actBatch(new Float32Array(5), 2, new Float32Array(4))).toThrow(
      "observations must hold 6 numbers, got 5",
    );
    expect(() => policy.actBatch(new Float32Array(6), 2, new Float32Array(3))).toThrow(
      "actions must hold 4 numbers, got 3",
    );
  });
});

it("cannot act in a dict space", () => {
  expect(() => policyFor(observationSpaces.box, observationSpaces.dict)).toThrow("a policy cannot act in a dict space");
});

describe("what it makes of an observation", () => {
  const observation = [0.5, -1, 1.5];

  it("is how often each discrete action is drawn", () => {
    const policy = policyFor(observationSpaces.box, actionSpaces["discrete from 4"]);
    const { probabilities } = policy.explain!(observation);
    const random = Random.fromSeed(2);
    const counts = [0, 0, 0];
    for (let i = 0; i < 4000; i++)
      counts[(policy.act(observation, { deterministic: false, random }) as number) - 4] += 1;
    for (const [i, count] of counts.entries()) expect(Math.abs(count / 4000 - probabilities![i])).toBeLessThan(0.04);
    expect(Array.from(probabilities!).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  });

  it("is the normal distribution of real-valued actions", () => {
    for (const stateDependentExploration of [false, true]) {
      const policy = policyFor(observationSpaces.box, actionSpaces["box without limits"], {
        stateDependentExploration,
      });
      const { gaussian } = policy.explain!(observation);
      expect(Array.from(gaussian!.mean)).toEqual(Array.from(policy.act(observation) as Float32Array));
      expect(gaussian!.std.length).toBe(4);
    }
  });

  it("is nothing for several choices at once", () => {
    expect(policyFor(observationSpaces.box, actionSpaces["multi-discrete"]).explain!(observation)).toEqual({});
  });
});
