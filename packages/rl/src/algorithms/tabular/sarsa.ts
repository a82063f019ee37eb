/**
 * Sarsa: Q-learning's on-policy twin. An entry moves towards the reward plus the value of the action that is really taken next,
 * so that what exploring costs is learnt too.
 *
 * Rummery & Niranjan 1994; Sutton & Barto 2018, section 6.4. (The course notes have only Q-learning; H 4.3.)
 *
 *     Q(s, a) ← Q(s, a) + α [r + γ Q(s′, a′) − Q(s, a)],  a′ ~ π(·|s′)
 *
 * Where it differs from its sources: `deviations`, below.
 */
import { type Algorithm, type ConfigOf, type Context, type Progress, schema } from "../../core/index.js";
import * as papers from "../../core/papers.js";
import {
  type ControlState,
  controlFields,
  controlLearner,
  explorationOf,
  learnByLines,
  sarsaPresets,
  startControl,
  stepSizesOf,
} from "../../families/tabular/index.js";

const config = schema(controlFields);

export type SarsaConfig = ConfigOf<typeof config>;

export interface SarsaState extends ControlState {
  /** a_t, already chosen; −1 before the first step. */
  action: number;
}

function* train({ config: c }: Context<SarsaConfig>, state: SarsaState): Generator<Progress, void, void> {
  const { env, q, policyRandom } = state;
  const A = env.numActions;
  const explore = explorationOf(c, A);
  const alpha = stepSizesOf(c, state.counts);

  /** Runs to step `end`; Σ|δ|. */
  function learnUntil(end: number): number {
    let sumOfErrors = 0;
    if (state.action < 0) state.action = explore.choose(q, env.state * A, policyRandom); // a ~ π(·|s)
    // for each step
    for (; state.step < end; state.step++) {
      explore.moveTo(state.step);
      alpha.moveTo(state.step);
      const entry = env.state * A + state.action;
      env.step(state.action); //                                                          r, s′
      let next = 0;
      if (!env.terminated) {
        state.action = explore.choose(q, env.nextState * A, policyRandom); //             a′ ~ π(·|s′)
        next = q[env.nextState * A + state.action];
      }
      const delta = env.reward + c.discount * next - q[entry]; //                         δ
      q[entry] += alpha.next(entry) * delta; //                                           Q(s, a) ← Q(s, a) + α δ
      if (env.ended) state.action = explore.choose(q, env.state * A, policyRandom); //    a new episode
      sumOfErrors += Math.abs(delta);
    }
    return sumOfErrors;
  }

  yield* learnByLines(c, state, explore, learnUntil);
}

export const sarsa: Algorithm<SarsaConfig, SarsaState> = {
  ...controlLearner("sarsa"),
  title: "Sarsa",
  summary: "Learns the action values of the policy it follows, exploration included.",
  papers: [papers.rummery1994, papers.sectionOf(papers.sutton2018, "6.4")],
  notes: ["beside H 4.3"],
  deviations: [
    "An episode that was cut by a time limit bootstraps from the state it led to; one that ended does not. Its target then takes an action drawn in that state, which is never carried out.",
    "Among actions of equal value one is chosen at random: with all values equal at first, always taking the first of them would hardly explore.",
  ],
  config,
  presets: sarsaPresets,
  init: (context) => ({ ...startControl(context), action: -1 }),
  train,
};
