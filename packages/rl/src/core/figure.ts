/**
 * What an algorithm shows of what it learnt, beside its learning curves: plain data, drawn by the report and the playground.
 */
export type Figure = GridFigure | CurvesFigure | TableFigure;

interface Described {
  readonly title: string;
  /** A sentence or two: what is seen, and the source. */
  readonly caption: string;
}

/** Numbers on the cells of a map: a heat map of values, with the policy as arrows. */
export interface GridFigure extends Described {
  readonly kind: "grid";
  readonly rows: number;
  readonly columns: number;
  /** Row by row; null where there is no state (a wall). */
  readonly values: readonly (number | null)[];
  /** The greedy actions of each cell as directions [Δcolumn, Δrow], rows counted downwards; several at a tie. */
  readonly arrows?: readonly (readonly (readonly [number, number])[])[];
  /** The map's characters, row by row. */
  readonly labels?: readonly string[];
}

export interface Curve {
  readonly label: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Ends of the interval around each point, drawn as a band: both or neither. */
  readonly low?: readonly number[];
  readonly high?: readonly number[];
  /** A theorem's bound or a reference, drawn dashed. */
  readonly reference?: boolean;
}

/** Lines over a common axis. */
export interface CurvesFigure extends Described {
  readonly kind: "curves";
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xLog?: boolean;
  readonly yLog?: boolean;
  readonly curves: readonly Curve[];
}

/** Rows of numbers and words. */
export interface TableFigure extends Described {
  readonly kind: "table";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
