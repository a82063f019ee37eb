/**
 * A finite Markov decision process ⟨S, A, p, r, ρ₀, γ, H⟩ as plain data: states 0 … S − 1, actions 0 … A − 1, every action possible in
 * every state. Made by `buildMdp`, `mdpFromTable` or `mdpFromJson`, which check it; not to be changed afterwards.
 *
 * The transitions lie in compressed rows, one for each pair (s, a): those of row s·A + a are
 * k = rowStart[s·A + a] … rowStart[s·A + a + 1] − 1. The same successor may stand in a row more than once.
 *
 *     Q(s, a) = Σ_k probability[k] · (reward[k] + γ · (1 − terminated[k]) · V(nextState[k]))
 *             = expectedReward[s·A + a] + γ · Σ_k probability[k] · (1 − terminated[k]) · V(nextState[k])
 */

import { shown } from "@advantage/engine";
export interface FiniteMdp {
  /** S */
  readonly numStates: number;
  /** A */
  readonly numActions: number;
  /** [S·A + 1] */
  readonly rowStart: Int32Array;
  /** s′ of each transition  [N] */
  readonly nextState: Int32Array;
  /** p(s′ | s, a) of each transition; every row sums to 1  [N] */
  readonly probability: Float64Array;
  /** r of each transition: in single precision where that loses nothing, which is half the memory, else in double  [N] */
  readonly reward: RewardArray;
  /** 1 where the task ends with the transition: value functions do not bootstrap through it, whatever s′ is.  [N] */
  readonly terminated: Uint8Array;
  /** r(s, a) = Σ_k probability[k] · reward[k]  [S·A] */
  readonly expectedReward: Float64Array;
  /** ρ₀, sums to 1  [S] */
  readonly initial: Float64Array;
  /** 1 for the states declared terminal: absorbing, with reward 0  [S] */
  readonly terminal: Uint8Array;
  /** Whether some transition ends the task. Without one the task is continuing and γ must be below 1. */
  readonly episodic: boolean;
  /** γ, if the problem comes with one */
  readonly discount?: number;
  /** H: the number of steps after which an episode is cut, if there is one */
  readonly horizon?: number;
  /** Where the states lie on a map, for pictures */
  readonly layout?: MdpLayout;
}

/** What a `Float32Array` and a `Float64Array` have in common. */
export interface RewardArray extends ArrayLike<number>, Iterable<number> {
  readonly byteLength: number;
  reduce(add: (sum: number, reward: number) => number, start: number): number;
}

/** Where states lie on a map of rows × columns cells, for heat maps and arrows. */
export interface MdpLayout {
  readonly rows: number;
  readonly columns: number;
  /** Row of each state from the top, −1 if it is not on the map  [S] */
  readonly row: Int32Array;
  /** Column of each state from the left, −1 if it is not on the map  [S] */
  readonly column: Int32Array;
  /** The map's characters, one string for each row: see `gridworld` for their meanings */
  readonly map: readonly string[];
  /** What each action does to (row, column), for arrows; null for an action that is not a move  [A] */
  readonly moves?: readonly (readonly [rows: number, columns: number] | null)[];
  /** If several states share a cell: which of the `panels`, maps drawn side by side, each state belongs to  [S] */
  readonly panel?: Int32Array;
  /** The panels' titles */
  readonly panels?: readonly string[];
}

/** One entry of a transition table as Gymnasium writes it. `done` is true or 1 where the task ends. */
export type Transition = readonly [probability: number, nextState: number, reward: number, done: boolean | number];

/** transitions[s][a] = [[probability, next state, reward, done], …] */
export type TransitionTable = readonly (readonly (readonly Transition[])[])[];

/** What an MDP has beside its transitions. */
export interface MdpOptions {
  /** ρ₀ as probabilities [S], or the one start state. */
  readonly initial: number | ArrayLike<number>;
  /**
   * States declared terminal: every transition into one ends the task. Their own rows may be left empty; otherwise they must be
   * absorbing with reward 0.
   */
  readonly terminal?: ArrayLike<number>;
  /** γ in [0, 1] */
  readonly discount?: number;
  /** H, an integer ≥ 1 */
  readonly horizon?: number;
  readonly layout?: MdpLayout;
}

