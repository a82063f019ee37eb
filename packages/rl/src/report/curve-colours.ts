import type { Curve } from "../core/figure.js";

/**
 * The colour of a curve, as a number among the lines'; `undefined` for grey. Where there is one reference for each of several lines, each
 * has the colour of its line; else those have one that begin with a line's name ("EXP3" and "EXP3: bound").
 */
export function curveColour(curves: readonly Curve[], index: number): number | undefined {
  const lines = curves.filter(({ reference }) => !reference);
  if (!curves[index].reference) return lines.indexOf(curves[index]);
  const references = curves.filter(({ reference }) => reference);
  if (lines.length > 1 && references.length === lines.length) return references.indexOf(curves[index]);
  const nameOf = ({ label }: Curve) => label.split(":")[0];
  const namesake = lines
    .filter((line) => curves[index].label.startsWith(nameOf(line)))
    .sort((a, b) => nameOf(b).length - nameOf(a).length)[0];
  return namesake === undefined ? undefined : lines.indexOf(namesake);
}

/** Strokes and gaps of references, in pixels. */
export const DASHES: readonly (readonly number[])[] = [
  [6, 5],
  [2, 4],
  [12, 5],
];

/** Which dash a reference has: references of the same colour are told apart by it. */
export function dashOf(curves: readonly Curve[], index: number): number {
  const colour = curveColour(curves, index);
  const before = curves.slice(0, index).filter((curve, i) => curve.reference && curveColour(curves, i) === colour);
  return before.length % DASHES.length;
}
