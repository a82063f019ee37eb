import {
  buildMdp,
  cliffWalking,
  type FiniteMdp,
  frozenLake,
  garnet,
  gridMdp,
  largeGridMdp,
  taxi,
} from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { actionValues, bellmanBackup } from "./bellman.js";
import { deterministicPolicy } from "./exact.js";
import { evaluationSweep, policyChain } from "./policy-chain.js";
import { naturalOrder, outwardOrder, sweepsOf } from "./sweeps.js";

const discount = 0.9;

/** On a ring of 60: all actions share the `reach` states ahead; every `period`-th state has weights and rewards of its own kind. */
function ring(numActions: number, reach: number, period: number): FiniteMdp {
  const numStates = 60;
  return buildMdp({ numStates, numActions, initial: 0 }, (state, action, add) => {
    const kind = state % period === 0 ? 1 + (state % 7) : 0;
    const total = (reach * (reach + 1)) / 2 + reach * (action + kind);
    for (let ahead = 1; ahead <= reach; ahead++) {
      add((ahead + action + kind) / total, (state + ahead) % numStates, action - kind, state === 0 && ahead === 1);
    }
  });
}

const problems: [string, FiniteMdp][] = [
  ["FrozenLake", frozenLake().mdp()],
  ["CliffWalking", cliffWalking().mdp()],
  ["Taxi", taxi().mdp()],
  ["a grid", gridMdp(["S..#", "..#.", "...G"])],
  ["a Garnet", garnet({ states: 30, actions: 3, branching: 4, seed: 5 })],
  ["a dense Garnet", garnet({ states: 12, actions: 6, branching: 12, seed: 6 })],
  ...[2, 4, 5, 8, 9].flatMap((actions) =>
    [1, 3, 5, 6].flatMap((reach) =>
      [1, 2, 60].map((period): [string, FiniteMdp] => [
        `a ring of ${actions} actions, ${reach} successors, period ${period}`,
        ring(actions, reach, period),
      ]),
    ),
  ),
  ["a ring of states of different sizes", mixedRing()],
  ["a grid with rewards of their own for all cells", largeGridMdp({ rows: 6, columns: 9 })],
  ...[1, 4, 6].map((actions): [string, FiniteMdp] => [
    `a ring of ${actions} actions with rewards of their own for all states`,
    costRing(actions),
  ]),
];

/** The same weights everywhere, and rewards that no two states share. */
function costRing(numActions: number): FiniteMdp {
  return buildMdp({ numStates: 40, numActions, initial: 0 }, (state, action, add) => {
    for (let ahead = 1; ahead <= 3; ahead++) {
      add((ahead + action) / (6 + 3 * action), (state + ahead) % 40, state * 10 + action, false);
    }
  });
}

/** States of 1, 2, 3 and 8 successors in turn: their blocks of weights differ in length. */
function mixedRing(): FiniteMdp {
  return buildMdp({ numStates: 40, numActions: 5, initial: 0 }, (state, action, add) => {
    const reach = [8, 1, 3, 1, 8, 2, 3, 8][state % 8];
    for (let ahead = 1; ahead <= reach; ahead++) add(1 / reach, (state + ahead) % 40, action * (state % 2), false);
  });
}

describe.each(problems)("sweeps of %s", (_, mdp) => {
  const { numStates, numActions } = mdp;
  const someValues = Float64Array.from({ length: numStates }, (_, state) => ((state * 37) % 101) / 10 - 4);

  it.each(["natural", "outward"])("back up as the Bellman operator does, in %s order", (kind) => {
    const order = kind === "natural" ? naturalOrder(numStates) : outwardOrder(mdp);
    const sweeps = sweepsOf(mdp, discount, order);
    const expected = new Float64Array(numStates);
    const residual = bellmanBackup(mdp, someValues, discount, expected);
    const q = actionValues(mdp, someValues, discount);
    const values = Float64Array.from(order, (state) => someValues[state]);
    const out = new Float64Array(numStates);
    const actions = new Int32Array(numStates);

    expect(sweeps.backup(values, out)).toBeCloseTo(residual, 12);
    for (let position = 0; position < numStates; position++) {
      expect(out[position]).toBeCloseTo(expected[order[position]], 12);
    }
    expect(sweeps.backup(values, out, actions)).toBeCloseTo(residual, 12);
    for (let position = 0; position < numStates; position++) {
      expect(out[position]).toBeCloseTo(expected[order[position]], 12);
      expect(q[order[position] * numActions + actions[position]]).toBeCloseTo(expected[order[position]], 12);
    }
  });

  it("evaluate a policy in place as its chain does", () => {
    const sweeps = sweepsOf(mdp, discount);
    const actions = Int32Array.from({ length: numStates }, (_, state) => (state * 5) % numActions);
    const chain = policyChain(mdp, deterministicPolicy(actions, numActions));
    const expected = someValues.slice();
    const values = someValues.slice();
    for (let sweep = 0; sweep < 3; sweep++) {
      const change = evaluationSweep(chain, discount, expected, expected);
      expect(sweeps.evaluate(actions, values)).toBeCloseTo(change, 12);
    }
    for (let state = 0; state < numStates; state++) expect(values[state]).toBeCloseTo(expected[state], 12);
  });
});