/** Adds one transition to the row being written. */
export type AddTransition = (probability: number, nextState: number, reward: number, terminated: boolean) => void;

/** Size of a finite MDP that is built row by row. */
export interface BuildMdpOptions extends MdpOptions {
  readonly numStates: number;
  readonly numActions: number;
  /** How many transitions to expect in all; if it is right the arrays are allocated once. Default: one for each row. */
  readonly capacity?: number;
}

/** How far a sum of probabilities may be from 1. */
const SUM_TOLERANCE = 1e-9;

/**
 * An MDP from a function that writes its rows: `writeRow(s, a, add)` is called once for each pair, in order, and calls `add` for each
 * transition. Nothing is allocated for a row or a transition beside the arrays of the result.
 *
 * @throws RangeError in one sentence that names the row, if the result is not an MDP
 */
export function buildMdp(
  options: BuildMdpOptions,
  writeRow: (state: number, action: number, add: AddTransition) => void,
): FiniteMdp {
  const { numStates, numActions } = options;
  requireCount("numStates", numStates);
  requireCount("numActions", numActions);
  const numRows = numStates * numActions;
  const terminal = terminalStates(options.terminal, numStates);
  const rowStart = new Int32Array(numRows + 1);
  const size = options.capacity ?? numRows;
  requireCount("capacity", size);
  let nextState = new Int32Array(size);
  let probability = new Float64Array(size);
  let reward: Float32Array | Float64Array = new Float32Array(size);
  let single = true; // no reward has needed more so far
  let terminated = new Uint8Array(size);
  let count = 0;

  const resize = (length: number) => {
    nextState = resized(nextState, new Int32Array(length));
    probability = resized(probability, new Float64Array(length));
    reward = resized(reward, single ? new Float32Array(length) : new Float64Array(length));
    terminated = resized(terminated, new Uint8Array(length));
  };
  let state = 0;
  let action = 0;
  const add: AddTransition = (p, next, r, ends) => {
    if (!(next >= 0 && next < numStates) || next !== Math.floor(next)) {
      throw new RangeError(
        `next state of ${rowName(state, action)} must be an integer in [0, ${numStates - 1}], got ${next}`,
      );
    }
    if (count === nextState.length) resize(2 * count);
    nextState[count] = next;
    probability[count] = p;
    if (single && Math.fround(r) !== r) {
      single = false;
      reward = resized(reward, new Float64Array(reward.length));
    }
    reward[count] = r;
    terminated[count] = ends || terminal[next] === 1 ? 1 : 0;
    count += 1;
  };
  const expectedReward = new Float64Array(numRows);
  let episodic = false;
  /**
   * Checks the row that has been written and notes its expected reward. Row by row, and not all of them at the end, because a short function is compiled sooner than a long
   * loop: until then every number is garbage.
   */
  const endRow = (row: number): void => {
    const from = rowStart[row];
    if (from === count) throw new RangeError(`${rowName(state, action)} must have at least 1 transition, got none`);
    let sum = 0;
    let mean = 0;
    for (let k = from; k < count; k++) {
      const p = probability[k];
      const r = reward[k];
      if (!(p >= 0 && p <= 1 && Math.abs(r) < Infinity)) throw wrongTransition(k);
      if (terminal[state] === 1 && p > 0 && (nextState[k] !== state || r !== 0)) throw wrongTransition(k);
      if (terminated[k] === 1 && p > 0 && terminal[state] === 0) episodic = true;
      sum += p;
      mean += p * r;
    }
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) throw wrongSum(sum);
    expectedReward[row] = mean;
    rowStart[row + 1] = count;
  };
  const wrongTransition = (k: number): RangeError => {
    const row = rowName(state, action);
    const p = probability[k];
    const r = reward[k];
    if (!(p >= 0 && p <= 1)) return new RangeError(`transition probabilities of ${row} must be in [0, 1], got ${p}`);
    if (!(Math.abs(r) < Infinity)) return new RangeError(`rewards of ${row} must be finite, got ${r}`);
    return new RangeError(
      `${row}: a terminal state must be absorbing with reward 0, got a transition to state ${nextState[k]} with reward ${r}`,
    );
  };
  const wrongSum = (sum: number): RangeError =>
    new RangeError(
      `transition probabilities of ${rowName(state, action)} must sum to 1, got ${Number(sum.toPrecision(12))}`,
    );
  const initial = initialDistribution(options.initial, numStates);
  // Of its own for the same reason.
  const writeState = (): void => {
    for (action = 0; action < numActions; action++) {
      const row = state * numActions + action;
      writeRow(state, action, add);
      if (count === rowStart[row] && terminal[state] === 1) add(1, state, 0, true);
      endRow(row);
    }
  };
  for (state = 0; state < numStates; state++) writeState();
  if (count < nextState.length) resize(count);

  const transitions = { numStates, numActions, rowStart, nextState, probability, reward, terminated };
  const { discount, horizon, layout } = options;
  if (horizon !== undefined) requireCount("horizon", horizon);
  if (discount !== undefined) requireDiscount({ episodic, horizon }, discount);
  if (layout !== undefined) requireLayout(layout, numStates, numActions);
  return { ...transitions, expectedReward, initial, terminal, episodic, discount, horizon, layout };
}

