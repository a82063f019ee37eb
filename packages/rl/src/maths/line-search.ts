/**
 * Backtracking line search: the first of the fractions 1, β, β², … of a full step that is acceptable, or 0 if none of them is.
 *
 * @param accepts     whether a fraction of the step is acceptable
 * @param shrink      β in (0, 1)
 * @param iterations  at most so many fractions are tried
 */
export function backtrackingLineSearch(
  accepts: (fraction: number) => boolean,
  { shrink, iterations }: { readonly shrink: number; readonly iterations: number },
): number {
  if (!(shrink > 0 && shrink < 1)) throw new RangeError(`shrink must be in (0, 1), got ${shrink}`);
  let fraction = 1;
  for (let tried = 0; tried < iterations; tried++) {
    if (accepts(fraction)) return fraction;
    fraction *= shrink;
  }
  return 0;
}
