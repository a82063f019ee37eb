import { describe, expect, it } from "vitest";
import { a2c, ppo, qLearning, reinforce, sarsa, trpo, vpg } from "../algorithms.js";
import { algorithms } from "../catalog.js";
import type { AnyAlgorithm } from "../core/algorithm.js";
import type { Checkpoint } from "./checkpoint.js";
import { prepareRun } from "./prepare.js";
import { run } from "./run.js";
import { openSession } from "./session.js";
import type { InitFrom } from "./start-from.js";

const small = { totalSteps: 256, numEnvs: 2, hiddenSizes: [8], seed: 4 } as const;

/** A checkpoint after a little training, and the policy of that time. */
async function trained(algorithm: AnyAlgorithm, env: string, settings: object = small) {
  let checkpoint: Checkpoint | undefined;
  const store = {
    save(each: Checkpoint) {
      checkpoint = each;
    },
  };
  const { policy } = await run(algorithm, env, { ...settings, evaluationEpisodes: 0, preset: "none", store });
  return { checkpoint: checkpoint!, policy };
}

/** The state that a run starts from. */
async function started(algorithm: AnyAlgorithm, env: string, initFrom: InitFrom, settings: object = small) {
  const session = openSession(prepareRun(algorithm, env, { ...settings, seed: 9 }, { preset: "none", initFrom }));
  const { tensors, header } = session.checkpoint();
  await session.close();
  return { tensors, header, policy: session.policy() };
}

/** The tensors under a path, by the rest of their names. */
const under = (tensors: Checkpoint["tensors"], path: string) =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, data]) =>
      name.startsWith(`state.${path}.`) ? [[name.slice(path.length + 7), data]] : [],
    ),
  );

