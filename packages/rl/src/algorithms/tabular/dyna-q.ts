/**
 * Dyna-Q: Q-learning with a model that it learns, and K updates from the model between two real steps.
 *
 * Sutton 1990, "Integrated architectures for learning, planning, and reacting based on approximating dynamic programming" (ICML);
 * Sutton & Barto 2018, sections 8.2 (Tabular Dyna-Q) and 8.3 (Dyna-Q+). Notes: C 5.6.1, algorithm 28.
 *
 *     real step:   p̂(s′|s, a), r̂(s, a) ← the counts with (s, a, r, s′)
 *                  Q(s, a) ← Q(s, a) + α [r̂(s, a) + γ Σ_s′ p̂(s′|s, a) max_a′ Q(s′, a′) − Q(s, a)]
 *     K times:     (s, a) a pair tried before, at random;  the same update
 *
 * With `backup` = sampled it is the book's: r and s′ are those of the real step, and of a remembered one in planning. The model is then the
 * last `outcomesKept` outcomes of each pair, of which one is drawn: 1 is the book's, exact where nothing is random. Where nothing is random
 * both backups give the same numbers.
 *
 * Dyna-Q+ (explorationBonus κ > 0): planning sees the reward r + κ√τ, τ real steps after the pair was last tried, and also the actions
 * not yet tried in states that were visited, as if they led back there with reward 0.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import type { Random } from "@advantage/engine";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  choice,
  int,
  type Progress,
  real,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  type ControlState,
  CountedModel,
  controlFields,
  controlLearner,
  dynaQPresets,
  explorationOf,
  learnByLines,
  type RememberedModel,
  rememberedModel,
  requireTable,
  startControl,
  stepSizesOf,
} from "../../families/tabular/index.js";
import { rowMax } from "../../maths/index.js";

const config = schema({
  ...controlFields,
  planningSteps: int({ default: 5, min: 0, symbol: "K", help: "updates from the model per real step" }),
  backup: choice(["expected", "sampled"], {
    default: "expected",
    help: "what an update takes: the mean over p̂ and r̂, or one outcome (the book's)",
  }),
  outcomesKept: int({
    default: 1,
    min: 1,
    max: 1000,
    help: "last outcomes of each pair that sampled backups draw from; more than 1 where outcomes are random",
  }),
  explorationBonus: real({
    default: 0,
    min: 0,
    symbol: "κ",
    help: "weight of √τ for what was not tried in τ steps (Dyna-Q+)",
  }),
});

export type DynaQConfig = ConfigOf<typeof config>;

export interface DynaQState extends ControlState {
  /** p̂ and r̂, or what is remembered, as `backup` says. */
  readonly model: CountedModel | RememberedModel;
  /** Real step at which each pair was last tried  [S·A] */
  readonly lastTried: Float64Array;
  /** 1 where the pair is in `pairs`. */
  readonly known: Uint8Array;
  /** The pairs that planning draws from: the first `numPairs`. */
  readonly pairs: Int32Array;
  numPairs: number;
  readonly planningRandom: Random;
}

