import { ops, type Params, scope, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import type { Space } from "@advantage/envs";
import { Averages, actionTensor, type Episodes, rowsTensor } from "../../data/index.js";
import { valueLoss } from "../../maths/index.js";
import {
  type ActorCritic,
  type ActorParams,
  type CriticParams,
  optimise,
  policyAt,
  type Trained,
} from "../../networks/index.js";
import { type DescentConfig, type DescentState, descentRule } from "./descent.js";
import { spreadOf } from "./episode-gradient.js";

/** What a batch's steps are weighed by, before any of them is made. */
export interface StepWeights {
  /** wₜ: 1, or γᵗ  [B] */
  readonly step: Float64Array;
  /** What an action is judged by  [B] */
  readonly returns: Float64Array;
  /** bₜ of baselines that do not change along the way  [B] */
  readonly baseline: Float64Array;
  /** Gₜ, which v̂ is moved to  [B]; empty without a learned baseline */
  readonly target: Float64Array;
}

/** θ, and w beside it. */
interface SteppedState extends Trained<ActorParams, DescentState> {
  readonly step: number;
  /** w */
  readonly critic: { readonly params: Params<CriticParams> };
  /** What the rule remembers of w's steps; only where they are made one by one. */
  readonly valueOptimiser?: DescentState;
}

/**
 * A step of θ for every step of the episodes, in their order, and one of w before each with a learned baseline. Sutton & Barto 2018, 13.4, the box
 * "REINFORCE with Baseline (episodic)", without a learned baseline that of 13.3:
 *
 *     δ ← G − v̂(Sₜ, w);   w ← w + α^w δ ∇v̂(Sₜ, w);   θ ← θ + α^θ γᵗ δ ∇ln π(Aₜ|Sₜ, θ)
 *
 * Later steps of an episode are those of a policy that has moved since it was run: the sum of the steps is α times the episode's gradient up to α².
 */
export function stepByStep(
  c: DescentConfig & { readonly causality: boolean },
  actionSpace: Space,
  networks: ActorCritic,
  state: SteppedState,
) {
  const valueGradient = valueAndGrad((critic: CriticParams, observation: Tensor, target: Tensor) => {
    const error = valueLoss({ value: networks.value({ actor: state.params.tree, critic }, observation), target });
    return { loss: ops.mul(error, 0.5), metrics: { valueLoss: error } };
  });
  const policyGradient = valueAndGrad((actor: ActorParams, observation: Tensor, action: Tensor, weight: number) => {
    const pi = policyAt(networks.actor, actor, observation);
    const policyLoss = ops.mul(ops.sum(pi.logProb(action)), -weight);
    return { loss: policyLoss, metrics: { policyLoss, ...spreadOf(pi) } };
  });
  const rule = descentRule(c);
  return (
    { observations, actions, starts }: Episodes,
    { step, returns, baseline, target }: StepWeights,
    { learningRate, valueLearningRate }: { readonly learningRate: number; readonly valueLearningRate: number },
  ): Record<string, number> => {
    const rows = returns.length;
    const size = observations.length / rows;
    const perAction = actions.length / rows;
    const averages = new Averages();
    const { valueOptimiser } = state;
    const descent = { rule, maxGradNorm: c.maxGradNorm, at: state.step };
    const values = { actor: state.params.tree, critic: state.critic.params.tree };
    const observationAt = (row: number) => rowsTensor(observations.subarray(row * size, (row + 1) * size), size);
    // Loop for each step of each episode, t = 0, 1, …, T − 1:
    for (let i = 0; i + 1 < starts.length; i++) {
      for (let row = starts[i]; row < starts[i + 1]; row++) {
        const metrics = scope(() => {
          const observation = observationAt(row);
          const learned = target.length > 0 && valueOptimiser !== undefined;
          //   δ ← G − v̂(Sₜ, w)
          const expected = learned
            ? networks.value(values, c.causality ? observation : observationAt(starts[i])).item()
            : baseline[row];
          const delta = returns[row] - expected;
          //   w ← w + α^w δ ∇v̂(Sₜ, w)
          let seen: Readonly<Record<string, number>> = {};
          if (learned) {
            const critic = { params: state.critic.params, optimiser: valueOptimiser };
            const fit = (params: Params<CriticParams>) => valueGradient(params, observation, tensor([target[row]]));
            seen = optimise(critic, fit, { ...descent, learningRate: valueLearningRate }).metrics;
          }
          //   θ ← θ + α^θ γᵗ δ ∇ln π(Aₜ|Sₜ, θ)
          const action = actionTensor(actionSpace, actions.subarray(row * perAction, (row + 1) * perAction), 1);
          const ascend = (params: Params<ActorParams>) =>
            policyGradient(params, observation, action, step[row] * delta);
          const { metrics, gradNorm } = optimise(state, ascend, { ...descent, learningRate });
          return { ...seen, ...metrics, gradNorm };
        });
        averages.add(metrics as Record<string, number>);
      }
    }
    return averages.means();
  };
}
