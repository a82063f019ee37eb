/**
 * Q-learning: after every step, one entry of a table of action values moves towards the reward plus the best value of the next
 * state, whatever is done there. It learns the optimal values while behaving otherwise (off-policy).
 *
 * Watkins 1989; Watkins & Dayan 1992, "Q-learning", Machine Learning 8. Notes: H 4.3.
 *
 *     Q(s, a) ← Q(s, a) + α [r + γ max_a′ Q(s′, a′) − Q(s, a)]
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
  startControl,
  stepSizesOf,
} from "../../families/tabular/index.js";
import { rowMax } from "../../maths/index.js";

const config = schema(controlFields);

export type QLearningConfig = ConfigOf<typeof config>;

function* train({ config: c }: Context<QLearningConfig>, state: ControlState): Generator<Progress, void, void> {
  const { env, q, policyRandom } = state;
  const A = env.numActions;
  const explore = explorationOf(c, A);
  const alpha = stepSizesOf(c, state.counts);

  /** Runs to step `end`; Σ|δ|. */
  function learnUntil(end: number): number {
    let sumOfErrors = 0;
    // for each step
    for (; state.step < end; state.step++) {
      explore.moveTo(state.step);
      alpha.moveTo(state.step);
      const row = env.state * A;
      const action = explore.choose(q, row, policyRandom); //                      a ~ π_b(·|s)
      env.step(action); //                                                         r, s′
      const next = env.terminated ? 0 : rowMax(q, env.nextState * A, A); //        max_a′ Q(s′, a′)
      const delta = env.reward + c.discount * next - q[row + action]; //           δ
      q[row + action] += alpha.next(row + action) * delta; //                      Q(s, a) ← Q(s, a) + α δ
      sumOfErrors += Math.abs(delta);
    }
    return sumOfErrors;
  }

  yield* learnByLines(c, state, explore, learnUntil);
}

export const qLearning: Algorithm<QLearningConfig, ControlState> = {
  ...controlLearner("q-learning"),
  title: "Q-learning",
  summary: "Learns the optimal action values from single steps, whatever policy takes them.",
  papers: [papers.watkins1992],
  notes: ["H 4.3"],
  deviations: [
    "The notes choose the next action in s_t (H 4.3, line 7 of the box); it is chosen in s_{t+1}.",
    "An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not.",
    "Step sizes that fall count the updates of the pair (s, a), not the iterations of the loop: that is what the conditions of convergence ask. (The notes propose 1/i for iteration i, which is constant over states and falls too fast for those seldom seen.)",
    "Among actions of equal value one is chosen at random: with all values equal at first, always taking the first of them would hardly explore.",
  ],
  config,
  presets: controlPresets,
  init: startControl,
  train,
};
