import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { checkEnv } from "../check-env.js";
import { adversarialBandit, type BanditEnv, bernoulliBandit, gaussianBandit } from "./bandit.js";
import { alternatingSequence, parseRewardSequence, rewardSequence } from "./reward-sequence.js";

function statistics(env: BanditEnv, rounds: number) {
  env.reset(Random.fromSeed(3));
  const mean = env.arms.map(() => 0);
  const square = env.arms.map(() => 0);
  for (let t = 0; t < rounds; t++) {
    const action = t % env.arms.length;
    const { reward } = env.step(action);
    const rewards = env.roundRewards();
    expect(rewards[action]).toBe(reward);
    rewards.forEach((r, arm) => {
      mean[arm] += r / rounds;
      square[arm] += (r * r) / rounds;
    });
  }
  return { mean, deviation: square.map((s, arm) => Math.sqrt(s - mean[arm] * mean[arm])) };
}

test.each([
  ["Ber(0.6), Ber(0.4)", bernoulliBandit({ rounds: 1e9 })],
  ["three normal arms", gaussianBandit({ means: [-1, 0, 2], deviation: [1, 0.5, 3], rounds: 1e9 })],
])("%s pay what they should, played or not", (_, env) => {
  const n = 20_000;
  const { mean, deviation } = statistics(env, n);
  env.arms.forEach((arm, i) => {
    const sigma = arm.deviation as number;
    expect(Math.abs(mean[i] - (arm.mean as number))).toBeLessThan((4 * sigma) / Math.sqrt(n));
    expect(Math.abs(deviation[i] / sigma - 1)).toBeLessThan(0.03);
    expect(env.mdp?.().expectedReward[i]).toBeCloseTo(arm.mean as number, 12);
  });
});

test("a thousand rounds, then the episode is cut; rewards do not depend on what is played", () => {
  const a = bernoulliBandit();
  const b = bernoulliBandit();
  a.reset(Random.fromSeed(5));
  b.reset(Random.fromSeed(5));
  for (let t = 1; t <= 1000; t++) {
    const { truncated, terminated, observation } = a.step(0);
    b.step(1);
    expect([truncated, terminated, observation]).toEqual([t === 1000, false, 0]);
    expect(a.roundRewards()).toEqual(b.roundRewards());
  }
  expect(a.arms.map(({ mean }) => mean)).toEqual([0.6, 0.4]);
});

test("an adversary's rewards come as written", () => {
  const rounds = [
    [0.5, 0, 7],
    [0, 1, -2],
  ];
  const env = adversarialBandit(rewardSequence(rounds));
  expect(checkEnv(() => adversarialBandit(rewardSequence(rounds)))).toEqual([]);
  env.reset(Random.fromSeed(0));
  expect(env.step(2)).toEqual({ observation: 0, reward: 7, terminated: false, truncated: false });
  expect(Array.from(env.roundRewards())).toEqual(rounds[0]);
  expect(env.step(1)).toEqual({ observation: 0, reward: 1, terminated: false, truncated: true });
  expect([env.rounds, env.mdp, env.arms]).toEqual([2, undefined, [{}, {}, {}]]);
  // ½, 0, then 0, 1 and 1, 0 in turn: after 5 rounds 2.5 and 2.
  const { rewards } = alternatingSequence(5);
  expect(Array.from(rewards)).toEqual([0.5, 0, 0, 1, 1, 0, 0, 1, 1, 0]);
});

test("sequences are read from JSON, CSV and columns", () => {
  const wanted = rewardSequence([
    [0.5, 0],
    [0, 1],
    [1e-3, -2],
  ]);
  expect(parseRewardSequence("[[0.5, 0], [0, 1], [0.001, -2]]")).toEqual(wanted);
  expect(parseRewardSequence('{ "rewards": [[0.5, 0], [0, 1], [0.001, -2]] }')).toEqual(wanted);
  expect(parseRewardSequence("left,right\n0.5,0\n0,1\r\n1e-3,-2\n")).toEqual(wanted);
  expect(parseRewardSequence("# two arms\n0.5\t0  # first\n\n 0 1\n.001 ; -2")).toEqual(wanted);
  expect(() => parseRewardSequence("[[0, 1], [")).toThrow("that begins with [ must be JSON, but it is not whole JSON");
  expect(() => parseRewardSequence("[".repeat(100_000))).toThrow("nested more than 400 deep");
  expect(() => parseRewardSequence('{"__proto__":[[1]]}')).toThrow("'__proto__'");
  expect(() => parseRewardSequence("0,1\n0,0x10")).toThrow("line 2 of a reward sequence must hold numbers, got '0x10'");
  expect(() => parseRewardSequence(`0,1\n0,${"y".repeat(5000)}`)).toThrow(/^.{0,140}$/);
  expect(() => parseRewardSequence("0,1\n0,x")).toThrow("line 2 of a reward sequence must hold numbers, got 'x'");
  expect(() => parseRewardSequence("0,1\n0,")).toThrow("line 2 of a reward sequence must hold numbers, got ''");
  expect(() => parseRewardSequence("0,1\n0")).toThrow("round 1 must have a reward for each of 2 arms, got 1");
  expect(() => parseRewardSequence("")).toThrow("at least 1 round, got none");
  expect(() => parseRewardSequence("[[0, null]]")).toThrow("the reward of round 0, arm 1 must be finite, got null");
});

test("messages", () => {
  expect(() => bernoulliBandit({ means: [0.5, 1.5] })).toThrow(
    "means must be a list of numbers, each in [0, 1], got [0.5,1.5]",
  );
  expect(() => bernoulliBandit({ means: [] })).toThrow("at least 1 arm");
  expect(() => gaussianBandit({ deviation: -1 })).toThrow(
    "deviation must be a list of numbers, each of at least 0, got [-1]",
  );
  expect(() => gaussianBandit({ deviation: [1, 1, 1] })).toThrow("one for each of 2 arms, got 3");
  expect(() => bernoulliBandit({ rounds: 0 })).toThrow("rounds must be a whole number of at least 1, got 0");
  const env = bernoulliBandit();
  env.reset(Random.fromSeed(0));
  expect(() => env.roundRewards()).toThrow("no round has been played yet");
  expect(() => env.step(2)).toThrow("action must be an element of Discrete(2), got 2");
});
