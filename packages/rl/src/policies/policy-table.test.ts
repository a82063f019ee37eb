import { discrete, multiDiscrete } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Policy } from "../core/policy.js";
import { policyTable } from "./policy-table.js";
import { stateIndex, tabularPolicy } from "./tabular-policy.js";

describe("policyTable", () => {
  it("gives a tabular policy back, over observations of several parts and spaces that do not start at 0", () => {
    for (const observationSpace of [multiDiscrete([2, 3]), discrete(6, 10)]) {
      const probabilities = Float64Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? i / 20 : 1 - (i - 1) / 20));
      const actionSpace = discrete(2, 5);
      const policy = tabularPolicy({ algorithm: "a", environment: "e", observationSpace, actionSpace, probabilities });
      expect(policyTable(policy)).toEqual(probabilities);
    }
  });

  it("takes the action of a policy that does not say its probabilities", () => {
    const observationSpace = discrete(3, 1);
    const act = (observation: unknown) => 4 + (stateIndex(observationSpace, observation) % 2);
    const policy = { observationSpace, actionSpace: discrete(2, 4), act } as unknown as Policy;
    expect([...policyTable(policy)]).toEqual([1, 0, 0, 1, 1, 0]);
  });

  it("refuses what cannot be a table", () => {
    const policy = { observationSpace: discrete(2), actionSpace: discrete(2), memory: () => ({}) } as unknown as Policy;
    expect(() => policyTable(policy)).toThrow("the policy must not remember: a table knows only the state");
  });
});
