import { Random } from "@advantage/engine";
import { findEnvironment } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { walk } from "../../../../test/counter.js";
import { lookAhead } from "./look-ahead.js";

describe("what a policy that looks ahead is given", () => {
  const planner = { needs: "snapshot" } as const;

  it("is the environment in its present state, and out of reach of what is played", () => {
    const { make } = findEnvironment("FrozenLake-v1");
    const ahead = lookAhead(planner, make);
    const [played, alone] = [make(), make()];
    for (const env of [played, alone]) env.reset(Random.fromSeed(1));
    const random = Random.fromSeed(2);
    let differed = false;
    for (let t = 0; t < 200; t++) {
      const copy = ahead(played, random);
      expect(copy?.snapshot()).toEqual(played.snapshot?.());
      const seen = copy?.step(2);
      const step = played.step(2);
      // Chance falls anew: what the policy sees is not what is going to happen …
      differed ||= seen?.observation !== step.observation;
      // … and what happens is what would have happened without it.
      expect(step).toEqual(alone.step(2));
      if (step.terminated || step.truncated) for (const env of [played, alone]) env.reset(Random.fromSeed(t + 10));
    }
    expect(differed).toBe(true);
  });

  it("is nothing for others, and a sentence where the state cannot be put back", () => {
    const { snapshot: _, restore: __, fresh: ___, ...bare } = walk();
    expect(lookAhead({}, () => bare)(walk(), Random.fromSeed(0))).toBeUndefined();
    expect(() => lookAhead(planner, () => bare)).toThrow(
      "the policy looks ahead: it needs an environment whose state can be saved and put back; Walk-v0 has no snapshot() and restore()",
    );
  });
});
