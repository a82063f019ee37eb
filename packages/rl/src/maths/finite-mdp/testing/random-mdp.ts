import { Random } from "@advantage/engine";
import { buildMdp, type FiniteMdp } from "@advantage/envs";

/** An MDP for tests: three successors a row (perhaps the same one twice), rewards in [−1, 1), 5 % of the transitions end the task. */
export function randomMdp(
  seed: number,
  { numStates, numActions, ending = 0.05 }: { numStates: number; numActions: number; ending?: number },
): FiniteMdp {
  const random = Random.fromSeed(seed).fork("mdp");
  const initial = new Float64Array(numStates).fill(1 / numStates);
  return buildMdp({ numStates, numActions, initial, capacity: 3 * numStates * numActions }, (_s, _a, add) => {
    const [x, y] = [random.uniform(), random.uniform()].sort((a, b) => a - b);
    for (const p of [x, y - x, 1 - y]) {
      add(p, random.int(numStates), random.uniform(-1, 1), random.uniform() < ending);
    }
  });
}

/** Action probabilities without zeros  [S·A]. */
export function randomPolicy(seed: number, { numStates, numActions }: FiniteMdp): Float64Array {
  const random = Random.fromSeed(seed).fork("policy");
  const policy = new Float64Array(numStates * numActions);
  for (let state = 0; state < numStates; state++) {
    const row = policy.subarray(state * numActions, (state + 1) * numActions);
    random.fillUniform(row, 0.1, 1);
    const sum = row.reduce((a, b) => a + b);
    for (let action = 0; action < numActions; action++) row[action] /= sum;
  }
  return policy;
}
