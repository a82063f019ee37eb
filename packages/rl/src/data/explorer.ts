import { hold, ops, type Random, scope, type Tensor } from "@advantage/engine";
import { type ActionBatch, actionSize, type Space } from "@advantage/envs";
import { type Actor, type ActorParams, actWith } from "../networks/actor.js";
import { StateDependentNoise } from "../networks/state-dependent-noise.js";

/** Chooses actions for the environments' observations [N × size] at step t of a rollout, as the policy gives them. */
export type Act = (observations: Float32Array, actions: ActionBatch, t: number) => void;

/** How an explorer draws actions: for how many environments, of which space, with what noise. */
export interface ExplorerOptions {
  readonly numEnvs: number;
  readonly actionSpace: Space;
  /** False if left out. */
  readonly stateDependentExploration?: boolean;
  /** Steps between new noise functions; absent: once per rollout. */
  readonly noiseEvery?: number;
  /** What the hidden layers of an actor with a recurrent cell read of the observations and of what is remembered, which moves on. */
  readonly remember?: (observations: Tensor) => Tensor;
}

/** How actions are chosen while collecting: sampled from π, or its mean with state-dependent noise. */
export function explorer(actor: Actor, params: ActorParams, random: Random, options: ExplorerOptions): Act {
  const { numEnvs, actionSpace, noiseEvery, remember } = options;
  const input = hold([numEnvs, actor.inputSize]);
  if (!options.stateDependentExploration) {
    return (observations, actions) => {
      input.data.set(observations);
      if (remember === undefined) actWith(actor, params, input, actions, random);
      else scope(() => actWith(actor, params, remember(input), actions, random));
    };
  }
  const noise = new StateDependentNoise(numEnvs, actor.featureSize, actionSize(actionSpace));
  return (observations, actions, t) => {
    if (t === 0 || (noiseEvery !== undefined && t % noiseEvery === 0)) {
      scope(() => noise.resample(ops.exp(params.logStd!).data, random));
    }
    input.data.set(observations);
    scope(() => {
      const features = actor.features(params, remember === undefined ? input : remember(input));
      const { mean } = actor.distribution(params, features).parameters;
      noise.apply(mean.data, features.data, actions);
    });
  };
}
