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

export function readPolicyFile(bytes: Uint8Array): PolicyFile {
  const { tensors, metadata } = readSafetensors(bytes);
  const text = metadata[key];
  if (text === undefined)
    throw new Error("this safetensors file holds no Advantage policy (its metadata lacks 'advantage.policy')");
  const description = JSON.parse(text) as Record<string, unknown>;
  if (description.format !== format) {
    throw new Error(`the policy file has format ${description.format}, this version reads format ${format}`);
  }
  return { description, tensors };
}
