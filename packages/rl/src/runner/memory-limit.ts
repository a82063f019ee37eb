import { ConfigError } from "../core/errors.js";

/** Where the platform does not say what is free: more than any run keeps, less than what makes an allocation fail without a word. */
const UNTOLD = 64 * 2 ** 30;

/**
 * Bytes that buffers may take: twice what is free, since other programs may give some back, the system can swap, and buffers fill slowly. More is a slip
 * of the hand.
 */
export function memoryLimit(): number {
  const { process } = globalThis as { readonly process?: { availableMemory?(): number } };
  const free = process?.availableMemory?.() ?? 0;
  return free > 0 ? 2 * free : UNTOLD;
}

/**
 * Refuses buffers that cannot be held, before they are asked for.
 *
 * @param buffers  bytes by name
 * @throws ConfigError with the largest of them
 */
export function requireMemory(buffers: Readonly<Record<string, number>>, limit = memoryLimit()): void {
  const sizes = Object.entries(buffers).sort(([, a], [, b]) => b - a);
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  if (bytes <= limit) return;
  throw new ConfigError([
    `the buffers must fit into the memory there is, ${gigabytes(limit)}, got ${gigabytes(bytes)} (most of it ${sizes[0][0]}): lower the settings that size them, such as numEnvs or numSteps`,
  ]);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toLocaleString("en-US", { maximumFractionDigits: 1 })} GB`;
}
