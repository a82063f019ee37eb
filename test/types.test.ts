import { type Policy, Random, run } from "advantage";
import { ppo, qLearning } from "advantage/algorithms";
import { box, cartPole, discrete, pendulum } from "advantage/envs";
import { describe, expectTypeOf, it } from "vitest";
import { trainToDirectory } from "../packages/advantage/src/node.js";

const quick = { totalSteps: 4, numSteps: 4, minibatchSize: 4, hiddenSizes: [2], evaluationEpisodes: 0 };

/** The compiler is what tests here (`npm run typecheck`); the runs are short, and see that what compiles also runs. */
describe("types", () => {
  it("lead from the environment to the policy", async () => {
    const env = cartPole();
    const { policy } = await run(ppo, cartPole(), quick);
    expectTypeOf(policy).toEqualTypeOf<Policy<Float32Array, number>>();
    env.step(policy.act(env.reset(Random.fromSeed(1))));
    // @ts-expect-error CartPole's observations are arrays of numbers
    const wrong = () => policy.act("nonsense");
    expectTypeOf(wrong).returns.toBeNumber();

    const torque = (await run(ppo, () => pendulum(), quick)).policy.act(Float32Array.of(1, 0, 0));
    expectTypeOf(torque).toEqualTypeOf<Float32Array>();
    // An id says nothing of types to the compiler.
    expectTypeOf((await run(ppo, "CartPole-v1", quick)).policy).toEqualTypeOf<Policy>();
  });

  it("lead from one's own environment, too", async () => {
    const walk = () => ({
      id: "Walk-v0",
      observationSpace: box({ low: -1, high: 1, shape: [1] }),
      actionSpace: discrete(2),
      reset: (_random: Random) => Float32Array.of(0),
      step: (action: number) => ({
        observation: Float32Array.of(action),
        reward: 1,
        terminated: true,
        truncated: false,
      }),
    });
    const { policy } = await run(ppo, walk, quick);
    expectTypeOf(policy.act).returns.toBeNumber();
    walk().step(policy.act(Float32Array.of(0)));
  });

  it("know the settings of the algorithm", () => {
    const compiled = () => [
      run(ppo, cartPole(), { totalSteps: 8, clip: { from: 0.2, to: 0 }, surrogate: "clip", targetKl: null }),
      // @ts-expect-error a setting that PPO does not have
      run(ppo, cartPole(), { totalStep: 8 }),
      // @ts-expect-error a setting of another type
      run(ppo, cartPole(), { totalSteps: "many" }),
      // @ts-expect-error one of clip, fixed-kl, adaptive-kl and none
      run(ppo, cartPole(), { surrogate: "clipped" }),
      // @ts-expect-error only optional settings can be cleared
      run(ppo, cartPole(), { clip: null }),
      trainToDirectory(ppo, cartPole(), { settings: { totalSteps: 8 } }),
      // @ts-expect-error a setting that PPO does not have
      trainToDirectory(ppo, cartPole(), { settings: { totalStep: 8 } }),
      // @ts-expect-error a setting of another type
      trainToDirectory(ppo, cartPole(), { settings: { totalSteps: "many" } }),
      // @ts-expect-error a setting of PPO
      trainToDirectory(qLearning, "FrozenLake-v1", { settings: { clip: 0.2 } }),
    ];
    expectTypeOf(compiled).returns.toBeArray();
  });
});
