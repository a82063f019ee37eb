import { Random } from "@advantage/engine";
import { discrete, type Env, frozenLake } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { envSource } from "../../runner/env-source.js";
import { TableEnv } from "./table-env.js";
import { Trajectory } from "./trajectory.js";

/** Counts up from 10 to 12, reward = the state; terminates at 12, or is cut after two steps by `cut`. */
function counter(change: object = {}): () => Env<number, number> {
  return () => {
    let t = 0;
    return {
      id: "Counter-v0",
      observationSpace: discrete(3, 10),
      actionSpace: discrete(2, 5),
      reset: () => {
        t = 0;
        return 10;
      },
      step: (action) => {
        t += 1;
        if (action !== 6) throw new Error(`action ${action}`);
        return { observation: 10 + t, reward: t, terminated: t === 2, truncated: false, ...change };
      },
    };
  };
}

const tableOf = (make: () => Env<number, number>) => new TableEnv(envSource(make as never), Random.fromSeed(1));

describe("an environment as a table", () => {
  it("counts states and actions from 0, starts anew by itself and keeps the true successor", () => {
    const env = tableOf(counter());
    expect([env.numStates, env.numActions, env.state]).toEqual([3, 2, 0]);
    env.step(1);
    expect([env.state, env.nextState, env.reward, env.terminated, env.ended]).toEqual([1, 1, 1, false, false]);
    env.step(1);
    expect([env.state, env.nextState, env.reward, env.terminated, env.ended]).toEqual([0, 2, 2, true, true]);
    expect(env.takeFinished()).toEqual([{ step: 2, return: 3, length: 2 }]);
    expect(env.takeFinished()).toEqual([]);
  });

  it("tells a cut from an end", () => {
    const env = tableOf(counter({ truncated: true }));
    env.step(1);
    expect([env.nextState, env.terminated, env.ended]).toEqual([1, false, true]);
  });

  it.each([
    [{ reward: Number.NaN }, "Counter-v0: step 1: reward must be a finite number, got NaN"],
    [{ terminated: 1 }, "Counter-v0: step 1: terminated must be true or false, got 1"],
    [{ truncated: undefined }, "Counter-v0: step 1: truncated must be true or false, got undefined"],
    [{ observation: 9 }, "Counter-v0: step 1: observation must be an element of Discrete"],
  ])("says what is wrong with a step: %o", (change, message) => {
    expect(() => tableOf(counter(change)).step(1)).toThrow(message);
  });

  it("goes on exactly from a snapshot", () => {
    const [env, other] = [tableOf(frozenLake as never), tableOf(frozenLake as never)];
    for (let i = 0; i < 37; i++) env.step(i % 4);
    env.takeFinished();
    other.restore(env.snapshot());
    for (let i = 0; i < 50; i++) {
      env.step(i % 3);
      other.step(i % 3);
      expect([other.state, other.nextState, other.reward]).toEqual([env.state, env.nextState, env.reward]);
    }
    expect(other.takeFinished()).toEqual(env.takeFinished());
    expect(other.snapshot()).toEqual(env.snapshot());
  });

  it("says that an environment without snapshots cannot be saved", () => {
    expect(() => tableOf(counter()).snapshot()).toThrow("Counter-v0: cannot be saved");
  });
});

it("a trajectory grows, and goes on from a snapshot", () => {
  const trajectory = new Trajectory();
  for (let t = 0; t < 200; t++) trajectory.push(t, 2 * t);
  const other = new Trajectory();
  other.restore(trajectory.snapshot());
  other.push(200, 400);
  expect([other.length, other.states[0], other.states[199], other.rewards[200]]).toEqual([201, 0, 199, 400]);
  trajectory.clear();
  expect(trajectory.snapshot().states.length).toBe(0);
});
