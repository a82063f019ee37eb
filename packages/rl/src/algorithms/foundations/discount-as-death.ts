/**
 * A discount as a risk of death: where every step ends the task with probability 1 − γ, the undiscounted values are the discounted ones, and so are the
 * gradients of a policy.
 *
 *     𝔼[Σ_{t<T} rₜ] = Σₜ P(T > t) 𝔼[rₜ] = Σₜ γᵗ 𝔼[rₜ],      P(T > t) = γᵗ
 *
 * Notes: C 4.1.3; Puterman 1994, section 5.3. Both sides are solved exactly, as linear systems of two different MDPs; beside them episodes are played in the
 * environment that kills, whose plain sums of rewards estimate the discounted value.
 *
 * Where it differs from its sources: `deviations`, below.
 */

import type { Random } from "@advantage/engine";
import { type FiniteMdp, riskOfDeath, withDeath } from "@advantage/envs";
import {
  type Algorithm,
  ConfigError,
  type ConfigOf,
  type Context,
  endOfGrowingLine,
  type Figure,
  type Progress,
  schema,
} from "../../core/index.js";
import * as papers from "../../core/papers.js";
import * as settings from "../../core/settings.js";
import { chosenPolicy, policyField, requireChosenPolicy } from "../../families/foundations/index.js";
import {
  distance,
  emptyTrace,
  mdpOf,
  recordPoint,
  solvedPolicy,
  solverKinds,
  startValue,
  TableEnv,
  type Trace,
  valueFigures,
} from "../../families/tabular/index.js";
import {
  actionValues,
  advantagesOf,
  discountedVisitation,
  dot,
  exactValues,
  sampleRow,
  softmaxGradient,
  stepsToTermination,
} from "../../maths/index.js";

const config = schema({
  totalSteps: {
    ...settings.totalSteps,
    default: 20_000,
    help: "environment steps to simulate under the risk of death",
  },
  seed: settings.seed,
  discount: settings.discount,
  policy: policyField("the policy that is followed"),
  logEvery: settings.firstLogEvery,
});

export type DiscountAsDeathConfig = ConfigOf<typeof config>;

export interface DiscountAsDeathState {
  step: number;
  readonly env: TableEnv;
  readonly policyRandom: Random;
  /** Sum of the rewards of the episode that runs. */
  sum: number;
  episodes: number;
  /** Mean of the episodes' sums, and Σ (sum − mean)². */
  mean: number;
  squares: number;
  readonly trace: Trace;
}

/** Values and gradient of a policy, with a discount. */
interface Solved {
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  readonly advantage: Float64Array;
}

function solve(mdp: FiniteMdp, policy: Float64Array, discount: number): Solved {
  const values = exactValues(mdp, policy, discount);
  const advantage = advantagesOf(actionValues(mdp, values, discount), values);
  const visits = discountedVisitation(mdp, policy, discount);
  return { values, advantage, gradient: softmaxGradient({ policy, advantage, visits, numActions: mdp.numActions }) };
}

/** Cosine between the gradient and its terms without γᵗ; `undefined` where the task may never end, or a gradient is 0. */
function optionOneCosine(mdp: FiniteMdp, policy: Float64Array, { gradient, advantage }: Solved): number | undefined {
  if (stepsToTermination(mdp, (row) => policy[row] > 0).includes(-1)) return undefined;
  const visits = discountedVisitation(mdp, policy, 1);
  const other = softmaxGradient({ policy, advantage, visits, numActions: mdp.numActions });
  const size = Math.sqrt(dot(gradient, gradient) * dot(other, other));
  return size > 0 ? dot(gradient, other) / size : undefined;
}

function* train(
  { config: c, env: source }: Context<DiscountAsDeathConfig>,
  state: DiscountAsDeathState,
): Generator<Progress, void, void> {
  const mdp = mdpOf(source);
  const policy = chosenPolicy(mdp, c);
  const discounted = solve(mdp, policy, c.discount); //                            with γ
  const mortal = solve(withDeath(mdp, c.discount), policy, 1); //                  without, under the risk of death
  const cosine = optionOneCosine(mdp, policy, discounted);
  const exact = startValue(mdp, discounted.values);
  const { env, policyRandom } = state;
  while (state.step < c.totalSteps) {
    const until = endOfGrowingLine(c, state.step);
    for (; state.step < until; state.step++) {
      env.step(sampleRow(policyRandom, policy, env.state * mdp.numActions, mdp.numActions));
      state.sum += env.reward;
      if (!env.ended) continue;
      const rest = env.terminated ? 0 : discounted.values[env.nextState];
      const error = state.sum + rest - state.mean; //                              Welford
      state.episodes += 1;
      state.mean += error / state.episodes;
      state.squares += error * (state.sum + rest - state.mean);
      state.sum = 0;
    }
    const { episodes, mean, squares } = state;
    const halfWidth = 1.96 * Math.sqrt(squares / (episodes - 1) / episodes);
    const metrics: Record<string, number> = {
      discountedValue: exact,
      valueMismatch: distance(discounted.values, mortal.values),
      gradientMismatch: distance(discounted.gradient, mortal.gradient),
      ...(cosine !== undefined && { optionOneCosine: cosine }),
      ...(episodes > 1 && { estimate: mean, halfWidth }),
    };
    if (episodes > 1) recordPoint(state.trace, state.step, metrics);
    yield { step: state.step, episodes: env.takeFinished(), metrics };
  }
}

