import { readSafetensors, type TensorData } from "@advantage/engine";

/** A policy file's content: what it is, and its numbers. */
export interface PolicyFile {
  readonly description: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: TensorData }>>;
}

/** Version of the description's fields; raised when old readers could misread new files. */
const format = 1;
const key = "advantage.policy";

/** The description as safetensors metadata. */
export function policyMetadata(description: Readonly<Record<string, unknown>>): Record<string, string> {
  return { [key]: JSON.stringify({ format, ...description }) };
}

/** @throws Error with what is wrong, if the bytes are no policy file that this version reads */
export function readPolicyFile(bytes: Uint8Array): PolicyFile {
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata[key];
  if (text === undefined) throw new Error(`its metadata lacks '${key}': it is a safetensors file of something else`);
  const description = parsed(text);
  if (description.format !== format) {
    throw new Error(`it has format ${description.format}, this version reads format ${format}`);
  }
  return { description, tensors };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const description = JSON.parse(text);
    if (typeof description === "object" && description !== null) return description;
  } catch {}
  throw new Error(`its metadata '${key}' is not the JSON of an object`);
}
