import { families } from "virtual:training";
import { findEnvironment } from "@advantage/envs";
import {
  type AnyAlgorithm,
  algorithms,
  evaluate,
  type MetricsEvent,
  openSession,
  type PreparedRun,
  prepareRun,
  readCheckpointFile,
  type TrainingSession,
  UserError,
  writeCheckpointFile,
} from "@advantage/rl";
import { phaseValues } from "../phase/phase-values.js";
import { type Order, type Report, type Shared, viewOf } from "./protocol.js";
import { timedEnvironment } from "./timed-environment.js";

/** Milliseconds between two batches of numbers. */
const BATCH = 50;
/** Milliseconds between two looks for messages where memory is not shared. */
const BREATH = 25;
/** Milliseconds that an iteration may go on for after the page has asked for a pause. */
const PATIENCE = 50;
/** What is drawn may take one part in so many of the time. */
const SHARE_OF_DRAWING = 50;

const EVALUATION_EPISODES = 100;

/** A run under way. */
interface Run {
  readonly prepared: PreparedRun;
  readonly session: TrainingSession;
  readonly shown: boolean;
  readonly shared: Shared | undefined;
  readonly environmentTime: () => number;
}

let run: Run | undefined;
/** The algorithm on its way: what is ordered meanwhile waits for it. */
let loading: Promise<AnyAlgorithm | undefined> = Promise.resolve(undefined);
/** Whether to go on after the next progress. */
let going = false;
/** Progress events that may still be pulled before the next pause. */
let pulls = Number.POSITIVE_INFINITY;
let limit: number | undefined;
let looping = false;
/** Checkpoints to be sent after the next progress, by the page's numbers. */
const asked: number[] = [];

addEventListener("message", ({ data }: MessageEvent<Order>) => {
  switch (data.kind) {
    case "start":
      return guarded(() => start(data));
    case "run":
      return guarded(() => goOn(Number.POSITIVE_INFINITY));
    case "step":
      return guarded(() => goOn(1));
    case "pause":
      going = false;
      return;
    case "speed":
      limit = data.limit;
      return;
    case "checkpoint":
      // In the middle of a pull the state may be half way.
      if (looping) asked.push(data.id);
      else sendCheckpoint(data.id);
      return;
  }
});

async function guarded(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    looping = false;
    const bug = !(error instanceof UserError);
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    const during = run === undefined ? "preparing" : run.session.finished ? "evaluating" : "training";
    const failure = {
      message: bug ? `${name}: ${message}` : message,
      bug,
      during,
      step: run?.session.step ?? 0,
    } as const;
    send({ kind: "failed", failure, ...(bug ? { stack } : {}) });
  }
}

async function start(order: Extract<Order, { kind: "start" }>): Promise<void> {
  const whole = wholeAlgorithm(order.algorithm);
  loading = whole;
  const algorithm = await whole;
  const resume = order.checkpoint && readCheckpointFile(order.checkpoint);
  const prepared = prepareRun(algorithm, findEnvironment(order.environment).id, order.settings, {
    preset: order.preset,
    environmentOptions: order.environmentOptions,
    resume,
  });
  const { env, milliseconds } = timedEnvironment(prepared.context.env);
  const timed = { ...prepared, context: { ...prepared.context, env } };
  const shared = order.shared && viewOf(order.shared);
  run = {
    prepared,
    session: openSession(timed, shared && holder(shared)),
    shown: order.shown,
    shared,
    environmentTime: milliseconds,
  };
  send({ kind: "ready", step: run.session.step, resumable: prepared.resumable });
  show(run);
  if (order.paused) run.session.pause();
  else await pull();
}

/** The algorithm with what trains it: the catalogue's only describes it, see build/training-apart.ts. */
async function wholeAlgorithm(name: string): Promise<AnyAlgorithm> {
  const family = algorithms.find(({ id }) => id === name)?.family;
  const modules = family && (await families[family]());
  const algorithm = Object.values(modules ?? {}).find(({ id }) => id === name);
  if (!algorithm) throw new UserError(`there is no algorithm '${name}'`);
  return algorithm;
}

/** Holds the training inside an iteration while the page halts it, if the iteration's end is not near. */
function holder({ halt }: Shared): () => void {
  let since: number | undefined;
  return () => {
    if (Atomics.load(halt, 0) === 0) return;
    const now = performance.now();
    since ??= now;
    if (now - since < PATIENCE) return;
    since = undefined;
    run?.session.pause();
    send({ kind: "paused" });
    Atomics.wait(halt, 0, 1);
    run?.session.resume();
  };
}

