/** Where the thread that trains begins: what `runInThread` starts. */
import { parentPort, workerData } from "node:worker_threads";
import type { StopSignal } from "../terminal/terminal.js";
import { impatience } from "./impatience.js";
import { main } from "./main.js";
import { PATIENCE, type TrainingThreadData, type TrainingThreadMessage } from "./training-thread.js";

const port = parentPort!;
const { argv, terminal, asked } = workerData as TrainingThreadData;
const say = (message: TrainingThreadMessage) => port.postMessage(message);

const code = await main(argv, {
  terminal: {
    ...terminal,
    out: (text) => say({ kind: "out", text }),
    err: (text) => say({ kind: "err", text }),
    onInterrupt(callback) {
      const listener = (signal: StopSignal) => callback(signal);
      port.on("message", listener);
      say({ kind: "listening", listening: true });
      return () => {
        port.off("message", listener);
        say({ kind: "listening", listening: false });
      };
    },
    supervisor: {
      saved: (step) => say({ kind: "saved", step }),
      watch: (place) => say({ kind: "watch", place }),
      limitSteps: (seconds) => say({ kind: "limit", seconds }),
      pulse: impatience(asked, PATIENCE),
    },
    exit: (code) => process.exit(code),
  },
});
say({ kind: "done", code });
port.close();
