import { Random } from "@advantage/engine";
import { type ActionBatch, discrete, type Env, vectorise } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { endlessReward } from "../testing/probe-environments.js";
import { collectEpisodes } from "./episodes.js";
import type { Act } from "./explorer.js";
import { TrainingEnv } from "./training-env.js";

const plain = { normaliseObservation: false, normaliseReward: false, discount: 0.9 };
const zeros: Act = (_observations, actions: ActionBatch) => void actions.fill(0);
const actionSpace = discrete(2);

/** Episodes of 1 or 9 steps, evenly likely; the observation is the length, the reward 1. Long ones are cut, short ones end. */
function coin(): Env<number, number> {
  let length = 0;
  let step = 0;
  return {
    id: "Coin-v0",
    observationSpace: discrete(10),
    actionSpace,
    reset(random) {
      length = random.int(2) === 0 ? 1 : 9;
      step = 0;
      return length;
    },
    step() {
      step += 1;
      const last = step === length;
      return { observation: 0, reward: 1, terminated: last && length === 1, truncated: last && length === 9 };
    },
    fresh: coin,
  };
}

function collector(make: () => Env, numEnvs: number, numEpisodes: number) {
  const env = new TrainingEnv(vectorise(make, numEnvs), Random.fromSeed(1), plain);
  let batch = 0;
  let step = 0;
  return () => {
    const random = Random.fromSeed(2).fork(String(batch++));
    const episodes = collectEpisodes(env, zeros, { actionSpace, numEpisodes, step, random });
    step += episodes.steps;
    return episodes;
  };
}

describe("whole episodes", () => {
  it("lie one behind the other, from first observation to last", () => {
    const next = collector(coin, 3, 7);
    for (let k = 0; k < 5; k++) {
      const { starts, observations, actions, rewards, cut, lastObservations, finished } = next();
      const lengths = Array.from(cut, (_, i) => starts[i + 1] - starts[i]);
      expect(starts.length).toBe(8);
      expect(rewards.length).toBe(starts[7]);
      expect(actions.length).toBe(starts[7]);
      for (const [i, length] of lengths.entries()) {
        expect([1, 9]).toContain(length);
        expect(cut[i]).toBe(length === 9 ? 1 : 0);
        // The first observation shows the length; later ones and the true last one are 0.
        const shown = (row: number) => observations.subarray(10 * row, 10 * row + 10).indexOf(1);
        expect(shown(starts[i])).toBe(length);
        for (let row = starts[i] + 1; row < starts[i + 1]; row++) expect(shown(row)).toBe(0);
        expect(lastObservations.subarray(10 * i, 10 * i + 10).indexOf(1)).toBe(0);
      }
      const ended = finished.map((episode) => episode.length);
      expect(ended.toSorted()).toEqual(lengths.toSorted());
    }
  });

  it("one environment loses no step", () => {
    const next = collector(coin, 1, 5);
    let done = 0;
    for (let k = 0; k < 5; k++) {
      const { steps, rewards, finished } = next();
      expect(steps).toBe(rewards.length);
      done += steps;
      expect(finished.at(-1)!.step).toBe(done);
    }
  });

  it("several environments count the steps of those that wait", () => {
    const next = collector(coin, 4, 4);
    let lost = 0;
    for (let k = 0; k < 20; k++) {
      const { steps, rewards } = next();
      expect(steps % 4).toBe(0);
      expect(steps).toBeGreaterThanOrEqual(rewards.length);
      lost += steps - rewards.length;
    }
    expect(lost).toBeGreaterThan(0);
  });

  it("short episodes are not favoured: half of them are long, whatever the number of environments", () => {
    for (const numEnvs of [1, 4]) {
      const next = collector(coin, numEnvs, 4);
      let long = 0;
      for (let k = 0; k < 500; k++) long += next().cut.reduce((sum, cut) => sum + cut, 0);
      // 2000 tosses: standard error 0.011. Of the first four to end, under a third would be long.
      expect(Math.abs(long / 2000 - 0.5)).toBeLessThan(0.04);
    }
  });
});

it("an episode that never ends stops the run with what to do", () => {
  const endless = (): Env => {
    const env = endlessReward();
    return { ...env, step: (action) => ({ ...env.step(action as number), truncated: false }) };
  };
  expect(collector(endless, 1, 1)).toThrow("an episode must end within 100000 steps");
});
