import { math, type Random } from "@advantage/engine";

/**
 * Total variation distance  ‖p − q‖_TV = max_A |p(A) − q(A)| = ½ Σₓ |p(x) − q(x)|.  Levin, Peres & Wilmer 2009, Prop. 4.2; notes H A.1.1.
 *
 * @param p  probabilities  [n]
 * @param q  probabilities  [n]
 */
export function totalVariation(p: ArrayLike<number>, q: ArrayLike<number>): number {
  requireDistributions(p, q);
  let sum = 0;
  for (let x = 0; x < p.length; x++) sum += Math.abs(p[x] - q[x]);
  return sum / 2;
}

/**
 * Kullback–Leibler divergence in nats  D(p‖q) = Σₓ p(x) log(p(x)/q(x));  ∞ where p has mass and q has none. Pinsker: ‖p − q‖_TV ≤ √(D/2).
 *
 * @param p  probabilities  [n]
 * @param q  probabilities  [n]
 */
export function klDivergence(p: ArrayLike<number>, q: ArrayLike<number>): number {
  requireDistributions(p, q);
  let sum = 0;
  for (let x = 0; x < p.length; x++) {
    if (p[x] === 0) continue;
    if (q[x] === 0) return Number.POSITIVE_INFINITY;
    sum += p[x] * math.log(p[x] / q[x]);
  }
  return Math.max(0, sum); // rounding can make it negative
}

/** Draws a pair (X, Y), X ~ p and Y ~ q. */
export type Coupling = (random: Random) => readonly [x: number, y: number];

/**
 * The optimal coupling of two distributions: X ~ p, Y ~ q, and P(X ≠ Y) = ‖p − q‖_TV, which no coupling can undercut. With probability
 * m = Σₓ min(p, q) = 1 − ‖p − q‖_TV both are one draw from min(p, q)/m; else X is drawn from (p − q)⁺/(1 − m) and Y from (q − p)⁺/(1 − m). Levin, Peres & Wilmer
 * 2009, Prop. 4.7; notes H A.1.2. (The notes draw Y from (p − q)⁺ too, and say P(X ≠ Y) = m: slips.)
 *
 * @param p  probabilities  [n]
 * @param q  probabilities  [n]
 */
export function optimalCoupling(p: ArrayLike<number>, q: ArrayLike<number>): Coupling {
  requireDistributions(p, q);
  const common = cumulative(p.length, (x) => Math.min(p[x], q[x]));
  const onlyP = cumulative(p.length, (x) => Math.max(0, p[x] - q[x]));
  const onlyQ = cumulative(p.length, (x) => Math.max(0, q[x] - p[x]));
  const total = common[p.length - 1] + onlyP[p.length - 1]; // 1, but for rounding
  return (random) => {
    const coin = total * random.uniform();
    if (coin < common[p.length - 1] || onlyP[p.length - 1] === 0) {
      const x = draw(common, random);
      return [x, x];
    }
    return [draw(onlyP, random), draw(onlyQ, random)];
  };
}

function cumulative(length: number, mass: (x: number) => number): Float64Array {
  const sums = new Float64Array(length);
  for (let x = 0, sum = 0; x < length; x++) sums[x] = sum += mass(x);
  return sums;
}

/** The first x whose cumulative mass is above a uniform draw: never one without mass. */
function draw(sums: Float64Array, random: Random): number {
  const u = random.uniform() * sums[sums.length - 1];
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

function requireDistributions(p: ArrayLike<number>, q: ArrayLike<number>): void {
  if (p.length !== q.length || p.length === 0) {
    throw new RangeError(`p and q must be over the same elements, got ${p.length} and ${q.length}`);
  }
  for (const [name, distribution] of [["p", p] as const, ["q", q] as const]) {
    let sum = 0;
    for (let x = 0; x < distribution.length; x++) {
      if (!(distribution[x] >= 0)) throw new RangeError(`${name}(${x}) must be a probability, got ${distribution[x]}`);
      sum += distribution[x];
    }
    if (!(Math.abs(sum - 1) <= 1e-6)) throw new RangeError(`${name} must sum to 1, got ${sum}`);
  }
}
