import type { Random } from "@advantage/engine";
import type { MakeEnv, RestorableEnv } from "@advantage/envs";
import { RunError } from "../core/errors.js";
import type { Policy } from "../core/policy.js";
import type { AnyEnv } from "./env-source.js";

/**
 * What a policy that looks ahead is given to act with (`ActOptions.env`): a second environment, put into the state of the one that is played. That one
 * and its random stream are out of its reach, so that looking ahead changes nothing and sees no chance before it falls. Nothing for other policies.
 *
 * @returns the copy of an environment in its present state, always the same object, whose steps draw from `random`
 * @throws RunError if the policy looks ahead and the environment cannot be put into a state
 */
export function lookAhead(
  policy: Pick<Policy, "needs">,
  make: MakeEnv | (() => AnyEnv),
): (env: Pick<AnyEnv, "snapshot">, random: Random) => RestorableEnv | undefined {
  if (policy.needs !== "snapshot") return () => undefined;
  const copy = make() as RestorableEnv;
  if (copy.snapshot === undefined || copy.restore === undefined) {
    throw new RunError(
      `the policy looks ahead: it needs an environment whose state can be saved and put back; ${copy.id} has no snapshot() and restore()`,
    );
  }
  return (env, random) => {
    copy.restore(env.snapshot?.(), random);
    return copy;
  };
}
