/**
 * npm run bench:learning [-- NAME…] [-- --seeds 5]
 *
 * Trains every case over several seeds with the presets, as a user would, and writes one file per case under `results/`: settings, versions
 * and the evaluation of each seed (100 deterministic and 100 sampled episodes). The same seeds give the same results on every machine.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { makeEnv } from "@advantage/envs";
import { algorithms, prepareRun, run } from "@advantage/rl";
import { cases } from "./cases.mjs";
import { table } from "./table.mjs";

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
    const { summary, history } = await run(algorithm, makeEnv(environment), { seed, ...settings });
    const deterministic = summary.evaluation.mean;
    const sampled = summary.stochasticEvaluation.mean;
    const curve = thinned(history).map(({ step, episodeReturn }) => [step, episodeReturn ?? null]);
    seeds.push({ seed, steps: summary.steps, deterministic, sampled, curve });
    console.log(
      `${name} seed ${seed}: ${deterministic.toFixed(1)} (${threshold.rule} ${threshold.value}), sampled ${sampled.toFixed(1)}`,
    );
  }
  const result = {
    name,
    algorithm: id,
    environment,
    settings,
    config,
    threshold,
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
