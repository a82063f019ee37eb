/**
 * What an algorithm shows of what it learnt, beside its learning curves: plain data, drawn by the report and the playground.
 */
export type Figure = GridFigure | CurvesFigure | TableFigure | TreeFigure | TextFigure;

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

/** A line of a figure: y over x, with a band around it where both ends are given. */
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

/** What a planner saw ahead: the root is the state that it is in. Drawn in full, so up to some hundred nodes. */
export interface TreeFigure extends Described {
  readonly kind: "tree";
  readonly root: TreeNode;
}

/** A node of a drawn tree, with its children. */
export interface TreeNode {
  /** What leads here: an action, a chance; at the root, what the tree is of. */
  readonly label: string;
  /** What the node is worth, which is its colour; absent where that is not known. */
  readonly value?: number;
  /** How often it was visited: the width of the way to it. */
  readonly visits?: number;
  /** Whether the way to it is the one that is taken. */
  readonly chosen?: boolean;
  readonly children?: readonly TreeNode[];
}

/** Passages of text one below the other: what a model was given, what it wrote, and what that was worth. */
export interface TextFigure extends Described {
  readonly kind: "text";
  readonly passages: readonly Passage[];
}

/** A text in a figure, with what it is. */
export interface Passage {
  /** "prompt", "answer of step 400". */
  readonly label: string;
  /** As it is: line breaks stay. */
  readonly text: string;
  /** A reward, a log-probability; drawn beside the label. */
  readonly value?: number;
}
