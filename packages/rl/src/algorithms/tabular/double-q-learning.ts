/**
 * Double Q-learning: two tables, of which one names the best next action and the other says what it is worth. The largest of several
 * noisy estimates is too large on average; one that another sample has chosen is not.
 *
 * Van Hasselt 2010, "Double Q-learning" (NeurIPS), algorithm 1. Notes: H 4.4.3 has it for deep networks.
 *
 *     with ½:  Q₁(s, a) ← Q₁(s, a) + α [r + γ Q₂(s′, argmax_a′ Q₁(s′, a′)) − Q₁(s, a)],  otherwise 1 and 2 change places
 *
 * The behaviour looks at (Q₁ + Q₂)/2.
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Algorithm, type ConfigOf, type Context, type Progress, schema } from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  type ControlState,
  controlFields,
  controlLearner,
  controlPresets,
  explorationOf,
  learnByLines,
  requireTable,
  startControl,
  stepSizesOf,
} from "../../families/tabular/index.js";
import { rowArgmax } from "../../maths/index.js";

const config = schema(controlFields);

export type DoubleQLearningConfig = ConfigOf<typeof config>;

/** `q` is (Q₁ + Q₂)/2, what the behaviour looks at; `counts` are of the updates of Q₁. */
export interface DoubleQLearningState extends ControlState {
  /** Q₁ [S·A] */
  readonly q1: Float64Array;
  /** Q₂ [S·A] */
  readonly q2: Float64Array;
  /** Updates of Q₂ [S·A] */
  readonly counts2: Int32Array;
}

function* train(
  { config: c }: Context<DoubleQLearningConfig>,
  state: DoubleQLearningState,
): Generator<Progress, void, void> {
  const { env, q, q1, q2, policyRandom } = state;
  const A = env.numActions;
  const explore = explorationOf(c, A);
  const alpha1 = stepSizesOf(c, state.counts);
  const alpha2 = stepSizesOf(c, state.counts2);

  /** Runs to step `end`; Σ|δ|. */
  function learnUntil(end: number): number {
    let sumOfErrors = 0;
    // for each step
    for (; state.step < end; state.step++) {
      explore.moveTo(state.step);
      alpha1.moveTo(state.step);
      alpha2.moveTo(state.step);
      const row = env.state * A;
      const action = explore.choose(q, row, policyRandom); //                      a ~ π_b(·|s)
      const first = policyRandom.uint32() < 0x80000000; //                         which table learns
      const learning = first ? q1 : q2;
      const judging = first ? q2 : q1;
      const alpha = first ? alpha1 : alpha2;
      env.step(action); //                                                         r, s′
      const nextRow = env.nextState * A;
      const next = env.terminated ? 0 : judging[nextRow + rowArgmax(learning, nextRow, A)]; // Q₂(s′, argmax_a′ Q₁(s′, a′))
      const entry = row + action;
      const delta = env.reward + c.discount * next - learning[entry]; //           δ
      learning[entry] += alpha.next(entry) * delta; //                             Q₁(s, a) ← Q₁(s, a) + α δ, or Q₂
      q[entry] = (q1[entry] + q2[entry]) / 2;
      sumOfErrors += Math.abs(delta);
    }
    return sumOfErrors;
  }

  const counts = () => state.counts.map((n, entry) => n + state.counts2[entry]);
  yield* learnByLines(c, state, explore, learnUntil, counts);
}

export const doubleQLearning: Algorithm<DoubleQLearningConfig, DoubleQLearningState> = {
  ...controlLearner("double-q-learning"),
  title: "Double Q-learning",
  summary:
    "Q-learning with two tables, one to choose the best action and one to value it, which does not overestimate.",
  papers: [papers.vanHasselt2010],
  notes: ["H 4.4.3"],
  deviations: [
    "An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not.",
    "Among actions of equal value one is chosen at random: with all values equal at first, always taking the first of them would hardly explore. The update takes the first of equals.",
    "Step sizes that fall count the updates of each table by itself.",
  ],
  config,
  presets: controlPresets,
  buffers: (context) => ({ tables: 32 * requireTable(context) }),
  weights: { "mean of two tables": "q", "first of two tables": "q1", "second of two tables": "q2" },
  init(context) {
    const start = startControl(context);
    return { ...start, q1: start.q.slice(), q2: start.q.slice(), counts2: start.counts.slice() };
  },
  train,
};
