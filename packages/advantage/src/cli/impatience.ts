import { GivenUp, type Pulse } from "@advantage/rl";

/**
 * A pulse that gives an iteration up once it has gone on for so long after it was asked to stop.
 *
 * @param asked     shared with the thread that hears signals: 1 once it was [1]
 * @param patience  in milliseconds
 */
export function impatience(asked: Int32Array, patience: number): Pulse {
  let since: number | undefined;
  return () => {
    if (Atomics.load(asked, 0) === 0) return;
    const now = performance.now();
    since ??= now;
    if (now - since >= patience) throw new GivenUp("it was asked to stop");
  };
}
