const blocks = new WeakSet<Uint8Array>();

/**
 * Bytes that never change again, marked as such: a checkpoint holds them themselves instead of a copy, and what keeps checkpoints writes them
 * once, however many checkpoints they are part of.
 *
 * @param bytes  of a buffer of their own
 */
export function asBlock(bytes: Uint8Array): Uint8Array {
  blocks.add(bytes);
  return bytes;
}

/** Whether an array is marked so. */
export function isBlock(array: object): array is Uint8Array {
  return blocks.has(array as Uint8Array);
}