/**
 * An MDP from a table, transitions[s][a] = [[probability, next state, reward, done], …], as Gymnasium's toy-text environments write it.
 * The order of the entries is kept.
 *
 * @throws RangeError in one sentence that names the row, if the table is not an MDP
 */
export function mdpFromTable(transitions: TransitionTable, options: MdpOptions): FiniteMdp {
  if (!Array.isArray(transitions) || transitions.length === 0) {
    throw new RangeError("transitions must be an array with a row of actions for each state, got none");
  }
  const numStates = transitions.length;
  const numActions = Array.isArray(transitions[0]) ? transitions[0].length : 0;
  let capacity = 0;
  for (let state = 0; state < numStates; state++) {
    const actions = transitions[state] as unknown;
    if (!Array.isArray(actions) || actions.length !== numActions || numActions === 0) {
      const got = Array.isArray(actions) ? actions.length : String(actions);
      throw new RangeError(
        `transitions of state ${state} must be an array of ${numActions || "at least 1"} actions, got ${got}`,
      );
    }
    for (let action = 0; action < numActions; action++) {
      const row = actions[action] as unknown;
      if (!Array.isArray(row)) {
        throw new RangeError(
          `transitions of ${rowName(state, action)} must be an array of [probability, next state, reward, done], got ${shown(row)}`,
        );
      }
      row.forEach((entry, k) => {
        requireTransition(entry, state, action, k);
      });
      capacity += row.length;
    }
  }
  return buildMdp({ ...options, numStates, numActions, capacity: Math.max(1, capacity) }, (state, action, add) => {
    for (const [p, next, r, done] of transitions[state][action]) add(p, next, r, done === true || done === 1);
  });
}

/** The transitions as a table, the inverse of `mdpFromTable`. */
export function mdpToTable(mdp: FiniteMdp): [number, number, number, boolean][][][] {
  const { numStates, numActions, rowStart, nextState, probability, reward, terminated } = mdp;
  return Array.from({ length: numStates }, (_, state) =>
    Array.from({ length: numActions }, (_, action) => {
      const row: [number, number, number, boolean][] = [];
      const from = state * numActions + action;
      for (let k = rowStart[from]; k < rowStart[from + 1]; k++) {
        row.push([probability[k], nextState[k], reward[k], terminated[k] === 1]);
      }
      return row;
    }),
  );
}

/**
 * Throws unless γ is in [0, 1], and below 1 if nothing ends the task: its values would be infinite. Returns γ.
 * What every solver asks of the discount it is given.
 */
export function requireDiscount(mdp: Pick<FiniteMdp, "episodic" | "horizon">, discount: number): number {
  if (!(discount >= 0 && discount <= 1)) throw new RangeError(`discount must be in [0, 1], got ${discount}`);
  if (discount === 1 && !mdp.episodic && mdp.horizon === undefined) {
    throw new RangeError(
      "discount must be below 1 for a continuing task (no transition ends it and it has no horizon), got 1",
    );
  }
  return discount;
}

