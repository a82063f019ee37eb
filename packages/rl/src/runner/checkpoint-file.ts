import { parseForeignJson, readSafetensors, sealProblem, writeSealed } from "@advantage/engine";
import { CheckpointError } from "../core/errors.js";
import { type Checkpoint, readCheckpointHeader } from "./checkpoint.js";

/** The metadata's key under which the header stands as JSON. */
const HEADER = "advantage.checkpoint";

/**
 * A checkpoint as one safetensors file, to be handed from a browser to the command and back: the typed arrays as tensors of one
 * dimension under their paths in the state, the header as JSON in the metadata `advantage.checkpoint`.
 */
export function writeCheckpointFile({ header, tensors }: Checkpoint): Uint8Array<ArrayBuffer> {
  const stored = Object.entries(tensors).map(([name, data]) => [name, { shape: [data.length], data }] as const);
  return writeSealed(Object.fromEntries(stored), { [HEADER]: JSON.stringify(header) });
}

/** Whether a safetensors file is one of a checkpoint, be it damaged: a policy's is not. */
export function isCheckpointFile(bytes: Uint8Array): boolean {
  return readFile(bytes).metadata[HEADER] !== undefined;
}

/** @throws CheckpointError if the bytes are no such file, or one of another version */
export function readCheckpointFile(bytes: Uint8Array): Checkpoint {
  const { tensors, metadata } = readFile(bytes);
  if (metadata[HEADER] === undefined) {
    throw new CheckpointError(
      metadata["advantage.policy"] === undefined
        ? "this safetensors file holds no checkpoint"
        : "this file holds a policy, which can act but not go on training: take the checkpoint instead",
    );
  }
  const problem = sealProblem(bytes, metadata, [HEADER]);
  if (problem !== undefined) throw new CheckpointError(`checkpoint is damaged: ${problem}`);
  let json: unknown;
  try {
    json = parseForeignJson(metadata[HEADER]);
  } catch (error) {
    throw new CheckpointError(`checkpoint is damaged: its header is ${(error as Error).message}`);
  }
  const header = readCheckpointHeader(json);
  return { header, tensors: Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data])) };
}

function readFile(bytes: Uint8Array) {
  try {
    return readSafetensors(bytes);
  } catch (error) {
    throw new CheckpointError(`checkpoint is damaged: ${error instanceof Error ? error.message : error}`);
  }
}
