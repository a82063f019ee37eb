/**
 * A run of a comparison, in a process of its own: the command itself, deaf to Ctrl-C and to the end of its terminal, which reach every process
 * there. It stops, with a checkpoint, when the comparison lets go of it or has died.
 */
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
let ended = false;
// An environment that ends the process in the middle of a run has not made a success of it, whatever its exit code says.
process.once("exit", (code) => {
  if (ended) return;
  process.stderr.write(`process.exit(${code}) was called in the middle of the run\n`);
  process.exitCode = code || 1;
});
process.on("uncaughtException", (error) => {
  process.stderr.write(`an error that nothing caught, thrown in a promise or a timer: ${error.message}\n`);
  ended = true;
  process.exit(1);
});
// Only now: what takes a while to load would die of a Ctrl-C meanwhile.
const { main } = await import("./main.js");
const { processTerminal } = await import("../terminal/terminal.js");

const terminal = processTerminal();
process.exitCode = await main(process.argv.slice(2), {
  terminal: {
    ...terminal,
    onInterrupt(callback) {
      if (!process.connected) setImmediate(callback);
      process.on("disconnect", callback);
      process.on("SIGTERM", callback);
      return () => {
        process.off("disconnect", callback);
        process.off("SIGTERM", callback);
      };
    },
  },
});
ended = true;
if (process.connected) process.disconnect(); // the channel would keep the process alive

export {};
