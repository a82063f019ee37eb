import { Random } from "@advantage/engine";
import { expect, test } from "vitest";
import { checkEnv } from "../check-env.js";
import type { FiniteMdp } from "../finite-mdp/finite-mdp.js";
import { actionValues, optimalValues } from "../finite-mdp/testing/policy-values.js";
import { blackjack, blackjackMdp, blackjackState } from "./blackjack.js";

const STICK = 0;
const HIT = 1;

/** V of a policy; a hand cannot take 20 cards, so as many sweeps are exact. */
function valuesOf(mdp: FiniteMdp, hits: (sum: number) => boolean): number[] {
  let values = new Array<number>(mdp.numStates).fill(0);
  const sum = (s: number) => (s < 704 ? Math.floor(s / 22) : 21);
  for (let sweep = 0; sweep < 20; sweep++) {
    values = actionValues(mdp, values, 1).map((q, s) => q[hits(sum(s)) ? HIT : STICK]);
  }
  return values;
}

test("the published value of sticking on 20 or 21 alone: −0.27726 at (13, 2, usable ace)", () => {
  // Sutton & Barto 2018, example 5.4: the mean of a hundred million episodes
  const values = valuesOf(blackjackMdp(), (sum) => sum < 20);
  expect(values[blackjackState([13, 2, 1])]).toBeCloseTo(-0.27726, 3);
});

test("the dealer busts as often as the published tables for an infinite deck say", () => {
  // Dealer stands on all 17s; chances in per cent for the open cards 2 … 10 and ace
  const published = [35.36, 37.39, 39.45, 41.64, 42.32, 26.23, 24.47, 22.84, 21.21, 11.53];
  const mdp = blackjackMdp();
  published.forEach((percent, i) => {
    // Whoever sticks on 4 wins if and only if the dealer busts: r = 2 P(bust) − 1.
    const r = mdp.expectedReward[2 * blackjackState([4, i === 9 ? 1 : i + 2, 0]) + STICK];
    expect(Math.abs(50 * (r + 1) - percent)).toBeLessThan(0.006);
  });
});

test("the best policy is the book's", () => {
  // Sutton & Barto 2018, figure 5.2: stick from 17 on; against 4, 5, 6 from 12 on, against 2, 3 from 13 on.
  const mdp = blackjackMdp();
  const q = actionValues(mdp, optimalValues(mdp, 1, 20), 1);
  for (let card = 1; card <= 10; card++) {
    const sticks = Array.from({ length: 10 }, (_, i) => 12 + i).filter((sum) => {
      const [stick, hit] = q[blackjackState([sum, card, 0])];
      return stick > hit;
    });
    expect([card, sticks[0]]).toEqual([card, card >= 4 && card <= 6 ? 12 : card === 2 || card === 3 ? 13 : 17]);
    // With a usable ace: stick on 19, and on 18 unless against 9, 10 or an ace (the notch that Thorp's strategy does not have).
    const soft = [17, 18, 19].filter(
      (sum) => q[blackjackState([sum, card, 1])][0] > q[blackjackState([sum, card, 1])][1],
    );
    expect([card, soft[0]]).toEqual([card, card === 1 || card >= 9 ? 19 : 18]);
  }
});

test.each([
  ["Sutton & Barto's rules", { sab: true }],
  ["naturals pay 1.5", { sab: false, natural: true }],
  ["naturals are like any 21", { sab: false }],
])("%s: the game as it is played agrees with its MDP", (_, options) => {
  const mdp = blackjackMdp(options);
  const values = valuesOf(mdp, (sum) => sum < 17);
  const exact = mdp.initial.reduce((sum, p, s) => sum + p * values[s], 0);
  const env = blackjack(options);
  const rng = Random.fromSeed(11);
  const n = 150_000;
  let mean = 0;
  let square = 0;
  const firsts = new Float64Array(704);
  for (let i = 0; i < n; i++) {
    let observation = env.reset(rng);
    firsts[blackjackState(observation)] += 1 / n;
    for (let over = false; !over; ) {
      const step = env.step(observation[0] < 17 ? HIT : STICK);
      observation = step.observation;
      over = step.terminated;
      mean += step.reward / n;
      square += (step.reward * step.reward) / n;
    }
  }
  expect(Math.abs(mean - exact)).toBeLessThan(3.5 * Math.sqrt((square - mean * mean) / n));
  // ρ₀ against the deals; the states of naturals look like (21, card, usable ace).
  const rho = Array.from(mdp.initial);
  rho.slice(704).forEach((p, card) => {
    rho[blackjackState([21, card, 1])] += p;
  });
  firsts.forEach((p, s) => {
    expect(Math.abs(p - rho[s])).toBeLessThan(5 * Math.sqrt((rho[s] * (1 - rho[s])) / n) + 1e-12);
  });
});

test("each rule on its own, with known cards", () => {
  const rng = Random.fromSeed(0);
  const stick = (options: Parameters<typeof blackjack>[0], player: number[], dealer: number[]) => {
    const env = blackjack(options);
    env.restore({ player, dealer, over: false }, rng);
    return env.step(STICK).reward;
  };
  expect(stick({}, [10, 9], [10, 8])).toBe(1);
  expect(stick({}, [10, 8], [10, 8])).toBe(0);
  expect(stick({}, [10, 7], [1, 7])).toBe(-1); // the dealer's ace counts 11
  const dealer21 = [10, 5, 6];
  expect(stick({ sab: true }, [1, 10], dealer21)).toBe(1);
  expect(stick({ sab: false }, [1, 10], dealer21)).toBe(0);
  expect(stick({ sab: true }, [1, 10], [10, 1])).toBe(0);
  expect(stick({ sab: true }, [1, 4, 6], [10, 1])).toBe(0); // the reverse rule does not apply
  expect(stick({ sab: false, natural: true }, [1, 10], [10, 9])).toBe(1.5);
  expect(stick({ sab: true, natural: true }, [1, 10], [10, 9])).toBe(1);
  expect(stick({ sab: false, natural: true }, [1, 4, 6], [10, 9])).toBe(1);

  const env = blackjack();
  env.restore({ player: [1, 6], dealer: [3, 4], over: false }, rng);
  const { observation, reward, terminated } = env.step(HIT);
  const [, , card] = env.snapshot().player;
  expect([...observation]).toEqual(card <= 4 ? [17 + card, 3, 1] : [7 + card, 3, 0]);
  expect([reward, terminated]).toEqual([0, false]);
  env.restore({ player: [10, 10, 1], dealer: [3, 4], over: false }, rng);
  expect(env.step(HIT)).toMatchObject({ reward: -1, terminated: true });
});

test("contract and messages", () => {
  expect(checkEnv(() => blackjack({ sab: false }))).toEqual([]);
  const env = blackjack();
  expect(() => env.step(0)).toThrow("Blackjack-v1: call reset(rng) before step(action)");
  env.reset(Random.fromSeed(0));
  expect(() => env.step(2)).toThrow("action must be an element of Discrete(2), got 2");
  expect(() => env.restore({ player: [11, 1], dealer: [1, 1], over: false }, Random.fromSeed(0))).toThrow(
    "player must hold at least 2 cards, 1 … 10, got [11, 1]",
  );
});
