/**
 * What the finite MDP of an environment is, ⟨S, A, p, r, ρ₀, γ, H⟩, and whether the environment keeps to it: episodes of the uniform policy are counted against p
 * and r.
 *
 * Puterman 1994, chapter 2. Notes: H 1.1.
 */

import type { Random } from "@advantage/engine";
import type { FiniteMdp } from "@advantage/envs";
import {
  type Algorithm,
  type ConfigOf,
  type Context,
  endOfGrowingLine,
  type Figure,
  type Progress,
  schema,
  type TableFigure,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { mdpOf, solvedPolicy, solverKinds, TableEnv, valueFigures } from "../../families/tabular/index.js";
import { stepsToTermination, uniformPolicy } from "../../maths/index.js";

const config = schema({
  totalSteps: { ...settings.totalSteps, default: 20_000, help: "environment steps to compare with the model" },
  seed: settings.seed,
  logEvery: settings.firstLogEvery,
});

export type MdpConfig = ConfigOf<typeof config>;

export interface MdpState {
  step: number;
  readonly env: TableEnv;
  readonly policyRandom: Random;
  /** How often each transition was seen; repeated ones are counted at the first  [N] */
  readonly seen: Int32Array;
  /** How often each row was taken  [S·A] */
  readonly taken: Int32Array;
  /** Sum of the rewards seen in each row  [S·A] */
  readonly rewards: Float64Array;
  /** How often each state was left  [S] */
  readonly visits: Int32Array;
  /** Transitions that the model calls impossible. */
  impossible: number;
}

/** The first transition of the row to that state, ending or not; −1 if the model has none. */
function find(mdp: FiniteMdp, row: number, next: number, terminated: number): number {
  for (let k = mdp.rowStart[row]; k < mdp.rowStart[row + 1]; k++) {
    if (mdp.nextState[k] === next && mdp.terminated[k] === terminated && mdp.probability[k] > 0) return k;
  }
  return -1;
}

function* train({ config: c, env: source }: Context<MdpConfig>, state: MdpState): Generator<Progress, void, void> {
  const mdp = mdpOf(source);
  const { env, policyRandom } = state;
  while (state.step < c.totalSteps) {
    // Ever larger stretches: as many lines for ten times the steps again.
    const until = endOfGrowingLine(c, state.step);
    for (; state.step < until; state.step++) {
      const s = env.state;
      const row = s * mdp.numActions + policyRandom.int(mdp.numActions);
      env.step(row % mdp.numActions);
      const k = find(mdp, row, env.nextState, env.terminated ? 1 : 0);
      if (k === -1) state.impossible += 1;
      else state.seen[k] += 1;
      state.taken[row] += 1;
      state.visits[s] += 1;
      state.rewards[row] += env.reward;
    }
    yield { step: state.step, episodes: env.takeFinished(), metrics: compare(mdp, state) };
  }
}

/** The model against what was seen, the rows weighted by how often they were taken. */
function compare(mdp: FiniteMdp, { step, seen, taken, rewards, impossible }: MdpState): Record<string, number> {
  const { rowStart, nextState, probability, terminated, expectedReward } = mdp;
  let tried = 0;
  let probabilityError = 0;
  let rewardError = 0;
  for (let row = 0; row < taken.length; row++) {
    const count = taken[row];
    if (count === 0) continue;
    tried += 1;
    rewardError += Math.abs(rewards[row] - count * expectedReward[row]) / step;
    let difference = 0;
    for (let k = rowStart[row]; k < rowStart[row + 1]; k++) {
      if (find(mdp, row, nextState[k], terminated[k]) !== k) continue;
      let p = 0;
      for (let j = k; j < rowStart[row + 1]; j++) {
        if (nextState[j] === nextState[k] && terminated[j] === terminated[k]) p += probability[j];
      }
      difference += Math.abs(seen[k] - count * p) / 2;
    }
    probabilityError += difference / step;
  }
  return { coverage: tried / taken.length, impossibleTransitions: impossible, probabilityError, rewardError };
}

function summary(mdp: FiniteMdp): TableFigure {
  const { numStates, numActions, nextState, probability, terminated, terminal, initial, expectedReward } = mdp;
  const steps = stepsToTermination(mdp);
  const count = (array: ArrayLike<number>, is: (value: number) => boolean) => Array.from(array).filter(is).length;
  const transitions = count(probability, (p) => p > 0);
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const r of expectedReward) [low, high] = [Math.min(low, r), Math.max(high, r)];
  let deterministic = 0;
  for (let row = 0; row < numStates * numActions; row++) {
    if (mdp.rowStart[row + 1] - mdp.rowStart[row] === 1) deterministic += 1;
  }
  const stranded = count(steps, (distance) => distance === -1);
  return {
    kind: "table",
    title: "The Markov decision process",
    caption:
      "⟨S, A, p, r, ρ₀, γ, H⟩ (H 1.1). Each row p(·|s, a) sums to 1, rewards are finite, terminal states are absorbing: this was checked when it was built.",
    columns: ["", "value"],
    rows: [
      ["states S", numStates],
      ["actions A", numActions],
      ["transitions p > 0", transitions],
      ["successors of a pair (s, a), mean", Number((transitions / (numStates * numActions)).toPrecision(4))],
      ["share of p that is not 0", Number((transitions / (numStates * numActions * numStates)).toPrecision(3))],
      ["pairs with one outcome", `${deterministic} of ${numStates * numActions}`],
      ["start states", count(initial, (p) => p > 0)],
      ["states declared terminal", count(terminal, (flag) => flag === 1)],
      ["transitions that end the task", Array.from(nextState).filter((_, k) => terminated[k] === 1).length],
      ["task", mdp.episodic ? "episodic" : "continuing"],
      ["states from which it cannot end", mdp.episodic ? stranded : numStates],
      ["fewest steps to the end, at most", mdp.episodic ? steps.reduce((a, b) => Math.max(a, b), 0) : "—"],
      ["expected rewards r(s, a)", `${low} … ${high}`],
      ["discount γ of the problem", mdp.discount ?? "none"],
      ["horizon H", mdp.horizon ?? "none"],
    ],
  };
}

