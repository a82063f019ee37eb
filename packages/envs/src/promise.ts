/** Whether a value is one that is to come: what an `async` function returns. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** That a method of an environment is asynchronous, in a sentence. */
export function notAsync(method: string): string {
  return `${method} returned a Promise: it must return its result at once, environments cannot be asynchronous; fetch what it needs before, at the top of the module`;
}
