/** A policy that was saved: opened from its bytes, its address or its path, to act with. */
import { loadPolicy as loadPolicyFile, type Policy } from "@advantage/rl";
import { readFile } from "#read-file";

export type { ActOptions, Memory, Policy } from "@advantage/rl";

/** Where a policy comes from: its bytes, an address, or (in Node) the path of a run, of its `policy` folder or of the file itself. */
export type PolicySource = string | URL | Uint8Array | ArrayBuffer;

/**
 * A trained policy, ready to act; no training code comes with it.
 *
 *     const policy = await loadPolicy("runs/my-run");       // Node
 *     const policy = await loadPolicy("/policy.safetensors"); // browser: fetched
 *     policy.act(observation);
 *
 * @throws UserError if there is none, or it is damaged
 */
export async function loadPolicy(source: PolicySource): Promise<Policy> {
  if (source instanceof ArrayBuffer) return loadPolicyFile(new Uint8Array(source));
  if (source instanceof Uint8Array) return loadPolicyFile(source);
  return loadPolicyFile(await readFile(source));
}