function* train({ config: c }: Context<DynaQConfig>, state: DynaQState): Generator<Progress, void, void> {
  const { env, q, policyRandom, planningRandom, known, pairs, lastTried } = state;
  const A = env.numActions;
  const explore = explorationOf(c, A);
  const alpha = stepSizesOf(c, state.counts);
  const { explorationBonus: kappa, planningSteps } = c;
  const { learn, plan } =
    state.model instanceof CountedModel ? expectedBackups(state.model) : sampledBackups(state.model);

  /** Q ← Q + α δ; |δ|. */
  function move(entry: number, target: number): number {
    const delta = target - q[entry];
    q[entry] += alpha.next(entry) * delta;
    return Math.abs(delta);
  }

  /** r + γ max_a′ Q(s′, a′) */
  function sampledTarget(reward: number, nextState: number, terminated: boolean): number {
    return reward + c.discount * (terminated ? 0 : rowMax(q, nextState * A, A));
  }

  interface Backups {
    /** The real step's update and the model's; |δ|. */
    learn(entry: number): number;
    /** One update from the model. */
    plan(entry: number, bonus: number): void;
  }

  function expectedBackups(model: CountedModel): Backups {
    return {
      learn(entry) {
        model.observe(entry, env.reward, env.nextState, env.terminated); //     p̂(s′|s, a), r̂(s, a)
        return move(entry, model.backup(entry, q, A, c.discount)); //           Q ← Q + α 𝔼[r + γ max Q − Q]
      },
      plan(entry, bonus) {
        const tried = model.tries[entry] > 0;
        const target = tried ? model.backup(entry, q, A, c.discount) : sampledTarget(0, Math.floor(entry / A), false);
        move(entry, target + bonus);
      },
    };
  }

  function sampledBackups(model: RememberedModel): Backups {
    const { reward, nextState, terminated, tries } = model;
    const M = c.outcomesKept;
    return {
      learn(entry) {
        const error = move(entry, sampledTarget(env.reward, env.nextState, env.terminated));
        const place = entry * M + (tries[entry] % M); //                        Model(s, a) ← (r, s′): the oldest gives way
        reward[place] = env.reward;
        nextState[place] = env.nextState;
        terminated[place] = env.terminated ? 1 : 0;
        tries[entry] += 1;
        return error;
      },
      plan(entry, bonus) {
        const kept = Math.min(tries[entry], M);
        const place = entry * M + (kept > 1 ? planningRandom.int(kept) : 0);
        const tried = kept > 0;
        const next = tried ? nextState[place] : Math.floor(entry / A);
        move(entry, sampledTarget(reward[place] + bonus, next, terminated[place] === 1));
      },
    };
  }

  function remember(from: number, entry: number): void {
    // With a bonus, what was not tried yet is planned with too: as if it led back, with reward 0.
    if (kappa > 0 && known[entry] === 0) for (let other = from * A; other < (from + 1) * A; other++) addPair(other);
    addPair(entry);
    lastTried[entry] = state.step;
  }

  function addPair(entry: number): void {
    if (known[entry] === 1) return;
    known[entry] = 1;
    pairs[state.numPairs] = entry;
    state.numPairs += 1;
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
      sumOfErrors += learn(entry);
      if (planningSteps === 0) continue;
      remember(from, entry);
      for (let k = 0; k < planningSteps; k++) {
        const pair = pairs[planningRandom.int(state.numPairs)]; //              (s, a) ~ B
        plan(pair, kappa > 0 ? kappa * Math.sqrt(state.step - lastTried[pair]) : 0);
      }
    }
    return sumOfErrors;
  }

  yield* learnByLines(c, state, explore, learnUntil);
}

export const dynaQ: Algorithm<DynaQConfig, DynaQState> = {
  ...controlLearner("dyna-q"),
  title: "Dyna-Q",
  summary: "Q-learning that learns a model, and from the model K times between two real steps.",
  papers: [papers.sutton1990],
  notes: ["C 5.6.1"],
  deviations: [
    "The notes' algorithm 28 writes r + max Q(s′, a′) − Q(s, a) without γ: a slip, γ stands in it here. At γ = 1 they agree.",
    "The notes draw planned pairs from a buffer of past ones; here, as in the book, every pair that was tried is equally likely: a buffer with repetitions would plan mostly where the policy is already.",
    "An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not.",
    "Among actions of equal value one is chosen at random: with all values equal at first, always taking the first of them would hardly explore.",
    "Planned updates count for step sizes that fall, as real ones do.",
    "The book's model keeps one outcome of each pair; with sampled backups `outcomesKept` makes it more.",
  ],
  config,
  presets: dynaQPresets,
  buffers(context) {
    const entries = requireTable(context);
    const { backup, outcomesKept } = context.config;
    const perEntry = backup === "expected" ? 16 : 4 + 13 * outcomesKept; // and 12 bytes for each different transition
    return { table: 12 * entries, model: (perEntry + 13) * entries };
  },
  init(context) {
    const start = startControl(context);
    const entries = start.q.length;
    const { backup, outcomesKept } = context.config;
    return {
      ...start,
      model: backup === "expected" ? new CountedModel(entries) : rememberedModel(entries, outcomesKept),
      lastTried: new Float64Array(entries),
      known: new Uint8Array(entries),
      pairs: new Int32Array(entries),
      numPairs: 0,
      planningRandom: context.random.fork("planning"),
    };
  },
  train,
};
