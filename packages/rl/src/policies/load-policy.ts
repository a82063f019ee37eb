import { printable, shown } from "@advantage/engine";
import { CheckpointError } from "../core/errors.js";
import type { Policy } from "../core/policy.js";
import { readActorFile } from "./actor-file.js";
import { actorPolicy } from "./actor-policy.js";
import { type PolicyFile, readPolicyFile } from "./policy-file.js";
import { loadTabularPolicy } from "./tabular-policy.js";

/** One reader per kind of policy. */
const readers: Readonly<Record<string, (file: PolicyFile) => Policy>> = {
  actor: (file) => actorPolicy(readActorFile(file)),
  table: loadTabularPolicy,
};

/**
 * A trained policy from the bytes of its file. Needs none of the training code.
 *
 * @throws CheckpointError if the file is damaged, or not a policy of a kind that this version knows
 */
export function loadPolicy(bytes: Uint8Array): Policy {
  try {
    const file = readPolicyFile(bytes);
    const { kind } = file.description;
    if (typeof kind !== "string" || !Object.hasOwn(readers, kind)) {
      throw new Error(
        `it is of kind ${typeof kind === "string" ? `'${printable(kind.slice(0, 40))}'` : shown(kind)}, this version reads ${Object.keys(readers).join(", ")}`,
      );
    }
    return readers[kind](file);
  } catch (error) {
    throw new CheckpointError(`policy file cannot be used: ${error instanceof Error ? error.message : error}`);
  }
}
