import { effect } from "@preact/signals";
import { hashOf, parseAddress, type TrainAddress } from "../address.js";
import { keep, kept, say, training } from "../page/state.js";
import { choiceOf } from "../train/choice.js";
import { startRun, type TrainingRun } from "../training/training-run.js";

/** Workers beside the page's own: one core stays for the page. */
const WORKERS = Math.max(1, (navigator.hardwareConcurrency || 2) - 1);

const waiting: TrainAddress[] = [];
let running = 0;

/** Trains the same run with further seeds, in the background; their curves join the comparison as they come. */
export function runSeeds(address: TrainAddress, count: number): void {
  const { prepared } = choiceOf(address);
  if (!prepared) {
    say("The settings cannot be used: correct them first.", true);
    return;
  }
  const first = prepared.context.config.seed;
  const group = JSON.stringify({ ...address.settings, seed: "" });
  const taken = new Set(
    kept.value.flatMap(({ hash, seed }) => {
      const other = hash === undefined ? undefined : parseAddress(hash, training.value);
      return other?.view === "train" &&
        other.algorithm === address.algorithm &&
        JSON.stringify({ ...other.settings, seed: "" }) === group
        ? [seed]
        : [];
    }),
  );
  let seed = first;
  for (let added = 0; added < count; seed++) {
    if (taken.has(seed)) continue;
    waiting.push({ ...address, settings: { ...address.settings, seed: String(seed) } });
    added += 1;
  }
  startWaiting();
}

function startWaiting(): void {
  while (running < WORKERS) {
    const address = waiting.shift();
    if (!address) return;
    const { prepared, settings } = choiceOf(address);
    if (!prepared) continue;
    running += 1;
    const run = startRun({ prepared, preset: address.preset, settings, hash: hashOf(address), shown: false });
    whenOver(run, () => {
      running -= 1;
      startWaiting();
    });
    joinWhenThereIsACurve(run);
  }
}

function joinWhenThereIsACurve(run: TrainingRun): void {
  const stop = effect(() => {
    if (run.version.value === 0) return;
    keep(run);
    queueMicrotask(() => stop());
  });
}

function whenOver(run: TrainingRun, over: () => void): void {
  const stop = effect(() => {
    if (run.live.value) return;
    if (run.problem.value) say(run.problem.value, true);
    queueMicrotask(() => {
      stop();
      run.dispose();
      over();
    });
  });
}