function figures({ config: c, env }: Context<DiscountAsDeathConfig>, state: DiscountAsDeathState): readonly Figure[] {
  const mdp = mdpOf(env);
  const policy = chosenPolicy(mdp, c);
  const { steps: x, series } = state.trace;
  const { estimate, halfWidth, discountedValue } = series;
  return [
    {
      kind: "curves",
      title: "Plain sums of rewards under the risk of death",
      caption: `Mean of the episodes' undiscounted sums with its 95 % interval, where each step ends the task with probability ${Number((1 - c.discount).toPrecision(6))}; dashed the discounted value, exact (C 4.1.3).`,
      xLabel: "environment steps",
      yLabel: "value of the start",
      xLog: true,
      curves: [
        {
          label: "sum of rewards until death",
          x,
          y: estimate,
          low: estimate.map((value, i) => value - halfWidth[i]),
          high: estimate.map((value, i) => value + halfWidth[i]),
        },
        { label: `discounted value, γ = ${c.discount}`, x, y: discountedValue, reference: true },
      ],
    },
    ...valueFigures({
      mdp,
      values: exactValues(withDeath(mdp, c.discount), policy, 1),
      policy,
      title: "Undiscounted values under the risk of death",
      caption: `Exact, of the ${c.policy} policy: those with γ = ${c.discount} in the original task.`,
    }),
  ];
}

export const discountAsDeath: Algorithm<DiscountAsDeathConfig, DiscountAsDeathState> = {
  id: "discount-as-death",
  title: "Discount as death",
  summary: "Discounted values and gradients as undiscounted ones of a task in which every step may be the last.",
  family: "foundations",
  papers: [papers.puterman1994],
  notes: ["C 4.1.3", "C 4.1.4"],
  deviations: [
    "The notes add a state of death that one falls into; here the step ends the task, after its reward, which is still paid. It is the same, without a further state.",
    "The gradient is that of a softmax policy at the chosen one, with γᵗ before every step's term (C 4.1.4, option 2). Option 1, which leaves γᵗ out, is not the gradient of this or any discounted task: `optionOneCosine` is how far it points elsewhere, where the policy ends the task.",
    "An episode that the environment's time limit cuts is completed with the exact value of the state it was cut in.",
  ],
  config,
  mainMetric: "estimate",
  metrics: {
    discountedValue: { meaning: "V^π(ρ₀) with γ, exact", healthy: "constant" },
    estimate: { meaning: "mean undiscounted sum of rewards until death", healthy: "approaches discountedValue" },
    halfWidth: { meaning: "of its 95 % confidence interval", healthy: "falls as 1/√episodes", logarithmic: true },
    valueMismatch: {
      meaning: "max_s |V^π with γ − V^π without, under the risk of death|, both exact",
      healthy: "rounding",
    },
    gradientMismatch: { meaning: "the largest difference of the two exact gradients", healthy: "rounding" },
    optionOneCosine: {
      meaning:
        "cosine between the gradient and its terms without γᵗ (C 4.1.4, option 1); absent where the policy may never end the task",
      healthy: "at most 1: nearer to 1 the less γ matters within an episode",
    },
  },
  presets: {},
  ...solverKinds,
  needs: ["env", "mdp"],

  validate(context) {
    if (context.config.discount === 1)
      throw new ConfigError(["discount must be below 1: at 1 nobody ever dies, got 1"]);
    requireChosenPolicy(context);
  },

  init({ config: c, env, random }) {
    const mortal = { ...env, make: () => riskOfDeath(env.make(), c.discount) };
    return {
      step: 0,
      env: new TableEnv(mortal, random.fork("env")),
      policyRandom: random.fork("policy"),
      sum: 0,
      episodes: 0,
      mean: 0,
      squares: 0,
      trace: emptyTrace(["estimate", "halfWidth", "discountedValue"]),
    };
  },

  train,
  policy: (context) => solvedPolicy("discount-as-death", context, chosenPolicy(mdpOf(context.env), context.config)),
  figures,
};
