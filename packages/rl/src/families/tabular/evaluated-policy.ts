import { ConfigError, choice, numbers, optional, real } from "../../core/index.js";

/** How a policy is named whose values are asked for. */
export type PolicyName = "optimal" | "uniform" | "given";

/** The settings of rows that evaluate a policy. */
export function evaluatedPolicyFields(usual: PolicyName, help: string) {
  return {
    policy: choice(["optimal", "uniform", "given"], { default: usual, symbol: "π", help }),
    policyTable: optional(
      numbers({
        help: "of policy = given: π(a|s) at s·A + a, or the action of each state; on the command line also a run or policy file",
      }),
    ),
    policyEpsilon: real({
      default: 0,
      min: 0,
      max: 1,
      symbol: "ε",
      help: "share of uniformly random actions mixed into the policy, which makes it ε-soft",
    }),
  } as const;
}

/** Settings that name the policy that is evaluated. */
export interface EvaluatedPolicyConfig {
  readonly policy: PolicyName;
  readonly policyTable: readonly number[] | undefined;
  readonly policyEpsilon: number;
}

/**
 * The policy that a config names, over the states that are observed.  [S·A]
 *
 * @param optimal  the optimal policy, asked for where it is wanted  [at least S·A]
 * @throws ConfigError in one sentence if the table is none
 */
export function namedPolicy(
  { policy, policyTable, policyEpsilon }: EvaluatedPolicyConfig,
  numStates: number,
  numActions: number,
  optimal: () => Float64Array,
): Float64Array {
  if ((policy === "given") !== (policyTable !== undefined)) {
    throw new ConfigError([
      policyTable === undefined
        ? "policy = given needs policyTable: π(a|s) at s·A + a, or the action of each state"
        : `policyTable is for policy = given, got policy = ${policy}`,
    ]);
  }
  const chosen =
    policyTable !== undefined
      ? policyFromTable(policyTable, numStates, numActions)
      : policy === "optimal"
        ? optimal().slice(0, numStates * numActions)
        : new Float64Array(numStates * numActions).fill(1 / numActions);
  if (policyEpsilon === 0) return chosen;
  return chosen.map((p) => (1 - policyEpsilon) * p + policyEpsilon / numActions);
}

/** The policy in words: "optimal", "given, 0.1-soft". */
export function policyInWords({ policy, policyEpsilon }: EvaluatedPolicyConfig): string {
  return policyEpsilon === 0 ? policy : `${policy}, ${policyEpsilon}-soft`;
}

function policyFromTable(table: readonly number[], numStates: number, numActions: number): Float64Array {
  const policy = new Float64Array(numStates * numActions);
  if (table.length === policy.length) {
    policy.set(table);
    for (let state = 0; state < numStates; state++) requireDistribution(policy, state, numActions);
    return policy;
  }
  if (table.length !== numStates) {
    throw new ConfigError([
      `policyTable must hold ${numStates} × ${numActions} probabilities or ${numStates} actions, got ${table.length} numbers`,
    ]);
  }
  table.forEach((action, state) => {
    if (!(Number.isInteger(action) && action >= 0 && action < numActions))
      throw new ConfigError([
        `policyTable: the action of state ${state} must be in 0 … ${numActions - 1}, got ${action}`,
      ]);
    policy[state * numActions + action] = 1;
  });
  return policy;
}

function requireDistribution(policy: Float64Array, state: number, numActions: number): void {
  const row = policy.subarray(state * numActions, (state + 1) * numActions);
  const sum = row.reduce((a, b) => a + b, 0);
  if (!(row.every((p) => p >= 0) && Math.abs(sum - 1) <= 1e-6))
    throw new ConfigError([
      `policyTable: the probabilities of state ${state} must be at least 0 and sum to 1, got ${[...row].join(", ")}`,
    ]);
  for (let action = 0; action < numActions; action++) row[action] /= sum;
}
