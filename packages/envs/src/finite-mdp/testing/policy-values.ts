import type { FiniteMdp } from "../finite-mdp.js";

/*
 * Slow and obvious answers that tests hold environments against, straight from the definitions: dense matrices, no sparsity, nothing shared with
 * the solvers.
 */

/** V^π by Gaussian elimination on (I − γ P^π) V = r^π.  policy[s][a]; γ below 1 or every policy ends. */
export function policyValues(mdp: FiniteMdp, policy: readonly (readonly number[])[], discount: number): number[] {
  const n = mdp.numStates;
  const matrix = Array.from({ length: n }, (_, i) => Array.from({ length: n + 1 }, (_, j) => (i === j ? 1 : 0)));
  for (let s = 0; s < n; s++) {
    for (let a = 0; a < mdp.numActions; a++) {
      const row = s * mdp.numActions + a;
      for (let k = mdp.rowStart[row]; k < mdp.rowStart[row + 1]; k++) {
        const weight = policy[s][a] * mdp.probability[k];
        matrix[s][n] += weight * mdp.reward[k];
        if (mdp.terminated[k] === 0) matrix[s][mdp.nextState[k]] -= discount * weight;
      }
    }
  }
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(matrix[r][i]) > Math.abs(matrix[pivot][i])) pivot = r;
    [matrix[i], matrix[pivot]] = [matrix[pivot], matrix[i]];
    for (let r = i + 1; r < n; r++) {
      const factor = matrix[r][i] / matrix[i][i];
      if (factor !== 0) for (let c = i; c <= n; c++) matrix[r][c] -= factor * matrix[i][c];
    }
  }
  const values = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let rest = matrix[i][n];
    for (let c = i + 1; c < n; c++) rest -= matrix[i][c] * values[c];
    values[i] = rest / matrix[i][i];
  }
  return values;
}

/** Q(s, a) for the given values of the successors  [S][A]. */
export function actionValues(mdp: FiniteMdp, values: readonly number[], discount: number): number[][] {
  return Array.from({ length: mdp.numStates }, (_, s) =>
    Array.from({ length: mdp.numActions }, (_, a) => {
      const row = s * mdp.numActions + a;
      let q = 0;
      for (let k = mdp.rowStart[row]; k < mdp.rowStart[row + 1]; k++) {
        const after = mdp.terminated[k] === 1 ? 0 : discount * values[mdp.nextState[k]];
        q += mdp.probability[k] * (mdp.reward[k] + after);
      }
      return q;
    }),
  );
}

/** max_π 𝔼[r₀ + γr₁ + … ] over the given number of steps, by backward induction  [S]. */
export function optimalValues(mdp: FiniteMdp, discount: number, steps: number): number[] {
  let values = new Array<number>(mdp.numStates).fill(0);
  for (let h = 0; h < steps; h++) values = actionValues(mdp, values, discount).map((row) => Math.max(...row));
  return values;
}
