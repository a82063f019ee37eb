import { computed, effect, signal } from "@preact/signals";
import { parseAddress, type TrainAddress } from "../address.js";
import { startRun, type TrainingRun } from "../training/training-run.js";
import { choiceOf } from "./choice.js";
import { keep, kept, say, training } from "./state.js";

/** Workers beside the page's own: one core stays for the page. */
const WORKERS = Math.max(1, (navigator.hardwareConcurrency || 2) - 1);

/** One seed on its way: waiting while it has no run. */
interface Seed {
  readonly address: TrainAddress;
  readonly run?: TrainingRun;
}

/** What was asked for since the queue was last empty, in order. */
const queue = signal<readonly Seed[]>([]);

/** How far the seeds in the background are; absent if there are none. */
export const seedProgress = computed(() => {
  const seeds = queue.value;
  if (seeds.length === 0) return undefined;
  const done = seeds.filter(({ run }) => run && !run.live.value).length;
  const waiting = seeds.filter(({ run }) => !run).length;
  const share = seeds.reduce((sum, { run }) => {
    if (!run) return sum;
    return sum + (run.live.value ? Math.min(1, run.step.value / run.config.totalSteps) : 1);
  }, 0);
  return { seeds: seeds.length, done, waiting, training: seeds.length - done - waiting, share: share / seeds.length };
});

/** Trains the same run with further seeds, in the background; their curves join the comparison as they come. */
export function runSeeds(address: TrainAddress, count: number): void {
  const { prepared } = choiceOf(address);
  if (!prepared) {
    say("The settings cannot be used: correct them first.", true);
    return;
  }
  const environment = prepared.context.id;
  const task = taskOf({ ...address, environment });
  const taken = new Set<number>();
  const take = (other: TrainAddress) => {
    if (taskOf(other) === task) taken.add(choiceOf(other).prepared?.context.config.seed ?? Number.NaN);
  };
  for (const { hash } of kept.value) {
    const other = hash === undefined ? undefined : parseAddress(hash, training.value);
    if (other?.view === "train") take(other);
  }
  for (const seed of queue.value) take(seed.address);
  const added: Seed[] = [];
  for (let seed = prepared.context.config.seed; added.length < count; seed++)
    if (!taken.has(seed))
      added.push({ address: { ...address, environment, settings: { ...address.settings, seed: String(seed) } } });
  queue.value = [...queue.value, ...added];
  startWaiting();
}

/** Ends those that train, and starts no more. The curves that there are stay. */
export function cancelSeeds(): void {
  const seeds = queue.value;
  queue.value = [];
  for (const { run } of seeds) run?.dispose();
}

/** Everything but the seed. */
function taskOf({ algorithm, environment, preset, settings }: TrainAddress): string {
  const { seed: _seed, ...others } = settings;
  return JSON.stringify([algorithm, environment, preset, Object.entries(others).sort()]);
}

function startWaiting(): void {
  const free = WORKERS - queue.value.filter(({ run }) => run?.live.value).length;
  const next = queue.value.filter(({ run }) => !run).slice(0, Math.max(0, free));
  for (const seed of next) {
    const { prepared, settings } = choiceOf(seed.address);
    if (!prepared) continue; // it was when it was asked for
    const run = startRun({ prepared, preset: seed.address.preset, settings, address: seed.address, shown: false });
    queue.value = queue.value.map((other) => (other === seed ? { ...seed, run } : other));
    joinWhenThereIsACurve(run);
    whenOver(run, () => {
      if (queue.value.every((each) => each.run && !each.run.live.value)) queue.value = [];
      else startWaiting();
    });
  }
}

function joinWhenThereIsACurve(run: TrainingRun): void {
  const stop = effect(() => {
    if (run.version.value === 0 || run.events.length === 0) return;
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
