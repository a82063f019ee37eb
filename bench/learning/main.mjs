/**
 * npm run bench:learning [-- NAME…] [-- --seeds 5]
 *
 * Trains every case over several seeds with the presets, as a user would, and writes one file per case under `results/`: settings, versions
 * and the evaluation of each seed: 100 deterministic and 100 sampled episodes, and 1,000 deterministic ones from the same starts for all seeds, with
 * the share of those that failed. The same seeds give the same results on every machine.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { makeEnv } from "@advantage/envs";
import { algorithms, evaluate, prepareRun, run } from "@advantage/rl";
import { cases, failureBelow } from "./cases.mjs";
import { table } from "./table.mjs";

const STARTS = { episodes: 1000, seed: 1000 };

const { values, positionals } = parseArgs({
  options: { seeds: { type: "string", default: "5" } },
  allowPositionals: true,
});
const here = new URL(".", import.meta.url);
const { version } = JSON.parse(readFileSync(new URL("../../package.json", here)));
const wanted = positionals.length > 0 ? positionals : Object.keys(cases);
const unknown = wanted.find((name) => !(name in cases));
if (unknown !== undefined) {
  console.error(`unknown case '${unknown}'; there are ${Object.keys(cases).join(", ")}`);
  process.exit(2);
}

mkdirSync(new URL("results/", here), { recursive: true });
for (const name of wanted) {
  const { algorithm: id, environment, settings, threshold } = cases[name];
  const algorithm = algorithms.find((candidate) => candidate.id === id);
  // Every setting as it is now, so that a test can tell when a recorded result no longer is what the preset gives.
  const { seed: _, ...config } = prepareRun(algorithm, makeEnv(environment), settings).context.config;
  const seeds = [];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const { summary, history, policy } = await run(algorithm, makeEnv(environment), { seed, ...settings });
    const deterministic = summary.evaluation.mean;
    const sampled = summary.stochasticEvaluation.mean;
    const below = failureBelow[environment];
    const {
      mean,
      median,
      quantiles,
      below: failed,
    } = await evaluate(policy, makeEnv(environment), { ...STARTS, threshold: below });
    const failures = Math.round(failed.share * STARTS.episodes);
    const starts = { mean, median, q05: quantiles.q05, failures };
    const curve = thinned(history).map(({ step, episodeReturn }) => [step, episodeReturn ?? null]);
    seeds.push({ seed, steps: summary.steps, deterministic, sampled, starts, curve });
    console.log(
      `${name} seed ${seed}: ${deterministic.toFixed(1)} (${threshold.rule} ${threshold.value}), sampled ${sampled.toFixed(1)}, failures ${failures}`,
    );
  }
  const result = {
    name,
    algorithm: id,
    environment,
    settings,
    config,
    threshold,
    starts: { ...STARTS, failureBelow: failureBelow[environment] },
    version,
    command: `npm run bench:learning -- ${name}`,
    seeds,
  };
  writeFileSync(new URL(`results/${name}.json`, here), `${JSON.stringify(result)}\n`);
}
writeFileSync(new URL("README.md", here), table(here));

/** At most 100 points of a learning curve. */
function thinned(history) {
  const every = Math.max(1, Math.ceil(history.length / 100));
  return history.filter((_, i) => i % every === every - 1 || i === history.length - 1);
}
