import { cartPole } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { box } from "../../../envs/src/spaces/box.js";
import { ppo } from "../algorithms/policy-gradient/ppo.js";
import { asBlock } from "../core/block.js";
import { RunError } from "../core/errors.js";
import { schema } from "../core/schema.js";
import type { Checkpoint, CheckpointStore } from "./checkpoint.js";
import { catalogueEntry, type EnvLike, envSource } from "./env-source.js";
import { metricNames, WALL_CLOCK_METRICS } from "./metric-names.js";
import { needProblem } from "./needs.js";
import { prepareRun } from "./prepare.js";
import { run } from "./run.js";
import type { Sink } from "./sink.js";
import { jsonlSink } from "./sinks/jsonl.js";
import { taskOf } from "./task-of.js";
import { axisOf, counted, perSecond } from "./unit.js";

/** The lines of metrics.jsonl without their wall-clock fields. */
function lines(text: readonly string[]): string[] {
  return text.map((line) =>
    JSON.stringify(JSON.parse(line), (key, value) => (WALL_CLOCK_METRICS.includes(key) ? undefined : value)),
  );
}

/** Keeps every checkpoint, as files would: through JSON. */
function memoryStore(): CheckpointStore & { readonly saved: Checkpoint[] } {
  const saved: Checkpoint[] = [];
  return {
    saved,
    save: ({ header, tensors }) => void saved.push({ header: JSON.parse(JSON.stringify(header)), tensors }),
  };
}

async function train(options: Parameters<typeof run<typeof counter.config.defaults, unknown>>[2]) {
  const text: string[] = [];
  const result = await run(counter, walk(), {
    preset: "none",
    sinks: [jsonlSink((line) => text.push(line))],
    ...options,
  });
  return { ...result, text: lines(text) };
}

describe("units", () => {
  it("are words everywhere", () => {
    expect([counted(1000, "sweep"), counted(1, "round"), counted(12)]).toEqual(["1,000 sweeps", "1 round", "12 steps"]);
    expect([perSecond(1234.5), perSecond(2.53, "sweep")]).toEqual(["1,235 steps/s", "2.53 sweeps/s"]);
    expect([axisOf(), axisOf("iteration")]).toEqual(["environment steps", "iterations"]);
    expect(metricNames({ metrics: {}, unit: "sweep" }).step.meaning).toBe("sweeps done");
    expect(metricNames({ metrics: {} }).stepsPerSecond.meaning).toBe(
      "environment steps a second since the line before",
    );
  });
});

