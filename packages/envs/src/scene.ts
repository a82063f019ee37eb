/** A colour: a CSS colour, or one of the names that follow the viewer's light or dark theme. */
export type Colour = "ink" | "muted" | "faint" | "accent" | "good" | "bad" | "paper" | (string & {});

/** One drawing element, in scene units with y pointing up. */
export type Shape =
  | { readonly kind: "line"; readonly points: readonly (readonly [number, number])[]; readonly colour: Colour; readonly width: number }
  | { readonly kind: "polygon"; readonly points: readonly (readonly [number, number])[]; readonly fill: Colour }
  | { readonly kind: "circle"; readonly centre: readonly [number, number]; readonly radius: number; readonly fill: Colour }
  | { readonly kind: "text"; readonly at: readonly [number, number]; readonly text: string; readonly size: number; readonly colour: Colour };

/** A small resolution-free picture of an environment's state: drawn to a canvas in the browser, to SVG or PNG elsewhere. */
export interface Scene {
  /** The visible rectangle [left, bottom, right, top]. */
  readonly view: readonly [left: number, bottom: number, right: number, top: number];
  /** Drawn in order, later shapes on top. */
  readonly shapes: readonly Shape[];
}
