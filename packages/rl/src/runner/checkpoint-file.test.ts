import { writeSafetensors } from "@advantage/engine";
import { expect, test } from "vitest";
import { ppo } from "../algorithms/policy-gradient/ppo.js";
import { readCheckpointFile, writeCheckpointFile } from "./checkpoint-file.js";
import { prepareRun } from "./prepare.js";
import { openSession } from "./session.js";

const settings = { totalSteps: 256, numEnvs: 2, numSteps: 32, minibatchSize: 32, seed: 3 };

test("a session that goes on from its file gives the numbers of one that never stopped", async () => {
  const whole = openSession(prepareRun(ppo, "CartPole-v1", settings));
  for (let pull = 0; pull < 2; pull++) await whole.next();
  const bytes = writeCheckpointFile(whole.checkpoint());
  const resumed = openSession(prepareRun(ppo, "CartPole-v1", {}, { resume: readCheckpointFile(bytes) }));
  expect(resumed.step).toBe(128);
  for (let pull = 0; pull < 2; pull++) {
    const [{ seconds: _a, stepsPerSecond: _b, ...expected }, { seconds: _c, stepsPerSecond: _d, ...event }] = [
      (await whole.next())!.event!,
      (await resumed.next())!.event!,
    ];
    expect(event).toEqual(expected);
  }
  expect(await resumed.next()).toBeUndefined();
  expect(resumed.finished).toBe(true);
  expect(resumed.policy().save()).toEqual(whole.policy().save());
});

test("what is no checkpoint is refused with what it is", () => {
  expect(() => readCheckpointFile(new Uint8Array(3))).toThrow(/^checkpoint is damaged: /);
  expect(() => readCheckpointFile(writeSafetensors({}, {}))).toThrow("this safetensors file holds no checkpoint");
  expect(() => readCheckpointFile(writeSafetensors({}, { "advantage.policy": "{}" }))).toThrow(
    /^this file holds a policy/,
  );
  expect(() => readCheckpointFile(writeSafetensors({}, { "advantage.checkpoint": "{" }))).toThrow(
    /header is not whole/,
  );
  expect(() => readCheckpointFile(writeSafetensors({}, { "advantage.checkpoint": '{"schemaVersion":99}' }))).toThrow(
    /schema version 99/,
  );
});

test("a session shows the critic's values of any observation, as it is now", async () => {
  const session = openSession(prepareRun(ppo, "CartPole-v1", settings));
  await session.next();
  const observations = Float32Array.of(0, 0, 0, 0, 0.1, -0.2, 0.03, 0.4);
  const before = session.stateValues()!(observations, 2);
  expect(before.length).toBe(2);
  expect(session.stateValues()!(observations.subarray(4), 1)[0]).toBeCloseTo(before[1], 5);
  await session.next();
  expect(session.stateValues()!(observations, 2)).not.toEqual(before);
});