function figures({ env }: Context<MdpConfig>, state: MdpState): readonly Figure[] {
  const mdp = mdpOf(env);
  return [
    summary(mdp),
    ...valueFigures({
      mdp,
      values: state.visits,
      title: "Visits",
      caption: `How often the uniform policy left each state in ${state.step} steps.`,
    }),
  ];
}

export const mdp: Algorithm<MdpConfig, MdpState> = {
  id: "mdp",
  title: "Finite Markov decision process",
  summary: "What an environment's MDP is, and whether its steps keep to it.",
  family: "foundations",
  papers: [papers.puterman1994],
  notes: ["H 1.1"],
  deviations: [],
  config,
  mainMetric: "probabilityError",
  metrics: {
    coverage: {
      meaning: "share of the pairs (s, a) that were tried",
      healthy: "rises; not to 1 where states cannot be reached or end the task",
    },
    impossibleTransitions: { meaning: "steps that the model gives no probability", healthy: "0" },
    probabilityError: {
      meaning: "total variation between seen and modelled successors, mean over the steps",
      healthy: "falls like 1/√steps once the pairs have been tried",
      logarithmic: true,
    },
    rewardError: {
      meaning: "|mean reward − r(s, a)|, mean over the steps",
      healthy: "0, or falls like 1/√steps where rewards are random",
    },
  },
  presets: {},
  ...solverKinds,
  needs: ["env", "mdp"],

  init({ env, random }) {
    const model = mdpOf(env);
    const rows = model.numStates * model.numActions;
    return {
      step: 0,
      env: new TableEnv(env, random.fork("env")),
      policyRandom: random.fork("policy"),
      seen: new Int32Array(model.nextState.length),
      taken: new Int32Array(rows),
      rewards: new Float64Array(rows),
      visits: new Int32Array(model.numStates),
      impossible: 0,
    };
  },

  train,
  policy: (context) => solvedPolicy("mdp", context, uniformPolicy(mdpOf(context.env))),
  figures,
};
