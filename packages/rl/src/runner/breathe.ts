/** How long training may hold the event loop, in milliseconds: timers, signals and messages wait no longer. */
const HOLD = 50;

/** `await breathe()` lets the event loop do what waits, if it has not for a while. */
export function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < HOLD) return;
    await nextTask();
    last = performance.now();
  };
}

/** A promise of what comes after whatever waits now. Not `setTimeout`, which browsers hold back for 4 ms. */
export function nextTask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void };
  if (setImmediate) return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
