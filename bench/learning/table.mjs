import { readdirSync, readFileSync } from "node:fs";

/** Whether a return is at the level; "≤" holds what a method is known to be unable to. */
export function meets(value, { rule, value: level }) {
  return rule === "≤" ? value <= level : value >= level;
}

/** The README of this folder: every recorded case in a line. */
export function table(here) {
  const results = readdirSync(new URL("results/", here))
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(`results/${file}`, here))));
  const rows = results.map((result) => {
    const { name, environment, algorithm, threshold, seeds } = result;
    const scores = seeds.map(({ deterministic }) => deterministic.toFixed(1)).join(", ");
    const met = seeds.every(({ deterministic }) => meets(deterministic, threshold));
    const starts = startsText(result);
    const steps = seeds[0].steps.toLocaleString("en-US");
    return `| \`${name}\` | ${algorithm} | ${environment} | ${steps} | ${threshold.rule} ${threshold.value} within ${threshold.within.toLocaleString("en-US")} | ${scores} | ${starts} | ${met ? "yes" : "**no**"} |`;
  });
  return `# Learning

What the algorithms reach with their presets: the mean return of 100 deterministic episodes after training, one figure per seed
(1, 2, 3, …). \`npm run bench:learning\` trains all cases anew, \`npm run bench:learning -- NAME\` one; each file under \`results/\` holds the
settings, the command and the learning curves. A mean hides a few failures: the next columns are of 1,000 further starts, the same for every
seed, with the mean over the seeds, the seed with the worst mean, and how many of each seed's starts failed (returned less than the level in brackets). A dash: not
recorded yet. The same seeds give the same figures on every machine.

| case | algorithm | environment | steps | level | deterministic returns by seed | mean | worst seed | failures by seed | reached by all |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

/** Of the 1,000 starts: the mean over the seeds, that of the worst one, and the failures. */
function startsText({ starts, seeds }) {
  const means = seeds.map((seed) => seed.starts.mean);
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const failures = seeds.map((seed) => seed.starts.failures).join(", ");
  return `${mean.toFixed(1)} | ${means.toSorted((a, b) => a - b)[0].toFixed(1)} | ${failures} (< ${starts.failureBelow})`;
}