describe("run", () => {
  it("trains, logs every progress and evaluates", async () => {
    const { text, summary, history, stopped, policy } = await train({ totalSteps: 100, evaluationEpisodes: 7 });
    expect(stopped).toBe(false);
    expect(history.map((event) => event.step)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    expect(Object.keys(history.at(-1) ?? {})).toEqual([
      "step",
      "episodes",
      "episodeReturn",
      "episodeLength",
      "loss",
      "drift",
      "seconds",
      "stepsPerSecond",
    ]);
    expect(text).toHaveLength(10);
    expect(summary).toMatchObject({ algorithm: "counter", environment: "Walk-v0", seed: 1, steps: 100 });
    // Always to the right: 1 + 2 + 3, and what slipping adds.
    expect(summary.evaluation).toMatchObject({ episodes: 7, deterministic: true });
    expect(summary.evaluation?.min).toBeGreaterThanOrEqual(6);
    expect(summary.stochasticEvaluation).toMatchObject({ episodes: 7, deterministic: false });
    expect(policy.act(Float32Array.of(0))).toBe(1);
  });

  it("takes more episodes in one progress than a call takes arguments, and averages the latest 100", async () => {
    const episodes = Array.from({ length: 300_000 }, (_, i) => ({ step: i + 1, return: i, length: 1 }));
    const many = {
      ...counter,
      *train(_: unknown, state: { step: number }) {
        state.step = episodes.length;
        yield { step: state.step, episodes };
      },
    } as typeof counter;
    const { history } = await run(many, walk(), { totalSteps: episodes.length, preset: "none", evaluationEpisodes: 0 });
    expect(history.at(-1)).toMatchObject({ episodes: 300_000, episodeReturn: 299_949.5, episodeLength: 1 });
  });

  it("gives the same metrics for the same seed, other ones for another", async () => {
    const [a, b, c] = [await train({ seed: 3 }), await train({ seed: 3 }), await train({ seed: 4 })];
    expect(a.text).toEqual(b.text);
    expect(a.summary.stochasticEvaluation).toEqual(b.summary.stochasticEvaluation);
    expect(a.text).not.toEqual(c.text);
  });

  it("takes the environment's preset unless told otherwise; settings that are given win", async () => {
    const steps = async (options: object) =>
      (await run(counter, walk(), { evaluationEpisodes: 0, ...options })).summary.steps;
    expect(await steps({})).toBe(240);
    expect(await steps({ preset: "none" })).toBe(200);
    expect(await steps({ preset: "Walk-v0", totalSteps: 50 })).toBe(50);
    expect(await steps({ totalSteps: undefined })).toBe(240);
    await expect(steps({ preset: "Walk-v1" })).rejects.toThrow(
      "counter has no preset 'Walk-v1'. Did you mean 'Walk-v0'?",
    );
  });

  it("stopped anywhere and resumed, equals the uninterrupted run", async () => {
    const whole = memoryStore();
    const uninterrupted = await train({ store: whole, checkpointEverySeconds: 0, evaluationEpisodes: 5 });
    expect(whole.saved.map(({ header }) => header.events)).toEqual([...Array(21).keys()].concat(20));

    for (const stopAfter of [1, 4, 19]) {
      const controller = new AbortController();
      const stopper: Sink = { event: (event) => void (event.step === 10 * stopAfter && controller.abort()) };
      const store = memoryStore();
      const text: string[] = [];
      const first = await run(counter, walk(), {
        preset: "none",
        store,
        sinks: [jsonlSink((line) => text.push(line)), stopper],
        signal: controller.signal,
      });
      expect(first.stopped).toBe(true);
      expect(first.summary.evaluation).toBeUndefined();
      expect(store.saved.map(({ header }) => header.events)).toEqual([0, stopAfter]);

      const rest = await train({ resume: store.saved[1], store, evaluationEpisodes: 5 });
      expect([...lines(text), ...rest.text]).toEqual(uninterrupted.text);
      expect(rest.summary.evaluation).toEqual(uninterrupted.summary.evaluation);
      const end = store.saved.at(-1);
      expect(end?.tensors).toEqual(whole.saved.at(-1)?.tensors);
      expect(end?.header.state).toEqual(whole.saved.at(-1)?.header.state);
    }
  });

  describe("with blocks in its state", () => {
    const withBlock: typeof counter = {
      ...counter,
      init: (context) => ({ ...counter.init(context), kept: asBlock(Uint8Array.of(1, 2, 3)) }),
    };
    const options = { preset: "none", totalSteps: 200, evaluationEpisodes: 0, checkpointEverySeconds: 0 } as const;

    it("trains on while a checkpoint is written, and writes one at a time", async () => {
      const plain = await train(options);
      const text: string[] = [];
      const saves: { begun: number; ended?: number; kept: unknown }[] = [];
      let step = 0;
      let end = () => {};
      const store: CheckpointStore = {
        async save({ header, tensors }) {
          const save: (typeof saves)[number] = { begun: header.step, kept: tensors["state.kept"] };
          saves.push(save);
          if (header.step % 200 !== 0) await new Promise<void>((resolve) => (end = resolve));
          save.ended = step;
        },
      };
      const sink: Sink = {
        event(event) {
          step = event.step;
          if (step % 50 === 0) end();
        },
      };
      await run(withBlock, walk(), { ...options, store, sinks: [sink, jsonlSink((line) => text.push(line))] });
      expect(saves.map(({ begun, ended }) => [begun, ended])).toEqual([
        [0, 0],
        [10, 50],
        [60, 100],
        [110, 150],
        [160, 200],
        [200, 200],
      ]);
      expect(new Set(saves.map(({ kept }) => kept)).size).toBe(1); // itself, no copy
      expect(lines(text)).toEqual(plain.text);
    });

    it("ends with what a checkpoint could not be written for, at the next progress or at the end", async () => {
      for (const [failing, last] of [
        [10, 40],
        [200, 200],
      ]) {
        let step = 0;
        let fail = (_error: Error) => {};
        const store: CheckpointStore = {
          async save({ header }) {
            if (header.step !== failing) return;
            await new Promise<void>((_, reject) => {
              fail = reject;
              if (failing === 200) reject(new RunError("the disk is full"));
            });
          },
        };
        const sink: Sink = {
          event(event) {
            step = event.step;
            if (step === 30) fail(new RunError("the disk is full"));
          },
        };
        await expect(run(withBlock, walk(), { ...options, store, sinks: [sink] })).rejects.toThrow("the disk is full");
        expect(step).toBe(last);
      }
    });
  });

  it("goes on from a finished run when given more steps", async () => {
    const store = memoryStore();
    await train({ totalSteps: 100, store });
    const more = await train({ resume: store.saved[1], totalSteps: 200 });
    expect(more.text).toEqual((await train({ totalSteps: 200 })).text.slice(10));
  });

  it("is saved before its first step, unless the buffers are huge", async () => {
    const store = memoryStore();
    const whole = await train({ store });
    expect(store.saved[0].header).toMatchObject({ step: 0, events: 0 });
    expect((await train({ resume: store.saved[0] })).text).toEqual(whole.text);

    const huge = { ...counter, buffers: () => ({ buffer: 2 ** 29 }) } satisfies typeof counter as typeof counter;
    const late = memoryStore();
    await run(huge, walk(), { store: late, totalSteps: 10, evaluationEpisodes: 0 });
    expect(late.saved.map(({ header }) => header.step)).toEqual([10]);
  });

  it("of which only the evaluation is left makes up for it and touches nothing else", async () => {
    const store = memoryStore();
    const whole = await train({ store, evaluationEpisodes: 5 });
    const count = store.saved.length;
    const rest = await train({ resume: store.saved.at(-1), store, evaluationEpisodes: 5 });
    expect(rest.summary.evaluation).toEqual(whole.summary.evaluation);
    expect([rest.text, rest.stopped, store.saved.length]).toEqual([[], false, count]);
  });

  it("has no evaluation at all if that is stopped", async () => {
    const controller = new AbortController();
    const whole = train({ signal: controller.signal, sinks: [{ event() {}, end: () => controller.abort() }] });
    expect(await whole).toMatchObject({ stopped: false, evaluationStopped: true });
    expect((await whole).summary).not.toHaveProperty("evaluation");
    expect((await whole).summary).not.toHaveProperty("stochasticEvaluation");
    expect((await train({ totalSteps: 10 })).evaluationStopped).toBe(false);
  });

  it("stops at once at a metric that is no number and keeps the last good checkpoint", async () => {
    const store = memoryStore();
    let ended = 0;
    const failing = train({
      failAt: 55,
      store,
      checkpointEverySeconds: 0,
      sinks: [{ event() {}, end: () => void ended++ }],
    });
    await expect(failing).rejects.toThrow(
      "loss is NaN at step 60: training stopped; the last good checkpoint is of step 50",
    );
    expect(store.saved.at(-1)?.header.step).toBe(50);
    expect(ended).toBe(1);
  });

  it("stops at a return that is not finite", async () => {
    const broken = {
      ...counter,
      *train() {
        yield { step: 2, episodes: [{ step: 1, return: Number.POSITIVE_INFINITY, length: 1 }] };
      },
    };
    await expect(run(broken as unknown as typeof counter, walk())).rejects.toThrow(
      "an episode of Walk-v0 that ended at step 1 returned Infinity: rewards must be finite; training stopped; there is no earlier checkpoint",
    );
  });

  it("does not keep a state with NaN in it", async () => {
    const poisoned = {
      ...counter,
      *train(_context: never, state: { weights: Float32Array }) {
        state.weights[1] = Number.NaN;
        yield { step: 1, episodes: [] };
      },
    } as unknown as typeof counter;
    const store = memoryStore();
    await expect(run(poisoned, walk(), { store })).rejects.toThrow(
      "state.weights holds NaN at step 1: training stopped",
    );
    expect(store.saved.map(({ header }) => header.step)).toEqual([0]);
  });

  it("stops at an observation that is no number, of environments that step themselves too", async () => {
    const { vector } = envSource(() => walk());
    const native = (): ReturnType<typeof walk> => ({
      ...walk(),
      vector(numEnvs) {
        const env = vector(numEnvs);
        return {
          ...env,
          step(actions) {
            env.step(actions);
            if (env.terminated[0] || env.truncated[0]) env.nextObservation[0] = Number.NaN;
          },
        };
      },
    });
    const failing = run(counter, native);
    await expect(failing).rejects.toThrow(RunError);
    await expect(failing).rejects.toThrow("Walk-v0: environment 0: observation must be finite, got NaN");
  });

  it("keeps what was learnt as figures, at the end and at a stop", async () => {
    const drawing = {
      ...counter,
      figures: (_context, state) => [
        { kind: "table", title: "Steps", caption: "", columns: ["steps"], rows: [[state.step]] },
      ],
    } satisfies typeof counter as typeof counter;
    const controller = new AbortController();
    const stopAt = (at: number) => ({
      event: ({ step }: { step: number }) => void (step === at && controller.abort()),
    });
    const whole = await run(drawing, walk(), { evaluationEpisodes: 0, totalSteps: 30 });
    expect(whole.figures).toMatchObject([{ kind: "table", rows: [[30]] }]);
    const cut = await run(drawing, walk(), { totalSteps: 30, sinks: [stopAt(20)], signal: controller.signal });
    expect(cut.figures).toMatchObject([{ rows: [[20]] }]);
    expect((await run(counter, walk(), { evaluationEpisodes: 0 })).figures).toEqual([]);
  });

  it("is not stopped if it ends by itself before its last step", async () => {
    const outcomes: string[] = [];
    const converging = {
      ...counter,
      unit: "sweep" as const,
      *train() {
        yield { step: 1, episodes: [] };
      },
    } as unknown as typeof counter;
    const { summary, stopped } = await run(converging, walk(), {
      evaluationEpisodes: 0,
      sinks: [{ event() {}, end: (outcome) => void outcomes.push(outcome) }],
    });
    expect(stopped).toBe(false);
    expect(outcomes).toEqual(["finished"]);
    expect(summary).toMatchObject({ steps: 1, unit: "sweep" });
  });

  it("lets the event loop breathe", async () => {
    const slow = {
      ...counter,
      *train() {
        for (let step = 1; step <= 5; step++) {
          const until = performance.now() + 60;
          while (performance.now() < until);
          yield { step, episodes: [] };
        }
      },
    } as unknown as typeof counter;
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 70);
    const { summary, stopped } = await run(slow, walk(), { signal: controller.signal });
    expect(stopped).toBe(true);
    expect(summary.steps).toBeLessThan(5);
  });
});

