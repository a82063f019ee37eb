import type { Random } from "@advantage/engine";
import { type ActionBatch, actionSize, allocateActions, type Space } from "@advantage/envs";
import type { Episodes } from "./episodes.js";

/** The last transitions (s, a, r, s′) of any policy, at most `capacity` of them; plain data. */
export interface TransitionRing {
  readonly capacity: number;
  readonly observationSize: number;
  /** s [capacity × observationSize] */
  readonly observations: Float32Array;
  /** a as the policy gave it, before limits [capacity × actionSize] */
  readonly actions: ActionBatch;
  /** r [capacity] */
  readonly rewards: Float64Array;
  /** s′, the true successor [capacity × observationSize] */
  readonly nextObservations: Float32Array;
  /** 1 where the task ended with it [capacity] */
  readonly terminated: Uint8Array;
  /** How many there are. */
  count: number;
  /** Where the next one goes. */
  next: number;
}

export function transitionRing(capacity: number, observationSize: number, actionSpace: Space): TransitionRing {
  return {
    capacity,
    observationSize,
    observations: new Float32Array(capacity * observationSize),
    actions: allocateActions(actionSpace, capacity),
    rewards: new Float64Array(capacity),
    nextObservations: new Float32Array(capacity * observationSize),
    terminated: new Uint8Array(capacity),
    count: 0,
    next: 0,
  };
}

/** Bytes of a ring, printed before it is allocated. */
export function transitionRingBytes(capacity: number, observationSize: number, actionSpace: Space): number {
  return capacity * (8 * observationSize + 4 * actionSize(actionSpace) + 9);
}

/** Puts all steps of whole episodes in, over the oldest. */
export function addEpisodes(ring: TransitionRing, episodes: Episodes): void {
  const { starts, observations, actions, rewards, cut, lastObservations } = episodes;
  const { capacity, observationSize: size } = ring;
  const perAction = actions.length / rewards.length;
  for (let i = 0; i + 1 < starts.length; i++) {
    for (let row = starts[i]; row < starts[i + 1]; row++) {
      const at = ring.next;
      const last = row + 1 === starts[i + 1];
      const after = last
        ? lastObservations.subarray(i * size, (i + 1) * size)
        : observations.subarray((row + 1) * size, (row + 2) * size);
      ring.observations.set(observations.subarray(row * size, (row + 1) * size), at * size);
      ring.actions.set(actions.subarray(row * perAction, (row + 1) * perAction), at * perAction);
      ring.rewards[at] = rewards[row];
      ring.nextObservations.set(after, at * size);
      ring.terminated[at] = last && cut[i] === 0 ? 1 : 0;
      ring.next = (at + 1) % capacity;
      ring.count = Math.min(ring.count + 1, capacity);
    }
  }
}

/** Overwrites `batch`, a ring of the batch's size, with transitions drawn with replacement. */
export function drawTransitions(ring: TransitionRing, batch: TransitionRing, random: Random): void {
  const { observationSize: size } = ring;
  const perAction = ring.actions.length / ring.capacity;
  for (let row = 0; row < batch.capacity; row++) {
    const at = random.int(ring.count);
    for (let k = 0; k < size; k++) {
      batch.observations[row * size + k] = ring.observations[at * size + k];
      batch.nextObservations[row * size + k] = ring.nextObservations[at * size + k];
    }
    for (let k = 0; k < perAction; k++) batch.actions[row * perAction + k] = ring.actions[at * perAction + k];
    batch.rewards[row] = ring.rewards[at];
    batch.terminated[row] = ring.terminated[at];
  }
  batch.count = batch.capacity;
}
