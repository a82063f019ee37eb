import { runInThread } from "./training-thread.js";

/** Commands that train: they run in a thread of their own, which another one watches. */
const TRAINING = ["train", "resume"];

/**
 * The command `advantage` as a process: `main`, in a thread of its own where it trains.
 *
 * @param argv the arguments after the command's name
 * @returns the exit code
 */
export async function command(argv: readonly string[]): Promise<number> {
  if (TRAINING.includes(argv[0])) return runInThread(argv);
  const { main } = await import("./main.js");
  return main(argv);
}