function initialDistribution(initial: number | ArrayLike<number>, numStates: number): Float64Array {
  const rho = new Float64Array(numStates);
  if (typeof initial === "number") {
    if (!Number.isInteger(initial) || initial < 0 || initial >= numStates) {
      throw new RangeError(`the initial state must be an integer in [0, ${numStates - 1}], got ${initial}`);
    }
    rho[initial] = 1;
    return rho;
  }
  if (initial?.length !== numStates) {
    throw new RangeError(
      `initial must be a state or ${numStates} probabilities, one for each state, got ${initial?.length ?? initial}`,
    );
  }
  let sum = 0;
  for (let state = 0; state < numStates; state++) {
    const p = initial[state];
    if (typeof p !== "number" || !(p >= 0 && p <= 1)) {
      throw new RangeError(`initial probability of state ${state} must be in [0, 1], got ${p}`);
    }
    rho[state] = p;
    sum += p;
  }
  if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
    throw new RangeError(`initial probabilities must sum to 1, got ${Number(sum.toPrecision(12))}`);
  }
  return rho;
}

function terminalStates(states: ArrayLike<number> | undefined, numStates: number): Uint8Array {
  const terminal = new Uint8Array(numStates);
  for (let i = 0; i < (states?.length ?? 0); i++) {
    const state = states?.[i] as number;
    if (!Number.isInteger(state) || state < 0 || state >= numStates) {
      throw new RangeError(`terminal states must be integers in [0, ${numStates - 1}], got ${state}`);
    }
    terminal[state] = 1;
  }
  return terminal;
}

function requireLayout(layout: MdpLayout, numStates: number, numActions: number): void {
  const { rows, columns, row, column, map, moves, panel, panels } = layout;
  requireCount("layout rows", rows);
  requireCount("layout columns", columns);
  if (row?.length !== numStates || column?.length !== numStates) {
    throw new RangeError(`the layout must give a row and a column for each of ${numStates} states`);
  }
  for (let state = 0; state < numStates; state++) {
    const off = row[state] === -1 && column[state] === -1;
    const on = row[state] >= 0 && row[state] < rows && column[state] >= 0 && column[state] < columns;
    if (!off && !on) {
      throw new RangeError(
        `layout: state ${state} must lie on the ${rows} × ${columns} map or at (−1, −1), got (${row[state]}, ${column[state]})`,
      );
    }
  }
  if (map?.length !== rows || map.some((line) => line.length !== columns)) {
    throw new RangeError(`the layout's map must be ${rows} strings of ${columns} characters`);
  }
  if (moves !== undefined && moves.length !== numActions) {
    throw new RangeError(`the layout's moves must be one for each of ${numActions} actions, got ${moves.length}`);
  }
  if ((panel === undefined) !== (panels === undefined)) {
    throw new RangeError("the layout's panel and panels go together: one of them is missing");
  }
  if (panel !== undefined && panels !== undefined) {
    const known = panel.length === numStates && panel.every((index) => index >= 0 && index < panels.length);
    if (!known) throw new RangeError(`the layout's panel must name one of ${panels.length} panels for each state`);
  }
}

function requireTransition(entry: unknown, state: number, action: number, index: number): void {
  const whole = Array.isArray(entry) && entry.length === 4;
  const numbers = whole && entry.slice(0, 3).every((part) => typeof part === "number");
  const flag = whole && (typeof entry[3] === "boolean" || entry[3] === 0 || entry[3] === 1);
  if (!numbers || !flag) {
    throw new RangeError(
      `transition ${index} of ${rowName(state, action)} must be [probability, next state, reward, done], got ${shown(entry)}`,
    );
  }
}

function rowName(state: number, action: number): string {
  return `state ${state}, action ${action}`;
}

function requireCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be an integer >= 1, got ${value}`);
}

/** `to`, holding as much of `from` as fits. */
function resized<T extends Int32Array | Float32Array | Float64Array | Uint8Array>(
  from: Int32Array | Float32Array | Float64Array | Uint8Array,
  to: T,
): T {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  return to;
}
