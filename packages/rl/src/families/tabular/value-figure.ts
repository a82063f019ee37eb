import type { FiniteMdp } from "@advantage/envs";
import type { Figure } from "../../core/index.js";
import { greedyActions } from "../../maths/index.js";

/** States that a table shows where there is no map. */
const TABLE_STATES = 64;

/** What a picture of values over the states shows. */
export interface ValueFigureParts {
  readonly mdp: FiniteMdp;
  /** V, or any number for each state  [S] */
  readonly values: ArrayLike<number>;
  /** Q, for arrows at the greedy actions  [S·A] */
  readonly actionValues?: Float64Array;
  /** Shown instead of the greedy actions: those that this policy takes with the largest probability  [S·A] */
  readonly policy?: Float64Array;
  readonly title: string;
  readonly caption: string;
}

/**
 * Numbers of states as pictures: on the map of the MDP, one for each of its panels, with the greedy actions as arrows; as a table of the first
 * states where there is no map.
 */
export function valueFigures(parts: ValueFigureParts): Figure[] {
  const { mdp } = parts;
  const { layout } = mdp;
  if (layout === undefined) return [tableFigure(parts)];
  const panels = layout.panels ?? [""];
  return panels.map((panel, index) => gridFigure(parts, layout, panel, index));
}

function gridFigure(
  { mdp, values, actionValues, policy, title, caption }: ValueFigureParts,
  layout: NonNullable<FiniteMdp["layout"]>,
  panel: string,
  index: number,
): Figure {
  const { rows, columns, row, column, moves } = layout;
  const preferred = policy ?? actionValues;
  const cells: (number | null)[] = new Array(rows * columns).fill(null);
  const arrows: [number, number][][] = Array.from({ length: rows * columns }, () => []);
  for (let state = 0; state < mdp.numStates; state++) {
    if (row[state] < 0 || (layout.panel?.[state] ?? 0) !== index) continue;
    const cell = row[state] * columns + column[state];
    cells[cell] = values[state];
    if (preferred === undefined || moves === undefined || endsHere(mdp, state)) continue;
    for (const action of greedyActions(preferred, mdp.numActions, state)) {
      const move = moves[action];
      if (move) arrows[cell].push([move[1], move[0]]);
    }
  }
  return {
    kind: "grid",
    title: panel === "" ? title : `${title}: ${panel}`,
    caption,
    rows,
    columns,
    values: cells,
    ...(preferred !== undefined && moves !== undefined && { arrows }),
    labels: layout.map,
  };
}

function tableFigure({ mdp, values, actionValues, policy, title, caption }: ValueFigureParts): Figure {
  const preferred = policy ?? actionValues;
  const shown = Math.min(mdp.numStates, TABLE_STATES);
  const rest = mdp.numStates > shown ? ` The first ${shown} of ${mdp.numStates.toLocaleString("en-US")} states.` : "";
  return {
    kind: "table",
    title,
    caption: `${caption}${rest}`,
    columns: ["state", "value", ...(preferred === undefined ? [] : ["actions"])],
    rows: Array.from({ length: shown }, (_, state) => [
      state,
      values[state],
      ...(preferred === undefined ? [] : [greedyActions(preferred, mdp.numActions, state).join(", ")]),
    ]),
  };
}

/** Whether every action ends the task in place: holes, goals. Nothing is chosen there. */
function endsHere(mdp: FiniteMdp, state: number): boolean {
  if (mdp.terminal[state] === 1) return true;
  for (let k = mdp.rowStart[state * mdp.numActions]; k < mdp.rowStart[(state + 1) * mdp.numActions]; k++) {
    if (mdp.terminated[k] === 0 || mdp.nextState[k] !== state) return false;
  }
  return true;
}
