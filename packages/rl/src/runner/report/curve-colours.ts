import type { Curve } from "../../core/figure.js";

/**
 * The colour of a curve, as a number among the lines'; `undefined` for grey. A reference has the colour of the line it is named after
 * ("EXP3" and "EXP3: bound"), else that of its turn if there is one for each of several lines, else none.
 */
export function curveColour(curves: readonly Curve[], index: number): number | undefined {
  const lines = curves.filter(({ reference }) => !reference);
  if (!curves[index].reference) return lines.indexOf(curves[index]);
  const nameOf = ({ label }: Curve) => label.split(":")[0];
  const namesake = lines
    .filter((line) => curves[index].label.startsWith(nameOf(line)))
    .reduce<Curve | undefined>(
      (best, line) => (best && nameOf(best).length >= nameOf(line).length ? best : line),
      undefined,
    );
  if (namesake) return lines.indexOf(namesake);
  const references = curves.filter(({ reference }) => reference);
  return lines.length > 1 && references.length === lines.length ? references.indexOf(curves[index]) : undefined;
}
