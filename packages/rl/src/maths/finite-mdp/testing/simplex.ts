import { solveLinear } from "../linear-solve.js";

/**
 * max c·x  s.t.  A·x = b,  x ≥ 0, by the revised simplex method with Bland's rule (which cannot cycle), started from the basis of the columns
 * 0, n, 2n, … of an MDP's dual, which is feasible: a policy's visitation. For tests: an answer that no backup had a part in.
 */
export function maximise(
  objective: Float64Array,
  constraints: readonly Float64Array[],
  right: Float64Array,
): { readonly value: number; readonly multipliers: Float64Array } {
  const m = constraints.length;
  const n = objective.length;
  const basis = Array.from({ length: m }, (_, i) => i * (n / m));
  const solve = (matrix: (i: number, j: number) => number, vector: (i: number) => number) =>
    solveLinear(
      Float64Array.from({ length: m * m }, (_, k) => matrix(Math.floor(k / m), k % m)),
      Float64Array.from({ length: m }, (_, i) => vector(i)),
    );
  for (;;) {
    const x = solve(
      (i, j) => constraints[i][basis[j]],
      (i) => right[i],
    );
    const multipliers = solve(
      (i, j) => constraints[j][basis[i]],
      (i) => objective[basis[i]],
    ); // Bᵀy = c_B
    let entering = -1;
    for (let j = 0; j < n && entering === -1; j++) {
      const price = constraints.reduce((sum, row, i) => sum + row[j] * multipliers[i], 0);
      if (objective[j] - price > 1e-12) entering = j;
    }
    if (entering === -1) {
      return { value: multipliers.reduce((sum, y, i) => sum + y * right[i], 0), multipliers };
    }
    const direction = solve(
      (i, j) => constraints[i][basis[j]],
      (i) => constraints[i][entering],
    );
    let leaving = -1;
    let step = Infinity;
    for (let i = 0; i < m; i++) {
      if (direction[i] > 1e-12 && x[i] / direction[i] < step) [leaving, step] = [i, x[i] / direction[i]];
    }
    if (leaving === -1) throw new Error("the linear program is unbounded");
    basis[leaving] = entering;
  }
}
