import type { Policy } from "../core/policy.js";
import { loadActorPolicy } from "./actor-policy.js";
import { type PolicyFile, readPolicyFile } from "./policy-file.js";

/** One reader per kind of policy. */
const readers: Readonly<Record<string, (file: PolicyFile) => Policy>> = {
  actor: loadActorPolicy,
};

/**
 * A trained policy from the bytes of its file. Needs none of the training code.
 *
 * @throws if the file is damaged, or not a policy of a kind that this version knows
 */
export function loadPolicy(bytes: Uint8Array): Policy {
  const file = readPolicyFile(bytes);
  const reader = readers[String(file.description.kind)];
  if (reader === undefined) {
    throw new Error(
      `unknown kind of policy '${file.description.kind}'; this version reads ${Object.keys(readers).join(", ")}`,
    );
  }
  return reader(file);
}
