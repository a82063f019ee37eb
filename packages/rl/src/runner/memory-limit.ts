import { ConfigError } from "../core/errors.js";

/** Where the platform does not say what is free: more than any run keeps, less than what makes an allocation fail without a word. */
const UNTOLD = 64 * 2 ** 30;

/** What is sized by each of them, and what no machine changes: JavaScript's objects and the kernels' memory have limits of their own. */
const OWN_LIMITS: Readonly<Record<string, { readonly bytes: number; readonly settings: string }>> = {
  environments: { bytes: 2 * 2 ** 30, settings: "numEnvs" },
  networks: { bytes: 4 * 2 ** 30, settings: "hiddenSizes or memorySize" },
  observations: { bytes: 16 * 2 ** 30, settings: "numEnvs, or the size of the observations" },
};

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
 * Refuses what cannot be held, before it is asked for.
 *
 * @param buffers  bytes by name: those that an algorithm tells of, and those of `runBuffers`
 * @throws ConfigError with the largest of them
 */
export function requireMemory(buffers: Readonly<Record<string, number>>, limit = memoryLimit()): void {
  for (const [name, { bytes, settings }] of Object.entries(OWN_LIMITS)) {
    const size = Object.hasOwn(buffers, name) ? buffers[name] : 0;
    if (size > bytes)
      throw new ConfigError([
        `the ${name} must fit into ${gigabytes(bytes)}, got at least ${gigabytes(size)}: lower ${settings}`,
      ]);
  }
  const sizes = Object.entries(buffers).sort(([, a], [, b]) => b - a);
  const bytes = sizes.reduce((sum, [, size]) => sum + size, 0);
  if (bytes <= limit) return;
  throw new ConfigError([
    `the buffers must fit into the memory there is, ${gigabytes(limit)}, got ${gigabytes(bytes)} (most of it ${sizes[0][0]}): lower the settings that size them, such as numEnvs or numSteps`,
  ]);
}

/** What a platform says of memory that it cannot give, as a sentence; other errors stay as they are. */
export function asMemoryError(error: unknown): unknown {
  const denied =
    error instanceof RangeError &&
    /^(Array buffer allocation failed|Invalid (typed array|array buffer|array) length)/.test(error.message);
  if (!denied) return error;
  return new ConfigError([
    `there is not the memory that the run asks for (${error.message}): lower the settings that size it, such as numEnvs or hiddenSizes, or the environment's observations`,
  ]);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toLocaleString("en-US", { maximumFractionDigits: 1 })} GB`;
}
