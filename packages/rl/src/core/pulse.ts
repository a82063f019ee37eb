/**
 * A pulse inside iterations: what training calls after every step of its environments and every gradient step, so that whoever runs it can
 * hold it or give it up there, where the state cannot be saved. Nothing of it touches the numbers.
 */

/** Holds the training for as long as it does not return; what it throws gives the iteration up. */
export type Pulse = () => void;

let current: Pulse | undefined;

/** Calls the pulse of the training under way, if it has one. */
export function pulse(): void {
  current?.();
}

/** Does a part of the training under a pulse. */
export async function underPulse<T>(own: Pulse | undefined, work: () => T | Promise<T>): Promise<T> {
  if (own === undefined) return work();
  const before = current;
  current = own;
  try {
    const result = work();
    // Only what is done at once is of this training for certain: while it waits, others may be under way.
    if (!(result instanceof Promise)) return result;
    current = before;
    return await result;
  } finally {
    current = before;
  }
}

/** The reason for which a pulse gave an iteration up. */
export class GivenUp extends Error {
  override name = "GivenUp";
}