describe("a run that starts from trained parameters", () => {
  it("has actor and critic of a checkpoint, be it another algorithm's, and fresh optimisers", async () => {
    const { checkpoint, policy } = await trained(ppo, "CartPole-v1", { ...small, numSteps: 64 });
    const actor = under(checkpoint.tensors, "params.actor");
    const critic = under(checkpoint.tensors, "params.critic");
    expect(Object.keys(actor).length).toBeGreaterThan(3);
    for (const [algorithm, at] of [
      [a2c, ["params.actor", "params.critic"]],
      [trpo, ["actor", "critic"]],
      [vpg, ["params", "critic.params"]],
      [reinforce, ["params", "critic.params"]],
    ] as const) {
      const start = await started(algorithm as AnyAlgorithm, "CartPole-v1", checkpoint);
      expect(under(start.tensors, at[0]), algorithm.id).toEqual(actor);
      expect(under(start.tensors, at[1]), algorithm.id).toEqual(critic);
      expect(start.header.step).toBe(0);
      const observation = Float32Array.of(0.1, -0.2, 0.05, 0.3);
      expect(start.policy.explain!(observation)).toEqual(policy.explain!(observation));
    }
    const { tensors } = await started(ppo as AnyAlgorithm, "CartPole-v1", checkpoint);
    const moments = Object.entries(tensors).filter(([name]) => name.includes("optimiser"));
    expect(moments.length).toBeGreaterThan(0);
    for (const [name, values] of moments)
      expect(
        values.every((value) => value === 0),
        name,
      ).toBe(true);
  });

  it("has a policy's actor, and a critic of its own", async () => {
    const { checkpoint, policy } = await trained(a2c, "CartPole-v1");
    const start = await started(ppo as AnyAlgorithm, "CartPole-v1", policy);
    expect(under(start.tensors, "params.actor")).toEqual(under(checkpoint.tensors, "params.actor"));
    const fresh = openSession(prepareRun(ppo, "CartPole-v1", { ...small, seed: 9 }, { preset: "none" }));
    expect(under(start.tensors, "params.critic")).toEqual(under(fresh.checkpoint().tensors, "params.critic"));
    await fresh.close();
  });

  it("goes on with the statistics that observations are normalised by", async () => {
    const normalised = { ...small, normaliseObservation: true };
    const { checkpoint, policy } = await trained(a2c, "CartPole-v1", normalised);
    const start = await started(a2c as AnyAlgorithm, "CartPole-v1", checkpoint, normalised);
    const momentsOf = ({ state }: { state: unknown }) =>
      (state as { env: { $snapshot: { moments: { count: number } } } }).env.$snapshot.moments;
    expect(momentsOf(checkpoint.header).count).toBeGreaterThan(200);
    expect(momentsOf(start.header)).toEqual(momentsOf(checkpoint.header));
    await expect(started(a2c as AnyAlgorithm, "CartPole-v1", checkpoint)).rejects.toThrow(
      "normaliseObservation must be true to start from a2c on CartPole-v1, which was trained that way, got false",
    );
    await expect(started(a2c as AnyAlgorithm, "CartPole-v1", policy, normalised)).rejects.toThrow(
      "normalises its observations, and does not say by how many: start from its run",
    );
  });

  it("has a table of action values, of another algorithm and of another lake", async () => {
    const { checkpoint } = await trained(qLearning, "FrozenLake-v1", { totalSteps: 3000, initialValue: 0.5 });
    const q = checkpoint.tensors["state.q"];
    expect(new Set(q).size).toBeGreaterThan(3);
    const start = await started(sarsa as AnyAlgorithm, "FrozenLake-v1", checkpoint, { totalSteps: 100 });
    expect(start.tensors["state.q"]).toEqual(q);
  });

  it("learns on from there", async () => {
    const { checkpoint } = await trained(qLearning, "CliffWalking-v1", { totalSteps: 20_000 });
    const more = { totalSteps: 1000, epsilon: 0, evaluationEpisodes: 1, preset: "none" } as const;
    const on = await run(qLearning, "CliffWalking-v1", { ...more, initFrom: checkpoint });
    const anew = await run(qLearning, "CliffWalking-v1", more);
    expect(anew.summary.evaluation!.mean).toBeLessThan(-13);
    expect(on.summary.evaluation!.mean).toBe(-13); // the shortest way
  });

  it.each([
    [
      "CartPole-v1",
      { ...small, hiddenSizes: [16] },
      /the actor of a2c on CartPole-v1 has \d+ numbers in '.*', \d+ are needed; start with the networks/,
    ],
    [
      "CartPole-v1",
      { ...small, hiddenSizes: [8, 8] },
      /the actor of a2c on CartPole-v1 has .* start with the networks that it was trained with/,
    ],
    [
      "CartPole-v1",
      { ...small, activation: "relu" },
      "activation must be tanh to start from a2c on CartPole-v1, got relu",
    ],
    ["Acrobot-v1", small, /the actor of a2c on CartPole-v1 has \d+ numbers in '.*', \d+ are needed/],
  ])("is refused before it begins where the networks differ: %s %j", async (env, settings, message) => {
    const { checkpoint } = await trained(a2c, "CartPole-v1");
    expect(() => prepareRun(a2c, env, settings, { preset: "none", initFrom: checkpoint })).toThrow(message);
  });

  it("is refused where there is nothing to take, and on a resume", async () => {
    const { checkpoint } = await trained(a2c, "CartPole-v1");
    expect(() => prepareRun(qLearning, "FrozenLake-v1", {}, { initFrom: checkpoint })).toThrow(
      "q-learning cannot start from what a2c on CartPole-v1 has learnt, actor and critic: it learns table of action values",
    );
    const both = { resume: checkpoint, initFrom: checkpoint };
    expect(() => prepareRun(a2c, "CartPole-v1", {}, both)).toThrow("initFrom is for a new run");
  });
});

describe.each(
  algorithms.filter(({ weights }) => weights !== undefined).map((algorithm) => [algorithm.id, algorithm] as const),
)("%s", (_, algorithm) => {
  it("starts where a run of its own has come to", async () => {
    const table = algorithm.family === "tabular";
    const env = table ? "FrozenLake-v1" : "CartPole-v1";
    const settings = table ? { totalSteps: 500, initialValue: 0.5 } : { totalSteps: 300, hiddenSizes: [8] };
    const { checkpoint } = await trained(algorithm, env, settings);
    const start = await started(algorithm, env, checkpoint, settings);
    for (const place of Object.values(algorithm.weights!)) {
      const at = (tensors: Checkpoint["tensors"]) => tensors[`state.${place}`] ?? under(tensors, place);
      expect(Object.keys(at(checkpoint.tensors)).length).toBeGreaterThan(0);
      expect(at(start.tensors)).toEqual(at(checkpoint.tensors));
    }
  });
});
