import {
  parseForeignJson,
  readSafetensors,
  type StoredTensor,
  sealProblem,
  shown,
  type TensorData,
  writeSealed,
} from "@advantage/engine";

/** A policy file's content: what it is, and its numbers. */
export interface PolicyFile {
  readonly description: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: TensorData }>>;
}

/** Version of the description's fields; raised when old readers could misread new files. */
const format = 1;
const key = "advantage.policy";

/** The bytes of a policy's file: its tensors, and its description as safetensors metadata. */
export function writePolicyFile(
  description: Readonly<Record<string, unknown>>,
  tensors: Record<string, StoredTensor>,
): Uint8Array {
  return writeSealed(tensors, { [key]: JSON.stringify({ format, ...description }) });
}

/** @throws Error with what is wrong, if the bytes are no policy file that this version reads */
export function readPolicyFile(bytes: Uint8Array): PolicyFile {
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata[key];
  if (text === undefined) throw new Error(`its metadata lacks '${key}': it is a safetensors file of something else`);
  const problem = sealProblem(bytes, metadata, [key]);
  if (problem !== undefined) throw new Error(problem);
  const description = parsed(text);
  if (description.format !== format) {
    throw new Error(`it has format ${shown(description.format)}, this version reads format ${format}`);
  }
  return { description, tensors };
}

function parsed(text: string): Record<string, unknown> {
  let description: unknown;
  try {
    description = parseForeignJson(text);
  } catch (error) {
    throw new Error(`its metadata '${key}' is not the JSON of an object: it is ${(error as Error).message}`);
  }
  if (typeof description === "object" && description !== null && !Array.isArray(description))
    return description as Record<string, unknown>;
  throw new Error(`its metadata '${key}' is not the JSON of an object`);
}

/** A field of the description that is a name.  @throws Error if it is none */
export function nameOf(description: PolicyFile["description"], field: "algorithm" | "environment"): string {
  const name = description[field];
  if (typeof name === "string") return name;
  throw new Error(`its ${field} must be a name, got ${shown(name)}`);
}
