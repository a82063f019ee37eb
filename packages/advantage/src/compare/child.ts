/**
 * A run of a comparison, in a process of its own: the command itself, deaf to Ctrl-C and to the end of its terminal, which reach every process
 * there. It stops, with a checkpoint, when the comparison lets go of it or has died.
 */
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
// Only now: what takes a while to load would die of a Ctrl-C meanwhile.
const { main } = await import("../cli/main.js");
const { processTerminal } = await import("../cli/terminal.js");

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
if (process.connected) process.disconnect(); // the channel would keep the process alive

export {};
