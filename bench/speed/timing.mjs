/** Seconds of one call, the median over `samples` batches that each last about `batchMs`, after a warm-up of the same length. */
export function secondsPerCall(body, { samples = 9, batchMs = 40, warmupMs = 500 } = {}) {
  return interleaved({ body }, { samples, batchMs, warmupMs }).body;
}

/** The same for several bodies in turn, so that drift of the machine meets all alike. */
export function interleaved(bodies, { samples = 9, batchMs = 40, warmupMs = 500 } = {}) {
  const names = Object.keys(bodies);
  const calls = {};
  for (const name of names) {
    // V8 compiles hot Wasm and JavaScript anew while it runs: warm up by time, then size the batches.
    const until = performance.now() + warmupMs;
    let count = 0;
    const start = performance.now();
    while (performance.now() < until || count < 3) {
      bodies[name]();
      count++;
    }
    calls[name] = Math.max(1, Math.round((count * batchMs) / (performance.now() - start)));
  }
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let sample = 0; sample < samples; sample++) {
    for (const name of names) {
      const start = performance.now();
      for (let i = 0; i < calls[name]; i++) bodies[name]();
      times[name].push((performance.now() - start) / calls[name] / 1000);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])]));
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
