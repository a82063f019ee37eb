import { expect, test } from "vitest";
import {
  buildMdp,
  type MdpOptions,
  mdpFromTable,
  mdpToTable,
  requireDiscount,
  type TransitionTable,
} from "./finite-mdp.js";
import { mdpFromJson, mdpToJson } from "./mdp-json.js";
import { actionValues, policyValues } from "./testing/policy-values.js";

// Two states and an end: from 0, action 0 stays for reward 1 or goes on to 1, action 1 goes on to 1; from 1 everything ends with 2 or −2.
const table: TransitionTable = [
  [
    [
      [0.25, 0, 1, false],
      [0.75, 1, 3, false],
    ],
    [[1, 1, 0, 0]],
  ],
  [[[1, 2, 2, true]], [[1, 2, -2, 1]]],
  [[], []],
];
const options: MdpOptions = { initial: 0, terminal: [2] };

test("rows, expected rewards, terminal states", () => {
  const mdp = mdpFromTable(table, { ...options, discount: 0.5, horizon: 7 });
  expect([mdp.numStates, mdp.numActions, mdp.discount, mdp.horizon, mdp.episodic]).toEqual([3, 2, 0.5, 7, true]);
  expect(mdp.rowStart).toEqual(Int32Array.of(0, 2, 3, 4, 5, 6, 7));
  expect(mdp.nextState).toEqual(Int32Array.of(0, 1, 1, 2, 2, 2, 2));
  expect(mdp.probability).toEqual(Float64Array.of(0.25, 0.75, 1, 1, 1, 1, 1));
  expect(mdp.reward).toEqual(Float32Array.of(1, 3, 0, 2, -2, 0, 0));
  expect(mdp.terminated).toEqual(Uint8Array.of(0, 0, 0, 1, 1, 1, 1));
  expect(mdp.expectedReward).toEqual(Float64Array.of(2.5, 0, 2, -2, 0, 0)); // ¼·1 + ¾·3
  expect(mdp.initial).toEqual(Float64Array.of(1, 0, 0));
  expect(mdp.terminal).toEqual(Uint8Array.of(0, 0, 1));
});

test("V^π worked out by hand", () => {
  // π always takes action 0, γ = ½: V(1) = 2, V(0) = 2.5 + ½(¼V(0) + ¾·2) ⇒ V(0)·7/8 = 3.25
  const mdp = mdpFromTable(table, options);
  const values = policyValues(
    mdp,
    [
      [1, 0],
      [1, 0],
      [1, 0],
    ],
    0.5,
  );
  expect(values[0]).toBeCloseTo(26 / 7, 14);
  expect(values.slice(1)).toEqual([2, 0]);
  expect(actionValues(mdp, values, 0.5)[0][1]).toBe(1); // 0 + ½·2
});

test("a transition into a terminal state ends the task whether it says so or not", () => {
  const mdp = mdpFromTable([[[[1, 1, 1, false]]], [[[1, 1, 0, false]]]], { initial: 0, terminal: [1] });
  expect(mdp.terminated).toEqual(Uint8Array.of(1, 1));
  expect(mdp.episodic).toBe(true);
});

test("buildMdp gives the same whatever capacity it was told", () => {
  const build = (capacity?: number) =>
    buildMdp({ ...options, numStates: 3, numActions: 2, capacity }, (s, a, add) => {
      for (const [p, next, r, done] of table[s][a]) add(p, next, r, Boolean(done));
    });
  for (const capacity of [undefined, 1, 7, 1000]) expect(build(capacity)).toEqual(mdpFromTable(table, options));
});

test("rewards stand in double precision as soon as one of them needs it", () => {
  const rewards = [1, -0.5, 2 ** 24, 0.1, 3, 2 ** 24 + 1];
  const build = (used: readonly number[], capacity: number) =>
    buildMdp({ numStates: 1, numActions: used.length, initial: 0, capacity }, (_, a, add) => add(1, 0, used[a], false));
  for (const capacity of [1, 4, 6, 10]) {
    expect(build(rewards.slice(0, 3), capacity).reward).toEqual(Float32Array.of(1, -0.5, 2 ** 24));
    expect(build(rewards, capacity).reward).toEqual(Float64Array.from(rewards));
    expect(build(rewards, capacity).expectedReward).toEqual(Float64Array.from(rewards));
  }
});

