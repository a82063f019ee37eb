/**
 * How many single-letter insertions, deletions, substitutions and swaps of neighbours turn `a` into `b`.
 * Damerau–Levenshtein distance in its restricted form (optimal string alignment): no part is edited twice.
 */
export function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  const cost = new Uint32Array((a.length + 1) * width);
  for (let i = 0; i <= a.length; i++) cost[i * width] = i;
  for (let j = 0; j <= b.length; j++) cost[j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const at = i * width + j;
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      cost[at] = Math.min(cost[at - width] + 1, cost[at - 1] + 1, cost[at - width - 1] + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost[at] = Math.min(cost[at], cost[at - 2 * width - 2] + 1);
      }
    }
  }
  return cost[cost.length - 1];
}

/**
 * The candidate nearest to a mistyped name, upper and lower case taken as equal; undefined if none is near. Near is what keeps more
 * than half of its letters, or goes on where the name (of at least 3 letters) stops. Of two equally near the earlier one wins.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const distance = editDistance(lower, known);
    const near = 2 * distance < lower.length || (lower.length >= 3 && known.startsWith(lower));
    if (near && distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/** ` Did you mean 'CartPole-v1'?`, to be put at the end of a message; empty if nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates);
  return nearest === undefined ? "" : ` Did you mean '${nearest}'?`;
}
