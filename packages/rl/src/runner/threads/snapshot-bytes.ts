import { readSafetensors, writeSafetensors } from "@advantage/engine";
import { capture, release } from "../../core/snapshot.js";

/** The metadata's key under which the JSON stands. */
const JSON_PART = "json";

/** Plain data with typed arrays, such as a snapshot, as bytes. */
export function toBytes(value: unknown): Uint8Array {
  const { json, tensors } = capture(value);
  const stored = Object.entries(tensors).map(([name, data]) => [name, { shape: [data.length], data }] as const);
  return writeSafetensors(Object.fromEntries(stored), { [JSON_PART]: JSON.stringify(json) });
}

/** The inverse of `toBytes`. */
export function fromBytes(bytes: Uint8Array): unknown {
  const { tensors, metadata } = readSafetensors(bytes);
  const arrays = Object.entries(tensors).map(([name, { data }]) => [name, data] as const);
  return release({ json: JSON.parse(metadata[JSON_PART]), tensors: Object.fromEntries(arrays) });
}
