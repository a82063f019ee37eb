import { fileURLToPath } from "node:url";
import { a2c, run } from "@advantage/rl";
import { nodeThreads } from "advantage/node";
import slowEnvironment, { stepMicroseconds } from "./slow-environment.mjs";
import { median } from "./timing.mjs";

const module = fileURLToPath(new URL("./slow-environment.mjs", import.meta.url));
const settings = { totalSteps: 300_000, numEnvs: 16, seed: 1, evaluationEpisodes: 0, preset: "none" };

/** Whole training loops whose environments two threads share, once they are warm: the second half of each run. */
export async function* threads() {
  const rate = async (workers) => {
    const { history } = await run(a2c, slowEnvironment, {
      ...settings,
      threads: workers === 1 ? undefined : nodeThreads(workers, module),
    });
    return median(history.slice(history.length / 2).map(({ stepsPerSecond }) => stepsPerSecond));
  };
  const rates = { 1: [], 2: [] };
  for (let sample = 0; sample < 3; sample++) for (const workers of [1, 2]) rates[workers].push(await rate(workers));
  const [one, two] = [median(rates[1]), median(rates[2])];
  const name = `A2C, 16 environments of ${stepMicroseconds} µs a step`;
  yield { name: `${name}, 1 worker`, value: one, unit: "steps/s", limit: 1e6 / stepMicroseconds };
  yield { name: `${name}, 2 workers`, value: two, unit: "steps/s", limit: 2e6 / stepMicroseconds };
  yield { name: `${name}, 2 workers to 1`, value: two / one, unit: "times", limit: 2, bar: 1.7 };
}