test("JSON and tables lose nothing", () => {
  const thirds: TransitionTable = [
    [
      [
        [1 / 3, 0, 0.1, false],
        [1 / 3, 1, -7, false],
        [1 - 2 / 3, 0, 0.1, true],
      ],
    ],
    [[[1, 0, 0, false]]],
  ];
  const mdp = mdpFromTable(thirds, {
    initial: [0.5, 0.5],
    discount: 1,
    layout: {
      rows: 1,
      columns: 2,
      row: Int32Array.of(0, -1),
      column: Int32Array.of(1, -1),
      map: ["#."],
      moves: [[0, 1]],
      panel: Int32Array.of(0, 0),
      panels: ["all"],
    },
  });
  expect(mdpToTable(mdp)).toEqual(thirds);
  expect(mdpFromJson(JSON.parse(JSON.stringify(mdpToJson(mdp))))).toEqual(mdp);
  const other = mdpFromTable(table, options);
  expect(mdpFromJson(JSON.parse(JSON.stringify(mdpToJson(other))))).toEqual(other);
  expect(mdpFromJson({ kind: "finite-mdp", transitions: [[[[1, 0, 1, 0]]]], initial: 0 }).expectedReward[0]).toBe(1);
});

test("what is not an MDP is refused in a sentence that names the row", () => {
  const wrong =
    (entry: unknown, more: Partial<MdpOptions> = {}) =>
    () =>
      mdpFromTable([[[[1, 0, 0, false]]], [entry as TransitionTable[0][0]]], { initial: 0, ...more });
  expect(wrong([[0.9, 0, 0, false]])).toThrow("transition probabilities of state 1, action 0 must sum to 1, got 0.9");
  expect(
    wrong([
      [0.3, 0, 0, false],
      [0.6, 0, 0, false],
    ]),
  ).toThrow(/must sum to 1, got 0\.9$/);
  expect(wrong([[1.5, 0, 0, false]])).toThrow(
    "transition probabilities of state 1, action 0 must be in [0, 1], got 1.5",
  );
  expect(wrong([[Number.NaN, 0, 0, false]])).toThrow("must be in [0, 1], got NaN");
  expect(wrong([[1, 0, Infinity, false]])).toThrow("rewards of state 1, action 0 must be finite, got Infinity");
  expect(wrong([[1, 2, 0, false]])).toThrow("next state of state 1, action 0 must be an integer in [0, 1], got 2");
  expect(wrong([[1, 0.5, 0, false]])).toThrow("got 0.5");
  expect(wrong([])).toThrow("state 1, action 0 must have at least 1 transition, got none");
  expect(wrong([[1, 0, 0]])).toThrow(
    "transition 0 of state 1, action 0 must be [probability, next state, reward, done]",
  );
  expect(wrong([[1, 0, 0, 2]])).toThrow("got [1,0,0,2]");
  expect(wrong("no")).toThrow("transitions of state 1, action 0 must be an array");
  expect(wrong([[1, 0, 0, false]], { terminal: [1] })).toThrow(
    "state 1, action 0: a terminal state must be absorbing with reward 0, got a transition to state 0 with reward 0",
  );
  expect(wrong([[1, 1, -1, false]], { terminal: [1] })).toThrow("got a transition to state 1 with reward -1");
  expect(() => mdpFromTable([[[[1, 0, 0, false]], []], [[]]], { initial: 0 })).toThrow(
    "transitions of state 1 must be an array of 2 actions, got 1",
  );
  expect(() => mdpFromTable([], { initial: 0 })).toThrow("got none");
});

