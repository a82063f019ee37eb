/**
 * Expected Sarsa: Sarsa with the mean over the next action in place of a draw. Same fixed point, less variance, so larger steps work.
 *
 * Van Seijen, van Hasselt, Whiteson, Wiering 2009, "A theoretical and empirical analysis of Expected Sarsa" (ADPRL);
 * Sutton & Barto 2018, section 6.6. (The course notes have only Q-learning; H 4.3.)
 *
 *     Q(s, a) ← Q(s, a) + α [r + γ Σ_a′ π(a′|s′) Q(s′, a′) − Q(s, a)]
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

const config = schema(controlFields);

export type ExpectedSarsaConfig = ConfigOf<typeof config>;

function* train({ config: c }: Context<ExpectedSarsaConfig>, state: ControlState): Generator<Progress, void, void> {
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
      const action = explore.choose(q, row, policyRandom); //                     a ~ π(·|s)
      env.step(action); //                                                        r, s′
      const next = env.terminated ? 0 : explore.value(q, env.nextState * A); //   Σ_a′ π(a′|s′) Q(s′, a′)
      const delta = env.reward + c.discount * next - q[row + action]; //          δ
      q[row + action] += alpha.next(row + action) * delta; //                     Q(s, a) ← Q(s, a) + α δ
      sumOfErrors += Math.abs(delta);
    }
    return sumOfErrors;
  }

  yield* learnByLines(c, state, explore, learnUntil);
}

export const expectedSarsa: Algorithm<ExpectedSarsaConfig, ControlState> = {
  ...controlLearner("expected-sarsa"),
  title: "Expected Sarsa",
  summary: "Sarsa with the mean over the next action in place of a draw.",
  papers: [papers.vanSeijen2009],
  notes: ["beside H 4.3"],
  deviations: [
    "An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not.",
    "Among actions of equal value one is chosen at random: with all values equal at first, always taking the first of them would hardly explore.",
  ],
  config,
  presets: controlPresets,
  init: startControl,
  train,
};
