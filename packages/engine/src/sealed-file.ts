import { type StoredTensor, writeSafetensors } from "./safetensors.js";

/** The metadata's key under which a file's checksum stands, eight hexadecimal digits. */
const SEAL = "crc32";
const UNSEALED = "00000000";

/**
 * The bytes of a safetensors file that holds its own checksum in its metadata: the CRC-32 of all its bytes, those of the checksum itself
 * taken for zeros. A file that was damaged on its way is told by `sealProblem`; one that someone made on purpose is not.
 */
export function writeSealed(
  tensors: Record<string, StoredTensor>,
  metadata: Record<string, string>,
): Uint8Array<ArrayBuffer> {
  const bytes = writeSafetensors(tensors, { ...metadata, [SEAL]: UNSEALED });
  const at = sealIn(bytes);
  const seal = crc32(bytes).toString(16).padStart(UNSEALED.length, "0");
  bytes.set(new TextEncoder().encode(seal), at);
  return bytes;
}

/**
 * What is wrong with the checksum of a file; undefined if it is right, or if the file is of before there were checksums.
 *
 * @param bytes     a well-formed safetensors file
 * @param metadata  what it holds
 * @param known     the other keys that the metadata of such a file may have
 */
export function sealProblem(
  bytes: Uint8Array,
  metadata: Readonly<Record<string, string>>,
  known: readonly string[],
): string | undefined {
  const seal = metadata[SEAL];
  if (seal === undefined) {
    const damaged = Object.keys(metadata).some((key) => !known.includes(key));
    return damaged ? "its metadata is not what was written" : undefined;
  }
  const blank = bytes.slice();
  const at = sealIn(blank);
  if (at >= 0) blank.set(new TextEncoder().encode(UNSEALED), at);
  const right = at >= 0 && crc32(blank).toString(16).padStart(UNSEALED.length, "0") === seal;
  return right ? undefined : "its content is not what was written";
}

/** Where the digits of the checksum begin; −1 if there are none. In the header's JSON no text holds a quotation mark without a backslash. */
function sealIn(bytes: Uint8Array): number {
  const before = new TextEncoder().encode(`"${SEAL}":"`);
  const end = bytes.length - before.length - UNSEALED.length;
  for (let at = 8; at <= end; at++) {
    let length = 0;
    while (length < before.length && bytes[at + length] === before[length]) length += 1;
    if (length === before.length) return at + length;
  }
  return -1;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? 0xedb88320 ^ (remainder >>> 1) : remainder >>> 1;
  return remainder;
});

/** CRC-32 as in ISO 3309, zip and PNG: it differs for any two texts that differ in one bit, or in up to 32 bits side by side. */
export function crc32(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (let at = 0; at < bytes.length; at++) remainder = TABLE[(remainder ^ bytes[at]) & 0xff] ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
}
