import { computed, effect, signal } from "@preact/signals";
import { type Address, hashOf, OPTION, parseAddress, type TrainAddress } from "../address.js";
import { startRun, type TrainingRun } from "../training/training-run.js";
import { type Choice, choiceOf } from "./choice.js";
import { type KeptRun, keptRun } from "./kept-run.js";
import { forgetRun, storedRuns, storeRun } from "./stored-runs.js";

/** What a first visit shows. */
const FIRST: TrainAddress = {
  view: "train",
  algorithm: "ppo",
  environment: "CartPole-v1",
  preset: "auto",
  settings: {},
};

export const address = signal<Address>(parseAddress(location.hash, FIRST));

/** What the form of the training view holds; kept while other views are open. */
export const training = signal<TrainAddress>(address.value.view === "train" ? address.value : FIRST);

export const choice = computed<Choice>(() => choiceOf(training.value));

/** The run on show. */
export const current = signal<TrainingRun | undefined>(undefined);

/** Runs to compare: finished ones, runs in the background, files that were dropped, those of earlier visits. */
export const kept = signal<readonly KeptRun[]>([]);

/** Progress events a second; absent: full speed. */
export const speed = signal<number | undefined>(undefined);

/** A sentence for the person at the page: a file that could not be read, a link that was copied. */
export const notice = signal<{ readonly text: string; readonly bad: boolean } | undefined>(undefined);

/** The names of the settings in which the form differs from the run on show; none if it is another task, or cannot be used. */
export const changedSettings = computed<readonly string[]>(() => {
  const run = current.value;
  const { prepared } = choice.value;
  if (!run || !prepared || run.algorithm !== prepared.algorithm || run.environment !== prepared.context.id) return [];
  const [ofTheRun, ofTheForm] = [run.config, prepared.context.config] as unknown as Record<string, unknown>[];
  const options = JSON.stringify(run.options) === JSON.stringify(prepared.context.env?.options) ? [] : ["options"];
  return [
    ...options,
    ...Object.keys(ofTheForm).filter((name) => JSON.stringify(ofTheForm[name]) !== JSON.stringify(ofTheRun[name])),
  ];
});

addEventListener("hashchange", () => {
  address.value = parseAddress(location.hash, training.value);
  if (address.value.view === "train") {
    training.value = address.value;
    clearAway();
  }
});

/** Changes the form; the address follows, without a new entry in the history. */
export function choose(change: Partial<TrainAddress>): void {
  const { environment } = choice.peek();
  training.value = { ...training.value, ...change };
  // Options are one environment's.
  if (change.settings === undefined && change.environment !== undefined && change.environment !== environment.id) {
    const settings = Object.entries(training.value.settings).filter(([name]) => !name.startsWith(OPTION));
    training.value = { ...training.value, settings: Object.fromEntries(settings) };
  }
  address.value = training.value;
  history.replaceState(null, "", hashOf(training.value));
  clearAway();
}

/** A run that is over makes way for another algorithm or environment; one that is not goes on. */
function clearAway(): void {
  const run = current.peek();
  const { algorithm, environment } = choice.peek();
  if (run && !run.live.peek() && (run.algorithm !== algorithm || run.environment !== environment.id)) reset();
}

/** @param text as typed; `undefined` takes the setting back to what it would be without it */
export function setSetting(name: string, text: string | undefined): void {
  const { [name]: _old, ...others } = training.value.settings;
  choose({ settings: text === undefined ? others : { ...others, [name]: text } });
}

/** Starts what the form holds, in place of the run before. */
export function start({ paused = false, checkpoint }: { paused?: boolean; checkpoint?: Uint8Array } = {}): void {
  const { prepared, settings } = choice.value;
  if (!prepared) return;
  reset();
  choose({ algorithm: prepared.algorithm.id, environment: prepared.context.id });
  current.value = startRun({
    prepared,
    preset: training.value.preset,
    settings,
    checkpoint,
    address: training.value,
    shown: true,
    paused,
    speed: speed.value,
  });
}

/** Trains until the next progress, from the beginning if there is no run. */
export function stepOnce(): void {
  if (current.value?.status.value !== "paused") start({ paused: true });
  current.value?.stepOnce();
}

/** Ends the run on show; its curve stays for comparison if there is one. */
export function reset(): void {
  const run = current.value;
  if (!run) return;
  keep(run);
  run.dispose();
  current.value = undefined;
}

/** Puts a run among those to compare; once is enough. What it has come to is stored when it is over. */
export function keep(run: TrainingRun): void {
  if (run.events.length === 0 || kept.value.some((other) => other.run === run)) return;
  const one = keptRun(run);
  // The same run once more has the same curve.
  const same = kept.value.filter(({ group, seed }) => group === one.group && seed === one.seed);
  kept.value = [...kept.value.filter((other) => !same.includes(other)), one];
  for (const other of same) forgetRun(other);
  const stop = effect(() => {
    if (run.live.value) return;
    if (kept.peek().includes(one)) store(one);
    queueMicrotask(() => stop());
  });
}

/** Adds what came from a file. */
export function keepFile(one: KeptRun): void {
  const labels = new Set(kept.value.map(({ label }) => label));
  let label = one.label;
  for (let number = 2; labels.has(label); number++) label = `${one.label} ${number}`;
  const named = { ...one, label, groupLabel: one.groupLabel === one.label ? label : one.groupLabel };
  kept.value = [...kept.value, named];
  store(named);
}

/** Takes runs out of the comparison, here and in the browser's store; those that train in the background end. */
export function forget(ones: readonly KeptRun[]): void {
  kept.value = kept.value.filter((other) => !ones.includes(other));
  for (const one of ones) {
    if (one.run !== current.peek()) one.run?.dispose();
    forgetRun(one);
  }
}

let storing = true;

async function store(one: KeptRun): Promise<void> {
  if (!storing || (await storeRun(one))) return;
  storing = false;
  say("This browser stores no more: the comparison lasts as long as the page is open.");
}

storedRuns().then((earlier) => {
  kept.value = [...earlier, ...kept.value];
});

// A run that trains is lost with the page; what is over is in the comparison.
addEventListener("beforeunload", (event) => {
  const runs = [current.peek(), ...kept.peek().map(({ run }) => run)];
  if (runs.some((run) => run?.live.peek() && run.step.peek() > run.from)) event.preventDefault();
});

/** Says something; the next thing said takes its place. */
export function say(text: string, bad = false): void {
  notice.value = { text, bad };
}
