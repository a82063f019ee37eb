import { ops, type Random, type Tensor } from "@advantage/engine";
import { type Actor, type ActorParams, type ActorSpec, actor } from "./actor.js";
import { type Sequences, sequenceOutputs } from "./cell.js";
import { type CriticParams, critic } from "./critic.js";
import type { Distribution } from "./distribution.js";
import type { Initialisation } from "./encoder.js";

/** Parameters θ of a policy and φ of its value function. */
export type ActorCriticParams = { readonly actor: ActorParams; readonly critic: CriticParams };

/**
 * π_θ and V_φ of one state; with recurrent cells, of what was seen until then: rows are `sequences`, and a state of both is the actor's numbers
 * beside the critic's, or the actor's alone where the critic shares its layers.
 */
export interface ActorCritic {
  readonly actor: Actor;
  /** Numbers that the cells remember of an episode; 0 without any. */
  readonly stateSize: number;
  init(random: Random): ActorCriticParams;
  /** π(·|s) and V(s) [B] of a batch of observations. */
  both(
    params: ActorCriticParams,
    observations: Tensor,
    sequences?: Sequences,
  ): { readonly pi: Distribution; readonly value: Tensor };
  /** V(s) [B]. */
  value(params: ActorCriticParams, observations: Tensor, sequences?: Sequences): Tensor;
  /** One step of both cells: the states [B × stateSize] after seeing the observations, and what the actor's hidden layers read of them. */
  remember(
    params: ActorCriticParams,
    observations: Tensor,
    states: Tensor,
  ): { readonly states: Tensor; readonly read: Tensor };
}

/** Actor and critic side by side or, `shared`, the critic as a second output on the actor's layers. */
export function actorCriticNetworks(
  spec: ActorSpec,
  { shared, ...initialisation }: Initialisation & { readonly shared: boolean },
): ActorCritic {
  const policy = actor(spec, initialisation);
  const onFeatures = { ...spec, observationSize: policy.featureSize, hiddenSizes: [], memory: undefined };
  const baseline = critic(shared ? onFeatures : spec, initialisation);
  const actorSize = policy.cell?.stateSize ?? 0;
  const stateSize = actorSize + (baseline.cell?.stateSize ?? 0);

  const actorStates = (states: Tensor) => (shared ? states : ops.slice(states, 1, 0, actorSize));
  const criticStates = (states: Tensor) => ops.slice(states, 1, actorSize, stateSize);

  const features = ({ actor }: ActorCriticParams, observations: Tensor, sequences?: Sequences) =>
    policy.features(actor, sequenceOutputs(policy.cell, actor, observations, sequences, actorStates));
  const ownValue = ({ critic }: ActorCriticParams, observations: Tensor, sequences?: Sequences) =>
    baseline.value(critic, sequenceOutputs(baseline.cell, critic, observations, sequences, criticStates));

  return {
    actor: policy,
    stateSize,
    init: (random) => ({ actor: policy.init(random.fork("actor")), critic: baseline.init(random.fork("critic")) }),
    both(params, observations, sequences) {
      const last = features(params, observations, sequences);
      return {
        pi: policy.distribution(params.actor, last),
        value: shared ? baseline.value(params.critic, last) : ownValue(params, observations, sequences),
      };
    },
    value: (params, observations, sequences) =>
      shared
        ? baseline.value(params.critic, features(params, observations, sequences))
        : ownValue(params, observations, sequences),
    remember(params, observations, states) {
      if (policy.cell === undefined) throw new Error("networks without a recurrent cell remember nothing");
      const next = policy.cell.step(params.actor.memory!, observations, actorStates(states));
      const read = policy.cell.output(next);
      if (baseline.cell === undefined) return { states: next, read };
      const nextOfCritic = baseline.cell.step(params.critic.memory!, observations, criticStates(states));
      return { states: ops.concat([next, nextOfCritic], 1), read };
    },
  };
}
