import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { Interruption, interruptible, interruptionCode, processTerminal, type Terminal } from "./terminal.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("interruptible", () => {
  /** What comes of presses at the given milliseconds. */
  async function pressedAt(times: readonly number[], isTTY = true) {
    let press = () => {};
    let err = "";
    const exits: number[] = [];
    const terminal = {
      isTTY,
      err(text: string) {
        err += text;
      },
      onInterrupt(callback: () => void) {
        press = callback;
        return () => {};
      },
      exit: (code: number) => void exits.push(code),
    } as unknown as Terminal;
    const clock = vi.spyOn(performance, "now");
    const stopped = await interruptible(terminal, async (signal) => {
      for (const time of times) {
        clock.mockReturnValue(time);
        press();
      }
      return signal.aborted;
    });
    return { stopped, exits, err };
  }

  it("asks once, however often Ctrl-C was pressed before that was answered", async () => {
    const { stopped, exits, err } = await pressedAt([1000, 1000, 1499]);
    expect([stopped, exits]).toEqual([true, []]);
    expect(err).toBe("\nStopping. Press Ctrl-C again to quit at once.\n");
  });

  it("quits at a press after the answer and leaves the terminal as it was", async () => {
    const { exits, err } = await pressedAt([1000, 1500]);
    expect(exits).toEqual([130]);
    expect(err.endsWith("\x1b[?25h\x1b[?7h")).toBe(true);
    expect((await pressedAt([0, 500], false)).err).not.toContain("\x1b");
  });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("a command that %s stopped ends with %i", (signal, code) => {
  expect(interruptionCode(AbortSignal.abort(new Interruption(signal)))).toBe(code);
});

describe("the process's terminal", () => {
  let listeners: Record<"stdout" | "stderr", readonly unknown[]>;

  beforeEach(() => {
    listeners = { stdout: process.stdout.listeners("error"), stderr: process.stderr.listeners("error") };
  });

  afterEach(() => {
    for (const name of ["stdout", "stderr"] as const)
      for (const listener of process[name].listeners("error"))
        if (!listeners[name].includes(listener)) process[name].off("error", listener as () => void);
  });

  it("goes on without whoever read along while something trains", () => {
    const exit = vi.spyOn(process, "exit").mockImplementation((() => {}) as never);
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const terminal = processTerminal();
    const closed = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    const stop = terminal.onInterrupt(() => {});
    process.stdout.emit("error", closed);
    process.stderr.emit("error", closed);
    expect(exit).not.toHaveBeenCalled();
    terminal.out("nobody hears this");
    expect(write).not.toHaveBeenCalled();
    stop();
    process.stdout.emit("error", closed);
    expect(exit).toHaveBeenCalledOnce();
  });
});
