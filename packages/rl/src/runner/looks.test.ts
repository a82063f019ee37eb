import { describe, expect, it } from "vitest";
import { ppo } from "../algorithms/policy-gradient/ppo.js";
import { qLearning } from "../algorithms/tabular/q-learning.js";
import { evaluate } from "./evaluate.js";
import type { Look } from "./looks.js";
import type { MetricsEvent } from "./metric-names.js";
import { run } from "./run.js";
import { stopAtOf, stopReason } from "./stop-at.js";

const small = {
  totalSteps: 1024,
  numEnvs: 2,
  numSteps: 64,
  hiddenSizes: [8],
  evaluationEpisodes: 0,
  preset: "none",
} as const;
const timeless = (events: readonly MetricsEvent[]) =>
  events.map(({ seconds: _seconds, stepsPerSecond: _rate, ...event }) => event);

describe("a look at the policy while it trains", () => {
  it("changes no number of the training, and sees what an evaluation of that policy gives", async () => {
    const plain = await run(ppo, "CartPole-v1", small);
    const seen: Look[] = [];
    const policies = new Map<number, Uint8Array>();
    const watched = await run(ppo, "CartPole-v1", {
      ...small,
      evaluationEvery: 300,
      sinks: [{ event() {}, look: (look) => void seen.push(look) }],
      onProgress: ({ step, policy }) => void policies.set(step, policy().save()),
    });
    expect(timeless(watched.history)).toEqual(timeless(plain.history));
    expect(watched.policy.save()).toEqual(plain.policy.save());
    // The first points at or after 300, 600 and 900: rollouts have 128 steps.
    expect(watched.looks.map(({ step }) => step)).toEqual([384, 640, 1024]);
    expect(seen).toEqual(watched.looks);

    const last = watched.looks.at(-1)!;
    expect(await evaluate(watched.policy, "CartPole-v1", { episodes: 20, seed: 1 })).toEqual(last.evaluation);
    const best = watched.looks.reduce((a, b) => (b.evaluation.mean > a.evaluation.mean ? b : a));
    expect(watched.best).toMatchObject({ step: best.step, mean: best.evaluation.mean });
    expect(watched.best!.policy.save()).toEqual(policies.get(best.step));
    expect(watched.summary.best).toEqual({ step: best.step, mean: best.evaluation.mean });
  });

  it("is refused where its distance is no number of steps", async () => {
    await expect(run(ppo, "CartPole-v1", { ...small, evaluationEvery: 0 })).rejects.toThrow(
      "evaluationEvery must be a whole number of at least 1, got 0",
    );
  });
});

describe("a callback", () => {
  it("is given progress and policy, is waited for, and may end the run", async () => {
    const steps: number[] = [];
    const { summary, stopped } = await run(ppo, "CartPole-v1", {
      ...small,
      onProgress: async ({ step, event, policy, stop }) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        steps.push(step);
        expect(event?.step).toBe(step);
        expect([0, 1]).toContain(policy().act([0, 0, 0, 0]));
        if (step >= 384) stop();
      },
    });
    expect(steps).toEqual([128, 256, 384]);
    expect(summary).toMatchObject({ steps: 384, stoppedBy: "a callback stopped it" });
    expect(stopped).toBe(false);
  });
});

describe("a run ends early", () => {
  it("at a return of the training, where there are no looks", async () => {
    const { summary, history } = await run(qLearning, "CliffWalking-v1", {
      totalSteps: 100_000,
      seed: 1,
      evaluationEpisodes: 5,
      stopAt: { return: -40 },
    });
    expect(summary.steps).toBeLessThan(100_000);
    expect(history.at(-1)!.episodeReturn).toBeGreaterThanOrEqual(-40);
    expect(history.at(-2)!.episodeReturn).toBeLessThan(-40);
    expect(summary.stoppedBy).toMatch(/^return -\d+(\.\d+)? reached -40$/);
    expect(summary.evaluation).toBeDefined();
  });

  it("at a look's return, at a plateau of looks, after a time", () => {
    const look = (mean: number) => ({ step: 0, evaluation: { mean }, stochasticEvaluation: { mean } }) as Look;
    const at = (...means: number[]) => ({ looks: means.map(look), looking: true, seconds: 3 });
    expect(stopReason({ return: 9 }, at(8, 9.5))).toBe("return 9.5 reached 9");
    expect(stopReason({ return: 9 }, at(9.5, 8))).toBeUndefined();
    expect(stopReason({ plateau: 2 }, at(1, 3, 2, 3))).toBe("plateau: 2 looks without a better return than 3");
    expect(stopReason({ plateau: 2 }, at(1, 3, 2))).toBeUndefined();
    expect(stopReason({ seconds: 3 }, at())).toBe("3 seconds have passed");
    expect(stopReason({ seconds: 3.5 }, at())).toBeUndefined();
    expect(stopReason({}, at(1, 1, 1))).toBeUndefined();
  });

  it("by rules that are typed", () => {
    expect(stopAtOf("return:-110.5,plateau,10min")).toEqual({ return: -110.5, plateau: 10, seconds: 600 });
    expect(stopAtOf("plateau:20")).toEqual({ plateau: 20 });
    expect(stopAtOf("90s")).toEqual({ seconds: 90 });
    for (const wrong of ["", "475", "return:", "plateau:", "10", "10 min", "return:475,"])
      expect(() => stopAtOf(wrong), wrong).toThrow("It must be return:475, plateau, plateau:20, 90s, 10min or 2h");
  });

  it("not by a plateau of looks where there are none", async () => {
    await expect(run(ppo, "CartPole-v1", { ...small, stopAt: { plateau: 3 } })).rejects.toThrow(
      "a plateau is counted in looks at the policy, and there are none",
    );
  });
});
