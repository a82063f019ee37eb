import { printable, shown } from "@advantage/engine";
import { type FiniteMdp, type MdpLayout, mdpFromTable, mdpToTable, type TransitionTable } from "./finite-mdp.js";

/** An MDP in JSON. `states` and `actions` may be left out: the table says them. */
export interface MdpJson {
  readonly kind: "finite-mdp";
  readonly states?: number;
  readonly actions?: number;
  /** transitions[s][a] = [[probability, next state, reward, done], …], done true, false, 1 or 0 */
  readonly transitions: TransitionTable;
  /** ρ₀: the one start state, or a probability for each state. */
  readonly initial: number | readonly number[];
  /** States that are absorbing with reward 0; their rows may be empty: [] */
  readonly terminal?: readonly number[];
  readonly discount?: number;
  readonly horizon?: number;
  readonly layout?: MdpLayoutJson;
}

/** `MdpLayout` with plain arrays. */
export interface MdpLayoutJson extends Omit<MdpLayout, "row" | "column" | "panel"> {
  readonly row: readonly number[];
  readonly column: readonly number[];
  readonly panel?: readonly number[];
}

const FIELDS = ["kind", "states", "actions", "transitions", "initial", "terminal", "discount", "horizon", "layout"];
const LAYOUT_FIELDS = ["rows", "columns", "row", "column", "map", "moves", "panel", "panels"];

/**
 * The MDP that a JSON form (`MdpJson`, parsed) describes.
 *
 * @throws TypeError or RangeError in one sentence that names the field or the row, if it describes none
 */
export function mdpFromJson(json: unknown): FiniteMdp {
  const form = requireObject("an MDP", json, FIELDS);
  if (form.kind !== "finite-mdp") {
    throw new TypeError(`an MDP's kind must be "finite-mdp", got ${shown(form.kind)}`);
  }
  for (const name of ["transitions", "initial"])
    if (!Object.hasOwn(form, name)) throw new TypeError(`an MDP must have '${name}'`);
  const { states, actions, transitions, initial, terminal, discount, horizon } = form as unknown as MdpJson;
  if (typeof initial !== "number") requireNumbers("initial", initial);
  if (terminal !== undefined) requireNumbers("terminal", terminal);
  for (const [name, value] of Object.entries({ states, actions, discount, horizon })) {
    if (value !== undefined && typeof value !== "number") {
      throw new TypeError(`${name} of an MDP must be a number, got ${shown(value)}`);
    }
  }
  const layout = form.layout === undefined ? undefined : layoutFromJson(form.layout);
  const mdp = mdpFromTable(transitions, { initial, terminal, discount, horizon, layout });
  if (states !== undefined && states !== mdp.numStates) {
    throw new RangeError(`transitions must have a row for each of ${states} states, got ${mdp.numStates}`);
  }
  if (actions !== undefined && actions !== mdp.numActions) {
    throw new RangeError(`transitions must have a row for each of ${actions} actions, got ${mdp.numActions}`);
  }
  return mdp;
}

/** The JSON form that `mdpFromJson` reads back, number for number. */
export function mdpToJson(mdp: FiniteMdp): MdpJson {
  const { layout } = mdp;
  const terminal = Array.from(mdp.terminal.keys()).filter((state) => mdp.terminal[state] === 1);
  const start = mdp.initial.indexOf(1);
  return {
    kind: "finite-mdp",
    states: mdp.numStates,
    actions: mdp.numActions,
    initial: start >= 0 ? start : Array.from(mdp.initial),
    ...(terminal.length > 0 && { terminal }),
    ...(mdp.discount !== undefined && { discount: mdp.discount }),
    ...(mdp.horizon !== undefined && { horizon: mdp.horizon }),
    ...(layout !== undefined && { layout: layoutToJson(layout) }),
    transitions: mdpToTable(mdp),
  };
}

function layoutToJson({ row, column, panel, ...rest }: MdpLayout): MdpLayoutJson {
  return {
    ...rest,
    row: Array.from(row),
    column: Array.from(column),
    ...(panel !== undefined && { panel: Array.from(panel) }),
  };
}

function layoutFromJson(json: unknown): MdpLayout {
  const form = requireObject("the layout of an MDP", json, LAYOUT_FIELDS) as unknown as MdpLayoutJson;
  requireIntegers("layout.row", form.row);
  requireIntegers("layout.column", form.column);
  if (form.panel !== undefined) requireIntegers("layout.panel", form.panel);
  const { moves, panels } = form;
  if (panels !== undefined && !(Array.isArray(panels) && panels.every((title) => typeof title === "string"))) {
    throw new TypeError(`layout.panels of an MDP must be an array of texts, got ${shown(panels)}`);
  }
  if (moves !== undefined && !(Array.isArray(moves) && moves.every(isMove))) {
    throw new TypeError(`layout.moves of an MDP must be an array of [rows, columns] or null, got ${shown(moves)}`);
  }
  if (!Array.isArray(form.map) || !form.map.every((line) => typeof line === "string")) {
    throw new TypeError(`layout.map of an MDP must be an array of strings, got ${shown(form.map)}`);
  }
  return {
    ...form,
    row: Int32Array.from(form.row),
    column: Int32Array.from(form.column),
    ...(form.panel !== undefined && { panel: Int32Array.from(form.panel) }),
  } as MdpLayout;
}

function isMove(move: unknown): boolean {
  return move === null || (Array.isArray(move) && move.length === 2 && move.every(Number.isSafeInteger));
}

function requireIntegers(name: string, value: unknown): void {
  requireNumbers(name, value);
  const wrong = (value as number[]).find((part) => !Number.isSafeInteger(part));
  if (wrong !== undefined) throw new TypeError(`${name} of an MDP must hold whole numbers, got ${wrong}`);
}

function requireObject(what: string, json: unknown, fields: readonly string[]): Record<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TypeError(`${what} must be an object, got ${shown(json)}`);
  }
  for (const key of Object.keys(json)) {
    if (!fields.includes(key))
      throw new TypeError(`${what} has the fields ${fields.join(", ")}, got ${printable(key.slice(0, 60))}`);
  }
  return json as Record<string, unknown>;
}

function requireNumbers(name: string, value: unknown): void {
  if (!Array.isArray(value) || !value.every((part) => typeof part === "number")) {
    throw new TypeError(`${name} of an MDP must be an array of numbers, got ${shown(value)}`);
  }
}
