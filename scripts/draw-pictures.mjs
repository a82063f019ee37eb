/**
 * Draws the pictures of the algorithms' pages, `docs/assets/pictures/PAGE.svg`, by carrying out the runs that `pictures.mjs` lists, with the
 * library as it was built last.
 *
 *     npm run docs:pictures                  all of them
 *     npm run docs:pictures -- td0 values    those of some pages
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { algorithms } from "advantage";
import { pictureSvg } from "advantage/report";
import { prepareRun } from "advantage/runner";
import { pictures } from "./pictures.mjs";

/**
 * @typedef {import("@advantage/rl").Figure} Figure
 * @typedef {import("./pictures.mjs").Run} Run
 * @typedef {import("./pictures.mjs").Panel} Panel
 */

/** Points that a curve keeps: more cannot be told apart. */
const POINTS = 200;

/** Episodes that a point of a curve of returns or lengths is the mean of, at most and at least. */
const WINDOW = 100;
const FEWEST = 20;

/** What a run gave. */
class Outcome {
  /** @type {Map<string, [step: number, value: number][]>} */
  curves = new Map();
  /** @type {import("@advantage/rl").EpisodeEnd[]} */
  episodes = [];
  /** @type {readonly Figure[]} */
  figures = [];

  /** @param {string} metric @param {number} step @param {number} value */
  add(metric, step, value) {
    const curve = this.curves.get(metric) ?? [];
    curve.push([step, value]);
    this.curves.set(metric, curve);
  }
}

/** @type {Map<string, Promise<Outcome>>} */
const outcomes = new Map();

/** @param {Run} run @param {number} [seed] @returns {Promise<Outcome>} */
function outcomeOf(run, seed) {
  const settings = seed === undefined ? run.settings : { ...run.settings, seed };
  const key = JSON.stringify([run.algorithm, run.environment, settings]);
  const known = outcomes.get(key) ?? carryOut({ ...run, settings });
  outcomes.set(key, known);
  return known;
}

/** @param {Run} run @returns {Promise<Outcome>} */
async function carryOut({ algorithm: id, environment, settings = {} }) {
  const algorithm = algorithms.find((each) => each.id === id);
  if (algorithm === undefined) throw new Error(`there is no algorithm '${id}'`);
  const { context } = prepareRun(algorithm, environment, settings);
  const state = algorithm.init(context);
  const outcome = new Outcome();
  for await (const { step, episodes, metrics = {} } of algorithm.train(context, state)) {
    for (const episode of episodes) outcome.episodes.push(episode);
    for (const [name, value] of Object.entries(metrics)) outcome.add(name, step, value);
    const recent = outcome.episodes.slice(-WINDOW);
    if (recent.length < FEWEST) continue;
    outcome.add("episodeReturn", step, mean(recent.map((episode) => episode.return)));
    outcome.add("episodeLength", step, mean(recent.map((episode) => episode.length)));
  }
  outcome.figures = algorithm.figures?.(context, state) ?? [];
  return outcome;
}

/** @param {Panel} panel @returns {Promise<Figure>} */
async function drawn(panel) {
  if ("figure" in panel) {
    const { figures } = await outcomeOf(panel);
    const found = figures.find(({ title }) => title === panel.figure);
    if (found) return panel.title === undefined ? found : { ...found, title: panel.title };
    const titles = figures.map(({ title }) => `'${title}'`).join(", ");
    throw new Error(`${panel.algorithm} has no figure '${panel.figure}': it has ${titles}`);
  }
  const { metric, title, episodes, yLabel, xLog, yLog, seeds = 1 } = panel;
  const { xLabel = episodes === undefined ? "environment steps" : "episode" } = panel;
  const curves = [];
  for (const run of panel.curves) {
    const each = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = await outcomeOf(run, seed);
      const name = run.metric ?? metric;
      const curve = episodes === undefined ? outcome.curves.get(name) : byEpisode(outcome, name).slice(0, episodes);
      if (curve === undefined) throw new Error(`${run.algorithm} has not logged '${name}'`);
      each.push(thinned(curve, xLog === true));
    }
    curves.push({ label: run.label, ...(run.reference && { reference: true }), ...averaged(each) });
  }
  return { kind: "curves", title, caption: "", xLabel, yLabel, xLog, yLog, curves };
}

/** Return or length of each episode, by its number. @param {Outcome} outcome @param {string} metric @returns {[number, number][]} */
function byEpisode({ episodes }, metric) {
  return episodes.map((episode, i) => [i + 1, metric === "episodeLength" ? episode.length : episode.return]);
}

/** Mean and 95 % interval over the seeds, where all of them have a value. @param {[number, number][][]} curves */
function averaged(curves) {
  const values = new Map(curves[0].map(([step]) => [step, /** @type {number[]} */ ([])]));
  for (const [step, value] of curves.flat()) values.get(step)?.push(value);
  const points = [...values].filter(([, found]) => found.length === curves.length);
  const x = points.map(([step]) => step);
  const y = points.map(([, found]) => mean(found));
  if (curves.length === 1) return { x, y };
  const half = points.map(([, found], i) => 1.96 * Math.sqrt(variance(found, y[i]) / found.length));
  return { x, y, low: y.map((value, i) => value - half[i]), high: y.map((value, i) => value + half[i]) };
}

/** At most so many points, evenly over the axis. @param {[number, number][]} curve @param {boolean} log */
function thinned(curve, log) {
  const at = (/** @type {number} */ step) => (log ? Math.log(step) : step);
  const [first, last] = [at(curve[0][0]), at(curve[curve.length - 1][0])];
  let next = first;
  return curve.filter(([step], i) => {
    if (at(step) < next && i < curve.length - 1) return false;
    next = Math.max(at(step), next) + (last - first) / POINTS;
    return true;
  });
}

/** @param {readonly number[]} values */
function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** @param {readonly number[]} values @param {number} centre */
function variance(values, centre) {
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((page) => !pictures.some((picture) => picture.page === page));
if (unknown.length > 0) throw new Error(`scripts/pictures.mjs has no picture of ${unknown.join(", ")}`);
const folder = fileURLToPath(new URL("../docs/assets/pictures/", import.meta.url));
mkdirSync(folder, { recursive: true });
for (const { page, panels } of pictures) {
  if (wanted.length > 0 && !wanted.includes(page)) continue;
  const figures = [];
  for (const panel of panels) figures.push(await drawn(panel));
  writeFileSync(`${folder}${page}.svg`, pictureSvg(figures));
  console.log(`docs/assets/pictures/${page}.svg`);
}
