/** Distance of 1 to the next number. */
const EPSILON_32 = 2 ** -23;
const EPSILON_64 = 2 ** -52;

/**
 * Whether numbers differ by no more than their rounding does: their range is within four units in the last place, of the precision of their array,
 * of the largest number that they were made from. A statistic of their spread would be one of the rounding. True of no numbers, false where one of
 * them is none.
 *
 * @param values  the numbers
 * @param others  numbers of another size that they were made from, such as predictions that were added and subtracted on the way
 */
export function equalUpToRounding(values: ArrayLike<number>, others: ArrayLike<number> = []): boolean {
  let [low, high, size] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
    size = Math.max(size, Math.abs(values[i]));
  }
  for (let i = 0; i < others.length; i++) size = Math.max(size, Math.abs(others[i]));
  const epsilon = values instanceof Float32Array ? EPSILON_32 : EPSILON_64;
  const range = high - low;
  return values.length === 0 || (range < Number.POSITIVE_INFINITY && range <= 4 * epsilon * size);
}
