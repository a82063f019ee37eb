/**
 * The largest of any number of values; −∞ of none, NaN if one is. `Math.max(...values)` puts every value on the stack, which holds
 * some 125,000.
 */
export function largest(values: Iterable<number>): number {
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

/** The smallest of any number of values; ∞ of none, NaN if one is. */
export function smallest(values: Iterable<number>): number {
  let smallest = Infinity;
  for (const value of values) smallest = Math.min(smallest, value);
  return smallest;
}