test("ρ₀, γ, H and the layout are checked too", () => {
  const loop: TransitionTable = [[[[1, 0, 0, false]]], [[[1, 0, 0, false]]]];
  const withOptions = (more: Partial<MdpOptions>) => () => mdpFromTable(loop, { initial: 0, ...more });
  expect(withOptions({ initial: [0.5, 0.4] })).toThrow("initial probabilities must sum to 1, got 0.9");
  expect(withOptions({ initial: [2, -1] })).toThrow("initial probability of state 0 must be in [0, 1], got 2");
  expect(withOptions({ initial: [1] })).toThrow(
    "initial must be a state or 2 probabilities, one for each state, got 1",
  );
  expect(withOptions({ initial: 2 })).toThrow("the initial state must be an integer in [0, 1], got 2");
  expect(withOptions({ terminal: [5] })).toThrow("terminal states must be integers in [0, 1], got 5");
  expect(withOptions({ discount: 1.2 })).toThrow("discount must be in [0, 1], got 1.2");
  expect(withOptions({ discount: 1 })).toThrow(
    "discount must be below 1 for a continuing task (no transition ends it and it has no horizon), got 1",
  );
  expect(withOptions({ discount: 1, horizon: 3 })()).toMatchObject({ discount: 1, horizon: 3, episodic: false });
  expect(withOptions({ horizon: 0 })).toThrow("horizon must be an integer >= 1, got 0");
  expect(requireDiscount({ episodic: true }, 1)).toBe(1);
  expect(() => requireDiscount({ episodic: true }, Number.NaN)).toThrow("got NaN");
  const layout = { rows: 1, columns: 2, row: Int32Array.of(0, 0), column: Int32Array.of(0, 1), map: [".."] };
  expect(withOptions({ layout: { ...layout, map: ["."] } })).toThrow("map must be 1 strings of 2 characters");
  expect(withOptions({ layout: { ...layout, column: Int32Array.of(0, 2) } })).toThrow(
    "state 1 must lie on the 1 × 2 map",
  );
  expect(withOptions({ layout: { ...layout, moves: [] } })).toThrow("moves must be one for each of 1 actions, got 0");
});

test("JSON of another shape is refused by the name of the field", () => {
  const form = { kind: "finite-mdp", transitions: [[[[1, 0, 0, true]]]], initial: 0 };
  expect(() => mdpFromJson([])).toThrow("an MDP must be an object, got []");
  expect(() => mdpFromJson({ ...form, gamma: 1 })).toThrow("horizon, layout, got gamma");
  expect(() => mdpFromJson({ ...form, kind: "mdp" })).toThrow('kind must be "finite-mdp", got "mdp"');
  expect(() => mdpFromJson({ kind: "finite-mdp", initial: 0 })).toThrow("an MDP must have 'transitions'");
  expect(() => mdpFromJson({ ...form, states: 2 })).toThrow("a row for each of 2 states, got 1");
  expect(() => mdpFromJson({ ...form, actions: 2 })).toThrow("a row for each of 2 actions, got 1");
  expect(() => mdpFromJson({ ...form, discount: "0.9" })).toThrow('discount of an MDP must be a number, got "0.9"');
  expect(() => mdpFromJson({ ...form, initial: ["a"] })).toThrow("initial of an MDP must be an array of numbers");
  expect(() => mdpFromJson({ ...form, layout: { rows: 1 } })).toThrow(
    "layout.row of an MDP must be an array of numbers",
  );
});

test.each([
  [{ row: [0.5, 0] }, "layout.row of an MDP must hold whole numbers, got 0.5"],
  [{ moves: [5] }, "layout.moves of an MDP must be an array of [rows, columns] or null, got [5]"],
  [{ panel: [0, 0], panels: [1] }, "layout.panels of an MDP must be an array of texts, got [1]"],
  [{ map: [1] }, "layout.map of an MDP must be an array of strings, got [1]"],
])("a layout in JSON is checked: %j", (change, message) => {
  const layout = { rows: 1, columns: 2, row: [0, 0], column: [0, 1], map: ["SG"], moves: [[0, 1]], ...change };
  const transitions = [[[[1, 1, 1, true]]], [[]]];
  expect(() => mdpFromJson({ kind: "finite-mdp", transitions, initial: 0, terminal: [1], layout })).toThrow(message);
});
