import { expect, it } from "vitest";
import { ppo } from "../algorithms/policy-gradient/ppo.js";
import { openSession, prepareRun, run } from "../runner/index.js";
import { GivenUp, pulse, underPulse } from "./pulse.js";

const settings = { totalSteps: 512, numEnvs: 2, numSteps: 64, minibatchSize: 32, epochs: 2, hiddenSizes: [8] };

it("beats after every step of the environments and every gradient step, and changes no number", async () => {
  let beats = 0;
  const watched = await run(ppo, "CartPole-v1", {
    ...settings,
    preset: "none",
    evaluationEpisodes: 0,
    pulse: () => void beats++,
  });
  const plain = await run(ppo, "CartPole-v1", { ...settings, preset: "none", evaluationEpisodes: 0 });
  expect(beats).toBe(4 * (64 + 2 * 4)); // iterations of 64 steps, and two epochs of four minibatches
  expect(watched.policy.save()).toEqual(plain.policy.save());
  expect(watched.givenUp).toBe(false);
});

it("may give an iteration up: the run is stopped, and what it had come to is not saved", async () => {
  const saved: number[] = [];
  let beats = 0;
  const { stopped, givenUp, summary } = await run(ppo, "CartPole-v1", {
    ...settings,
    preset: "none",
    checkpointEverySeconds: 0,
    store: { save: ({ header }) => void saved.push(header.step) },
    pulse() {
      if (++beats > 100) throw new GivenUp("enough");
    },
  });
  expect([stopped, givenUp, summary.steps, summary.evaluation]).toEqual([true, true, 128, undefined]);
  expect(saved).toEqual([0, 128]);
});

it("any other error of a pulse is the run's", async () => {
  const broken = () => {
    throw new Error("broken");
  };
  await expect(run(ppo, "CartPole-v1", { ...settings, pulse: broken })).rejects.toThrow("broken");
});

it("is one training's alone: two sessions side by side each have their own", async () => {
  const beats = [0, 0];
  const sessions = beats.map((_, i) =>
    openSession(prepareRun(ppo, "CartPole-v1", settings, { preset: "none" }), () => void beats[i]++),
  );
  await sessions[0].next();
  expect(beats).toEqual([72, 0]);
  await Promise.all(sessions.map((session) => session.next()));
  expect(beats).toEqual([144, 72]);
  pulse();
  expect(beats).toEqual([144, 72]);
  for (const session of sessions) await session.close();
});

it("ends with the work, also where that fails or goes on later", async () => {
  let beats = 0;
  const beat = () => void beats++;
  await expect(underPulse(beat, () => Promise.reject(new Error("later")))).rejects.toThrow("later");
  await expect(
    underPulse(beat, () => {
      throw new Error("at once");
    }),
  ).rejects.toThrow("at once");
  pulse();
  expect(beats).toBe(0);
});
