import type { FiniteMdp } from "@advantage/envs";

/**
 * Where an MDP goes on after each pair (s, a), and with what probability: the sparse matrix W of
 *
 *     Q(s, a) = r(s, a) + γ Σₖ weight[k] · V(nextState[k]),   k = rowStart[s·A + a] … rowStart[s·A + a + 1] − 1
 *
 * Transitions that end the task have no weight and are left out, a successor that stands in a row twice is there once: what is left
 * needs no branch in the inner loop. Rows sum to 1, less the probability of ending there.
 */
export interface Continuation {
  /** [S·A + 1] */
  readonly rowStart: Int32Array;
  /** [M] */
  readonly nextState: Int32Array;
  /** [M] */
  readonly weight: Float64Array;
  /** Whether every row sums to 1: nothing ends the task. */
  readonly endless: boolean;
}

/** Whether transition k goes on, to a state whose value counts. */
export function goesOn({ terminated, terminal, nextState, probability }: FiniteMdp, k: number): boolean {
  return terminated[k] === 0 && terminal[nextState[k]] === 0 && probability[k] > 0;
}

const known = new WeakMap<FiniteMdp, Continuation>();

/** The continuation of an MDP, computed once for each. */
export function continuationOf(mdp: FiniteMdp): Continuation {
  let continuation = known.get(mdp);
  if (continuation === undefined) {
    continuation = buildContinuation(mdp);
    known.set(mdp, continuation);
  }
  return continuation;
}

function buildContinuation(mdp: FiniteMdp): Continuation {
  const { numStates, numActions, rowStart: rows, nextState: successors, probability } = mdp;
  const numRows = numStates * numActions;
  const rowStart = new Int32Array(numRows + 1);
  const placeOf = new Int32Array(numStates).fill(-1); // where the row being written has this successor
  // Counted first, so that both arrays are allocated once.
  let count = 0;
  for (let row = 0; row < numRows; row++) {
    for (let k = rows[row]; k < rows[row + 1]; k++) {
      if (!goesOn(mdp, k) || placeOf[successors[k]] >= rowStart[row]) continue;
      placeOf[successors[k]] = count++;
    }
    rowStart[row + 1] = count;
  }
  const nextState = new Int32Array(count);
  const weight = new Float64Array(count);
  placeOf.fill(-1);
  count = 0;
  let endless = true;
  for (let row = 0; row < numRows; row++) {
    for (let k = rows[row]; k < rows[row + 1]; k++) {
      if (!goesOn(mdp, k)) {
        if (probability[k] > 0) endless = false;
        continue;
      }
      const next = successors[k];
      if (placeOf[next] >= rowStart[row]) {
        weight[placeOf[next]] += probability[k];
      } else {
        placeOf[next] = count;
        nextState[count] = next;
        weight[count] = probability[k];
        count += 1;
      }
    }
  }
  return { rowStart, nextState, weight, endless };
}
