/**
 * Dyna-Q: Q-learning that remembers what every action led to, and between two real steps learns from K remembered ones.
 *
 * Sutton 1990, "Integrated architectures for learning, planning, and reacting based on approximating dynamic programming" (ICML);
 * Sutton & Barto 2018, sections 8.2 (Tabular Dyna-Q) and 8.3 (Dyna-Q+). Notes: C 5.6.1.
 *
 *     real step:      Q(s, a) ← Q(s, a) + α [r + γ max_a′ Q(s′, a′) − Q(s, a)],  Model(s, a) ← (r, s′)
 *     K times:        (s, a) a pair tried before, at random;  r, s′ ← Model(s, a);  the same update
 *
 * The model keeps the last `outcomesKept` outcomes of each pair and draws one of them: 1 is the book's, exact where nothing is random.
 *
 * Dyna-Q+ (explorationBonus κ > 0): planning sees the reward r + κ√τ, τ real steps after the pair was last tried, and also the actions
 * not yet tried in states that were visited, as if they led back there with reward 0.
 *
 * Where this differs from the book: an episode that was merely cut bootstraps from its last state; equal values are chosen among at random.
 */
import type { Random } from "@advantage/engine";
import type { Algorithm, Context, Progress } from "../../core/algorithm.js";
import { type ConfigOf, int, real, schema } from "../../core/schema.js";
import {
  type ControlState,
  controlFields,
  controlLearner,
  explorationOf,
  learnByLines,
  requireTable,
  startControl,
  stepSizesOf,
} from "../../families/tabular/control.js";
import { dynaQPresets } from "../../families/tabular/control-presets.js";
import { rowMax } from "../../maths/exploration.js";

const config = schema({
  ...controlFields,
  planningSteps: int({ default: 5, min: 0, symbol: "K", help: "updates from the model per real step" }),
  outcomesKept: int({
    default: 1,
    min: 1,
    max: 1000,
    help: "last outcomes of each pair that the model draws from; more than 1 where outcomes are random",
  }),
  explorationBonus: real({
    default: 0,
    min: 0,
    symbol: "κ",
    help: "weight of √τ for what was not tried in τ steps (Dyna-Q+)",
  }),
});

export type DynaQConfig = ConfigOf<typeof config>;

/** What the pairs (s, a) led to, those of the pair s·A + a from (s·A + a)·M on, M = `outcomesKept`. */
export interface TableModel {
  /** [S·A × M] */
  readonly reward: Float64Array;
  /** [S·A × M] */
  readonly nextState: Int32Array;
  /** [S·A × M] */
  readonly terminated: Uint8Array;
  /** How often each pair has been tried  [S·A] */
  readonly tries: Int32Array;
  /** Real step at which it was last tried  [S·A] */
  readonly lastTried: Float64Array;
  /** 1 where the pair is in `pairs`. */
  readonly known: Uint8Array;
  /** The pairs that planning draws from: the first `count`. */
  readonly pairs: Int32Array;
  count: number;
}

export interface DynaQState extends ControlState {
  readonly model: TableModel;
  readonly planningRandom: Random;
}

function addPair(model: TableModel, entry: number): void {
  if (model.known[entry] === 1) return;
  model.known[entry] = 1;
  model.pairs[model.count] = entry;
  model.count += 1;
}

function* train({ config: c }: Context<DynaQConfig>, state: DynaQState): Generator<Progress, void, void> {
  const { env, q, policyRandom, planningRandom, model } = state;
  const A = env.numActions;
  const explore = explorationOf(c, A);
  const alpha = stepSizesOf(c, state.counts);
  const { explorationBonus: kappa, planningSteps, outcomesKept: M } = c;

  /** One Q-learning update; |δ|. */
  function update(entry: number, reward: number, nextState: number, terminated: boolean): number {
    const next = terminated ? 0 : rowMax(q, nextState * A, A);
    const delta = reward + c.discount * next - q[entry];
    q[entry] += alpha.next(entry) * delta;
    return Math.abs(delta);
  }

  /** Model(s, a) ← (r, s′) */
  function remember(state: number, entry: number, step: number): void {
    if (kappa > 0 && model.known[entry] === 0) {
      for (let other = state * A; other < (state + 1) * A; other++) {
        if (model.known[other] === 0) model.nextState[other * M] = state; // not tried yet: leads back, with reward 0
        addPair(model, other);
      }
    }
    addPair(model, entry);
    const place = entry * M + (model.tries[entry] % M); // the oldest gives way
    model.reward[place] = env.reward;
    model.nextState[place] = env.nextState;
    model.terminated[place] = env.terminated ? 1 : 0;
    model.tries[entry] += 1;
    model.lastTried[entry] = step;
  }

  function plan(step: number): void {
    for (let k = 0; k < planningSteps; k++) {
      const entry = model.pairs[planningRandom.int(model.count)];
      const bonus = kappa > 0 ? kappa * Math.sqrt(step - model.lastTried[entry]) : 0;
      const kept = Math.min(model.tries[entry], M);
      const place = entry * M + (kept > 1 ? planningRandom.int(kept) : 0);
      update(entry, model.reward[place] + bonus, model.nextState[place], model.terminated[place] === 1);
    }
  }

  /** Runs to step `end`; Σ|δ| of the real steps. */
  function learnUntil(end: number): number {
    let sumOfErrors = 0;
    for (; state.step < end; state.step++) {
      explore.moveTo(state.step);
      alpha.moveTo(state.step);
      const from = env.state;
      const action = explore.choose(q, from * A, policyRandom); //              a ~ π_b(·|s)
      const entry = from * A + action;
      env.step(action); //                                                      r, s′
      sumOfErrors += update(entry, env.reward, env.nextState, env.terminated);
      if (planningSteps > 0) {
        remember(from, entry, state.step);
        plan(state.step); //                                                    K updates from the model
      }
    }
    return sumOfErrors;
  }

  yield* learnByLines(c, state, explore, learnUntil);
}

export const dynaQ: Algorithm<DynaQConfig, DynaQState> = {
  ...controlLearner("dyna-q"),
  title: "Dyna-Q",
  summary: "Q-learning that also learns from K remembered steps between two real ones.",
  papers: [
    {
      title: "Integrated Architectures for Learning, Planning, and Reacting Based on Approximating Dynamic Programming",
      authors: "Sutton",
      year: 1990,
      url: "https://doi.org/10.1016/B978-1-55860-141-3.50030-4",
    },
  ],
  notes: ["C 5.6.1"],
  config,
  presets: dynaQPresets,
  memory: (context) => ({
    table: 12 * requireTable(context),
    model: (17 + 13 * context.config.outcomesKept) * requireTable(context),
  }),
  init(context) {
    const start = startControl(context);
    const entries = start.q.length;
    const outcomes = entries * context.config.outcomesKept;
    return {
      ...start,
      model: {
        reward: new Float64Array(outcomes),
        nextState: new Int32Array(outcomes),
        terminated: new Uint8Array(outcomes),
        tries: new Int32Array(entries),
        lastTried: new Float64Array(entries),
        known: new Uint8Array(entries),
        pairs: new Int32Array(entries),
        count: 0,
      },
      planningRandom: context.random.fork("planning"),
    };
  },
  train,
};
