import { describeSpace, type Space, sameSpace } from "@advantage/envs";
import type { Policy } from "../core/policy.js";
import type { EnvSource } from "../core/task.js";

/**
 * Why a policy cannot act in an environment; `undefined` if it can. Bounds of observations may differ: what the policy takes as input
 * is their shape.
 */
export function policyProblem(
  policy: Pick<Policy, "observationSpace" | "actionSpace">,
  env: Pick<EnvSource, "id" | "observationSpace" | "actionSpace">,
): string | undefined {
  if (!sameShape(policy.observationSpace, env.observationSpace)) {
    return `the policy takes observations ${describeSpace(policy.observationSpace)}, those of ${env.id} are ${describeSpace(env.observationSpace)}: it was trained on another environment`;
  }
  if (!sameSpace(policy.actionSpace, env.actionSpace)) {
    return `the policy gives actions ${describeSpace(policy.actionSpace)}, those of ${env.id} are ${describeSpace(env.actionSpace)}: it was trained on another environment`;
  }
  return undefined;
}

/** Whether elements of two spaces look alike: bounds of reals may differ. */
export function sameShape(a: Space, b: Space): boolean {
  if (a.kind !== "box" || b.kind !== "box") return sameSpace(a, b);
  return a.shape.length === b.shape.length && a.shape.every((length, i) => length === b.shape[i]);
}
