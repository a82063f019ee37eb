/** A setting that is varied: its values, the usual one first. */
export interface Factor {
  readonly name: string;
  readonly values: readonly unknown[];
}

type Row = readonly number[];

/**
 * Combinations in which every two values of two factors meet at least once: most faults need no third setting to show, and a few rows do what every
 * combination would need thousands for. Greedy: each row starts from a pair that is missing and takes up as many more as it can.
 *
 * @param allowed whether a combination makes sense; a pair that makes none by itself, all other factors being as usual, is left out
 * @returns rows of a value for each factor, by name; the first that is allowed is the usual one
 */
export function pairwise(
  factors: readonly Factor[],
  allowed: (values: Readonly<Record<string, unknown>>) => boolean = () => true,
): readonly Readonly<Record<string, unknown>>[] {
  const usual: Row = factors.map(() => 0);
  const valuesOf = (row: Row) => Object.fromEntries(factors.map(({ name, values }, f) => [name, values[row[f]]]));
  const known = new Map<string, boolean>();
  const isAllowed = (row: Row): boolean => {
    const key = row.join();
    const is = known.get(key) ?? allowed(valuesOf(row));
    known.set(key, is);
    return is;
  };
  const missing = new Map<string, Row>();
  const rows: Row[] = [];
  const take = (row: Row) => {
    rows.push(row);
    for (let f = 0; f < row.length; f++) for (let g = 0; g <= f; g++) missing.delete(pairKey(row, g, f));
  };

  // A factor paired with itself stands for its value alone: the only factor has to be varied, too.
  for (let f = 0; f < factors.length; f++)
    for (let g = 0; g <= f; g++)
      for (let a = 0; a < factors[g].values.length; a++)
        for (let b = 0; b < factors[f].values.length; b++) {
          const row = usual.with(g, a).with(f, b);
          if (isAllowed(row)) missing.set(pairKey(row, g, f), row);
        }
  if (isAllowed(usual)) take(usual);
  while (missing.size > 0) take(filledUp(missing.values().next().value as Row));
  return rows.map(valuesOf);

  /** The row of a missing pair, with values of the other factors by which more pairs come to be met. */
  function filledUp(start: Row): Row {
    let row = start;
    const fixed = factors.flatMap((_, f) => (row[f] === 0 ? [] : [f]));
    for (let f = 0; f < factors.length; f++) {
      if (fixed.includes(f)) continue;
      const gains = factors[f].values.map((_, value) => {
        const next = row.with(f, value);
        return fixed.filter((g) => missing.has(pairKey(next, Math.min(f, g), Math.max(f, g)))).length;
      });
      const best = gains.map((_, value) => value).sort((a, b) => gains[b] - gains[a] || a - b);
      const chosen = best.find((value) => value === 0 || (gains[value] > 0 && isAllowed(row.with(f, value)))) ?? 0;
      row = row.with(f, chosen);
      fixed.push(f);
    }
    return row;
  }
}

function pairKey(row: Row, g: number, f: number): string {
  return `${g}=${row[g]},${f}=${row[f]}`;
}
