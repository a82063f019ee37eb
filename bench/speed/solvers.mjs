import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { largest } from "@advantage/engine";
import { buildMdp, sampleEnv } from "@advantage/envs";
import { policyIteration, prepareRun, valueIteration } from "@advantage/rl";
import { median } from "./timing.mjs";

const rows = 250;
const columns = 400;
const moves = [
  [-1, 0],
  [0, 1],
  [1, 0],
  [0, -1],
  [0, 0],
];

/**
 * A gridworld of 10⁵ states and 4 actions with 5 successors each: the chosen direction with 0.8, the three others and staying with 0.05 each; +1 at the far corner, which ends the task.
 */
function grid() {
  const numStates = rows * columns;
  const goal = numStates - 1;
  const clamp = (x, n) => Math.min(n - 1, Math.max(0, x));
  return buildMdp({ numStates, numActions: 4, capacity: 20 * numStates, initial: 0 }, (state, action, add) => {
    for (let move = 0; move < 5; move++) {
      const row = clamp(Math.floor(state / columns) + moves[move][0], rows);
      const column = clamp((state % columns) + moves[move][1], columns);
      const next = state === goal ? goal : row * columns + column;
      add(move === action ? 0.8 : 0.05, next, state !== goal && next === goal ? 1 : 0, next === goal);
    }
  });
}

const cases = [
  {
    name: "value iteration, synchronous",
    algorithm: valueIteration,
    settings: { sweep: "synchronous", logEvery: 1_000_000 },
    bar: 1900,
    peer: { name: "SciPy sparse product", value: 1860 },
  },
  {
    name: "value iteration, outward",
    algorithm: valueIteration,
    settings: { sweep: "outward", logEvery: 1_000_000 },
    bar: 500,
    peer: { name: "NumPy gather", value: 610 },
  },
  {
    name: "policy iteration, 50 sweeps",
    algorithm: policyIteration,
    settings: { evaluation: "sweeps", evaluationSweeps: 50 },
  },
];

/** Milliseconds to certify ‖V − V*‖∞ ≤ 1e-6 at γ = 0.99, the layout of the sweeps included, the building of the MDP not. */
function solve(mdp, { algorithm, settings }) {
  const env = () => sampleEnv(mdp, { id: "Grid250x400-v0" });
  const { context } = prepareRun(algorithm, env, { discount: 0.99, tolerance: 1e-6, ...settings });
  const start = performance.now();
  const state = algorithm.init(context);
  for (const _ of algorithm.train(context, state));
  return performance.now() - start;
}

export function* solvers() {
  const mdp = grid();
  const times = cases.map(() => []);
  for (let sample = 0; sample < 3; sample++) {
    for (const [i, each] of cases.entries()) times[i].push(solve(mdp, each));
  }
  for (const [i, { name, bar = null, peer = null }] of cases.entries()) {
    yield { name: `10⁵-state grid to 1e-6: ${name}`, value: median(times[i]), unit: "ms", bar, peer };
  }
  for (const { name } of cases) {
    const peaks = times[0].map(() =>
      Number(execFileSync(process.execPath, [fileURLToPath(import.meta.url), name], { encoding: "utf8" })),
    );
    yield {
      name: `peak memory, MDP and Node included, worst of ${peaks.length}: ${name}`,
      value: largest(peaks),
      unit: "MB",
      note: "bar: below 150",
    };
  }
}

/** Megabytes that this process has held at most; where Linux does not tell them, those it holds. (`maxRSS` would include the parent's.) */
function peakMemory() {
  try {
    return (Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024) / 1e6;
  } catch {
    return process.memoryUsage().rss / 1e6;
  }
}

// A process of its own for each solver.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  solve(
    grid(),
    cases.find(({ name }) => name === process.argv[2]),
  );
  console.log(peakMemory());
}
