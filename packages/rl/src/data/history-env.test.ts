import { Random } from "@advantage/engine";
import { frameStack, vectorise } from "@advantage/envs";
import { expect, it } from "vitest";
import { recall } from "../testing/probe-environments.js";
import { withHistory } from "./history-env.js";

it("N histories are N stacked environments, over the ends of episodes and after a restore", () => {
  const ours = withHistory(
    vectorise(() => recall(2), 3),
    4,
  );
  const theirs = vectorise(() => frameStack(recall(2), 4), 3);
  const arrays = ["observation", "nextObservation", "reward", "terminated"] as const;
  const same = (a: typeof ours) => {
    for (const name of arrays) expect(Array.from(a[name])).toEqual(Array.from(theirs[name]));
  };
  ours.reset(Random.fromSeed(1));
  theirs.reset(Random.fromSeed(1));
  same(ours);
  for (let step = 0; step < 4; step++) {
    ours.step(Int32Array.of(0, 1, 0));
    theirs.step(Int32Array.of(0, 1, 0));
    same(ours);
  }
  const resumed = withHistory(
    vectorise(() => recall(2), 3),
    4,
  );
  resumed.reset(Random.fromSeed(9));
  resumed.restore(ours.snapshot());
  for (let step = 0; step < 4; step++) {
    same(resumed);
    resumed.step(Int32Array.of(1, 1, 0));
    theirs.step(Int32Array.of(1, 1, 0));
  }
  expect([resumed.observationSize, resumed.numEnvs, resumed.observationSpace]).toMatchObject([4, 3, { shape: [4, 1] }]);
});

it("with actions, each observation is followed by the action that led to it", () => {
  const ours = withHistory(
    vectorise(() => recall(1), 2),
    3,
    2,
  );
  ours.reset(Random.fromSeed(1));
  const [first, other] = [ours.observation[0], ours.observation[9]];
  expect([...ours.observation.subarray(0, 9)]).toEqual([first, 0, 0, first, 0, 0, first, 0, 0]);
  ours.step(Int32Array.of(1, 0));
  expect([...ours.observation]).toEqual([
    ...[first, 0, 0, first, 0, 0, 0, 0, 1],
    ...[other, 0, 0, other, 0, 0, 0, 1, 0],
  ]);
  const saved = ours.snapshot();
  const end = () => {
    ours.step(Int32Array.of(0, 1)); // the last of an episode
    expect([...ours.nextObservation.subarray(0, 9)]).toEqual([first, 0, 0, 0, 0, 1, 0, 1, 0]);
    const next = ours.observation[0];
    expect([...ours.observation.subarray(0, 9)]).toEqual([next, 0, 0, next, 0, 0, next, 0, 0]);
  };
  end();
  ours.restore(saved);
  expect([...ours.observation.subarray(0, 9)]).toEqual([first, 0, 0, first, 0, 0, 0, 0, 1]);
  end();
});