describe("before training", () => {
  it("refuses an environment without the model that the algorithm needs, and names those with one", async () => {
    const solver: typeof counter = { ...counter, id: "solver", needs: ["mdp"] };
    await expect(run(solver, walk())).rejects.toThrow(
      /^solver needs the model of a finite environment; Walk-v0 has none\./,
    );
    const withModel = { ...walk(), mdp: () => ({}) as never };
    expect((await run(solver, () => withModel, { totalSteps: 10, evaluationEpisodes: 0, numEnvs: 1 })).stopped).toBe(
      false,
    );
    const entry = {
      id: "Walk-v1",
      title: "",
      family: "",
      summary: "",
      source: "",
      config: schema({}),
      make: () => withModel,
    };
    expect(needProblem(solver, taskOf(walk()), [entry])).toBe(
      "solver needs the model of a finite environment; Walk-v0 has none. Finite ones: Walk-v1.",
    );
    expect(needProblem({ id: "expert", needs: ["full-information"] }, taskOf(walk()), [])).toBe(
      "expert needs the rewards of all actions after each round; Walk-v0 shows only that of the action taken.",
    );
  });

  it("takes no preset for an environment that only bears a known name", () => {
    const named = { ...counter, presets: { "CartPole-v1": { source: "an almanac", config: { totalSteps: 240 } } } };
    const { make } = envSource("CartPole-v1");
    const presetOf = (env: EnvLike, preset?: string) => prepareRun(named as typeof counter, env, {}, { preset }).preset;
    expect([presetOf("CartPole-v1")?.name, presetOf(make)?.name]).toEqual(["CartPole-v1", "CartPole-v1"]);
    const own = () => walk("CartPole-v1");
    expect(presetOf(own)).toBeUndefined();
    expect(presetOf(own, "CartPole-v1")?.name).toBe("CartPole-v1");
    expect(catalogueEntry(envSource(own))).toBeUndefined();
    expect(catalogueEntry(envSource(make))?.id).toBe("CartPole-v1");
  });

  it("refuses spaces that the algorithm cannot use", async () => {
    const continuous = () => ({ ...walk(), actionSpace: box({ low: -1, high: 1, shape: [1] }) });
    await expect(run(counter, continuous as never)).rejects.toThrow(
      "counter cannot use the actions of Walk-v0, Box [1] in [-1, 1]: it takes discrete",
    );
  });

  it("refuses wrong settings, environments, observations and checkpoints", async () => {
    await expect(run(counter, walk(), { learningRate: 2, typo: 1 } as never)).rejects.toThrow(
      "unknown setting 'typo'.\nlearningRate must be in [0, 1], got 2",
    );
    await expect(run(counter, "CartPol-v1")).rejects.toThrow(
      "unknown environment 'CartPol-v1'. Did you mean 'CartPole-v1'?",
    );
    const strange = () => ({ ...walk(), reset: () => new Float32Array(2) });
    await expect(run(counter, strange)).rejects.toThrow(
      "Walk-v0: the observation that reset() returned is not an element of Box [1] in [-3, 3]",
    );
    await expect(run(counter, { ...walk(), fresh: undefined })).rejects.toThrow(
      "Walk-v0 cannot be copied: give a function",
    );
    await expect(run(counter, walk(), { evaluationEpisodes: -1 })).rejects.toThrow("evaluationEpisodes must be");
    const store = memoryStore();
    await run(counter, walk(), { store, totalSteps: 10 });
    const { header, tensors } = store.saved[0];
    const uncounted = { header: { ...header, state: { ...(header.state as object), step: null } }, tensors };
    await expect(run(counter, walk(), { resume: uncounted })).rejects.toThrow(
      "checkpoint does not fit: state.step is null in it, expected a whole number",
    );
    const ahead = { header: { ...header, state: { ...(header.state as object), step: 40 } }, tensors };
    await expect(run(counter, walk(), { resume: ahead })).rejects.toThrow(
      "checkpoint is damaged: it is of step 0, its state of step 40",
    );
    await expect(run(counter, walk("Other-v0"), { resume: store.saved[0] })).rejects.toThrow(
      "checkpoint is of environment 'Walk-v0', not of 'Other-v0'",
    );
    await expect(run({ ...counter, id: "adder" }, walk(), { resume: store.saved[0] })).rejects.toThrow(
      "checkpoint is of algorithm 'counter', not of 'adder'",
    );
    await expect(run(counter, walk(), { resume: store.saved[0], numEnvs: 3 })).rejects.toThrow(
      "checkpoint does not fit: state.",
    );
  });

  it("refuses an environment whose snapshot a checkpoint cannot keep, before it trains", async () => {
    const env = () => ({ ...walk(), snapshot: () => ({ board: new (class Board extends Map {})() }) });
    await expect(run(counter, env, { store: memoryStore() })).rejects.toThrow(
      "Walk-v0: snapshot.board is a Board: a checkpoint keeps plain objects",
    );
    expect((await run(counter, env, { totalSteps: 10, evaluationEpisodes: 0 })).stopped).toBe(false);
  });

  it("takes no checkpoints of an environment that cannot be saved", async () => {
    const store = memoryStore();
    const { stopped } = await run(counter, () => ({ ...walk(), snapshot: undefined, restore: undefined }), { store });
    expect(stopped).toBe(false);
    expect(store.saved).toEqual([]);
  });
});

it("knows beforehand how many steps whole iterations make", () => {
  const planned = (settings: Readonly<Record<string, unknown>>) =>
    prepareRun(ppo, cartPole, settings, { preset: "none" }).plannedSteps;
  expect(planned({ totalSteps: 1000, numEnvs: 64, numSteps: 2048 })).toBe(131_072);
  expect(planned({ totalSteps: 4096, numSteps: 2048 })).toBe(4096);
  expect(prepareRun(counter, walk, { totalSteps: 17 }, { preset: "none" }).plannedSteps).toBe(17);
});