/** Goes on for so many lines, once the run is there. */
async function goOn(lines: number): Promise<void> {
  await loading.catch(() => {}); // which `start` tells of
  pulls = lines;
  going = true; // where it was held inside an iteration, it is under way still
  await pull();
}

/** Pulls progress until told to stop. */
async function pull(): Promise<void> {
  if (!run || looping || run.session.finished) return;
  looping = true;
  going = true;
  const { session, shared, shown } = run;
  session.resume();
  let events: MetricsEvent[] = [];
  let batched = performance.now();
  let breathed = batched;
  let sent = session.step;
  const flush = () => {
    if (events.length === 0 && session.step === sent) return;
    sent = session.step;
    send({ kind: "progress", events, step: sent, phases: phasesOf(run!), seconds: session.seconds });
    events = [];
  };
  while (going && pulls > 0) {
    const from = performance.now();
    const advance = await session.next().catch((error) => {
      flush(); // what was logged until here is part of the curve
      throw error;
    });
    for (const id of asked.splice(0)) sendCheckpoint(id);
    if (advance === undefined) break;
    const { event } = advance;
    if (event !== undefined) {
      pulls -= 1;
      events.push(event);
    }
    if (shared) {
      shared.step[0] = session.step;
      if (Atomics.load(shared.halt, 0) === 1) break;
    }
    const now = performance.now();
    if (now - batched >= BATCH) {
      flush();
      batched = now;
      if (shown) showIfDue(run!);
      pageTime += performance.now() - now;
    }
    if (limit !== undefined && event !== undefined) {
      flush();
      if (shown) showIfDue(run!);
      session.pause();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1000 / limit! - (performance.now() - from))));
      session.resume();
    } else if (now - breathed >= BREATH) {
      await nextTask();
      breathed = performance.now();
    }
  }
  session.pause();
  looping = false;
  flush();
  show(run);
  if (!session.finished) {
    send({ kind: "paused" });
    return;
  }
  send({ kind: "trained", step: session.step, seconds: session.seconds });
  await evaluateBoth(run);
}

/** Milliseconds spent for the page. */
let pageTime = 0;

function phasesOf({ session, environmentTime }: Run) {
  const whole = session.seconds;
  const page = pageTime / 1000;
  const environment = Math.min(environmentTime() / 1000, whole - page);
  return { environment, page, learning: Math.max(0, whole - page - environment) };
}

let dueAt = 0;

/** As often as its cost allows, at most four times a second. */
function showIfDue(shown: Run): void {
  const from = performance.now();
  if (from < dueAt) return;
  show(shown);
  dueAt = performance.now() + Math.max(250, SHARE_OF_DRAWING * (performance.now() - from));
}

function show({ session, shown, prepared }: Run): void {
  if (!shown) return;
  const policy = session.policy();
  const bytes = policy.save();
  send({ kind: "policy", bytes }, [bytes.buffer as ArrayBuffer]);
  send({ kind: "figures", figures: session.figures() });
  const plots = phaseValues(prepared.context.id, policy, session.stateValues());
  if (plots.length > 0) send({ kind: "phase", plots });
}

async function evaluateBoth({ prepared, session }: Run): Promise<void> {
  const { config, env } = prepared.context;
  if (env === undefined) return;
  const policy = session.policy();
  const options = { episodes: EVALUATION_EPISODES, seed: config.seed };
  send({
    kind: "evaluated",
    evaluation: await evaluate(policy, env.make, { ...options, deterministic: true }),
    stochasticEvaluation: await evaluate(policy, env.make, { ...options, deterministic: false }),
  });
}

function sendCheckpoint(id: number): void {
  try {
    if (!run) throw new UserError("there is no run yet");
    if (!run.prepared.resumable) throw new UserError(`${run.prepared.context.id} has no snapshot() and restore()`);
    const bytes = writeCheckpointFile(run.session.checkpoint());
    send({ kind: "checkpoint", id, bytes }, [bytes.buffer]);
  } catch (error) {
    send({ kind: "checkpoint", id, problem: error instanceof Error ? error.message : String(error) });
  }
}

function send(report: Report, transfer: Transferable[] = []): void {
  postMessage(report, { transfer });
}

const { port1, port2 } = new MessageChannel();
let proceed: () => void = () => {};
port1.onmessage = () => proceed();

/** After the messages that wait now. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    proceed = resolve;
    port2.postMessage(null);
  });
}
