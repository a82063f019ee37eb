import { readFileSync } from "node:fs";
import { loadPolicy, type MetricsEvent, Random } from "advantage";
import { ppo } from "advantage/algorithms";
import { findEnvironment } from "advantage/envs";
import { envSource, openSession, prepareRun, readCheckpointFile } from "advantage/runner";
import { describe, expect, it } from "vitest";

/**
 * Files that version 0.1.0 wrote before its networks described themselves, with what its policies did and how its run ended. They open for as long as
 * the formats that they name are read, and mean what they meant.
 */
const read = (name: string) => new Uint8Array(readFileSync(new URL(`old-files/${name}`, import.meta.url)));
const expected = JSON.parse(new TextDecoder().decode(read("expected.json")));

describe("files from before are read as what they were:", () => {
  it("a Gaussian policy with a σ for each state and statistics of its observations", async () => {
    const policy = await loadPolicy(read("gaussian.safetensors"));
    const observations = [
      [1, 0, 0],
      [0.6, 0.8, -2],
      [-1, 0, 4],
    ];
    expect(observations.map((observation) => [...(policy.act(observation) as Float32Array)])).toEqual(
      expected.gaussian,
    );
  });

  it("a policy with an LSTM, along an episode", async () => {
    const policy = await loadPolicy(read("recurrent.safetensors"));
    const env = envSource("TMaze-v0").make();
    let observation = env.reset(Random.fromSeed(4));
    for (const { action, probabilities } of expected.recurrent) {
      expect(policy.act(observation)).toBe(action);
      expect(Array.from(policy.explain!(observation).probabilities!)).toEqual(probabilities);
      observation = env.step(action).observation;
    }
  });

  it("a table", async () => {
    const policy = await loadPolicy(read("table.safetensors"));
    expect([36, 24, 25, 35].map((state) => policy.act(state))).toEqual(expected.table);
  });

  it("a checkpoint in the middle of a run of PPO, which ends as that run did", async () => {
    const resume = readCheckpointFile(read("run.checkpoint"));
    const session = openSession(prepareRun(ppo, findEnvironment("CartPole-v1").make, {}, { resume }));
    let last: MetricsEvent | undefined;
    for (let advance = await session.next(); advance !== undefined; advance = await session.next())
      last = advance.event ?? last;
    const { seconds: _seconds, stepsPerSecond: _rate, ...metrics } = last!;
    expect(metrics).toEqual(expected.run.metrics);
    const observations = [
      [0.01, 0.2, -0.03, 0.4],
      [0, -0.5, 0.1, 1],
    ];
    const policy = session.policy();
    expect(observations.map((observation) => Array.from(policy.explain!(observation).probabilities!))).toEqual(
      expected.run.actions,
    );
    await session.close();
  });
});
