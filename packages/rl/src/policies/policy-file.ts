import {
  namedShapes,
  parseForeignJson,
  readSafetensors,
  type Shapes,
  type StoredTensor,
  sealProblem,
  shown,
  type TensorData,
  type Tree,
  tensor,
  treeOf,
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

/**
 * The parameters of a network, stored under dotted names behind a prefix. All are checked before memory is taken for any: what the description
 * asks for may be far larger than the file.
 *
 * @throws Error if a tensor is missing, too many, of another shape or not finite
 */
export function storedTree(shapes: Shapes, tensors: PolicyFile["tensors"], prefix: string): Tree {
  const expected = namedShapes(shapes);
  for (const { name, dims } of expected) {
    const [stored, shape] = [tensors[`${prefix}.${name}`], dims.join(", ")];
    if (stored === undefined) throw new Error(`the parameters miss '${name}' [${shape}]`);
    if (stored.shape.join(", ") !== shape)
      throw new Error(`parameter '${name}' has shape [${stored.shape.join(", ")}], expected [${shape}]`);
    requireNumbers(`parameter '${name}'`, Float32Array.from(stored.data)); // as it is going to be
  }
  const known = new Set(expected.map(({ name }) => `${prefix}.${name}`));
  const extra = Object.keys(tensors).find((name) => name.startsWith(`${prefix}.`) && !known.has(name));
  if (extra !== undefined)
    throw new Error(`the parameters have no '${extra.slice(prefix.length + 1)}'; is this another network?`);
  return treeOf(shapes, (name, dims) => tensor(Float32Array.from(tensors[`${prefix}.${name}`].data), dims));
}

/** @throws Error unless all are finite and not below the least */
export function requireNumbers(name: string, values: ArrayLike<number>, least = Number.NEGATIVE_INFINITY): void {
  for (let i = 0; i < values.length; i++) {
    if (!(Number.isFinite(values[i]) && values[i] >= least)) {
      const rule = least === 0 ? "finite numbers of at least 0" : "finite numbers";
      throw new Error(`${name} must hold ${rule}, got ${values[i]} at element ${i}`);
    }
  }
}
