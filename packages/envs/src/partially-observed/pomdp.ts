import type { Random } from "@advantage/engine";
import type { Env, EnvironmentOptions } from "../env.js";
import type { FiniteMdp } from "../finite-mdp/finite-mdp.js";
import { sampleEnv, type TabularSnapshot } from "../finite-mdp/sample-env.js";
import type { Scene } from "../scene.js";
import type { Discrete } from "../spaces/discrete.js";

/**
 * A finite partially observed Markov decision process ⟨S, A, p, r, ρ₀, O⟩: in state s the agent sees observations[s] and nothing else.
 * The observation is a function of the state. That is as general as a random one: what was drawn becomes part of the state, as in
 * `tigerPomdp`. Made by `pomdpOf`, which checks it.
 *
 * Kaelbling, Littman & Cassandra 1998, "Planning and acting in partially observable stochastic domains", Artificial Intelligence 101.
 */
export interface Pomdp {
  readonly mdp: FiniteMdp;
  readonly numObservations: number;
  /** o of each state, in [0, numObservations)  [S] */
  readonly observations: Int32Array;
}

/** A POMDP from an MDP and the observation of each state [S]. Throws a RangeError that names the state if one is out of range. */
export function pomdpOf(mdp: FiniteMdp, numObservations: number, observations: ArrayLike<number>): Pomdp {
  if (!Number.isSafeInteger(numObservations) || numObservations < 1) {
    throw new RangeError(`numObservations must be an integer >= 1, got ${numObservations}`);
  }
  if (observations.length !== mdp.numStates) {
    throw new RangeError(`observations must be one for each of ${mdp.numStates} states, got ${observations.length}`);
  }
  for (let state = 0; state < observations.length; state++) {
    const observation = observations[state];
    if (!Number.isInteger(observation) || observation < 0 || observation >= numObservations) {
      throw new RangeError(
        `the observation of state ${state} must be an integer in [0, ${numObservations - 1}], got ${observation}`,
      );
    }
  }
  return { mdp, numObservations, observations: Int32Array.from(observations) };
}

/** An environment that runs a finite POMDP. It has no `mdp()`: its observations are not that MDP's states. */
export interface PartiallyObservedEnv extends Env<number, number> {
  readonly observationSpace: Discrete;
  readonly actionSpace: Discrete;
  pomdp(): Pomdp;
  snapshot(): TabularSnapshot;
  restore(snapshot: unknown, rng: Random): void;
  render(): Scene;
  fresh(): PartiallyObservedEnv;
}

/** What an environment made of a POMDP is called, and how it is drawn. */
export interface PartiallyObservedEnvOptions {
  readonly id: string;
  /** The environment's own options where they differ from the defaults. */
  readonly options?: EnvironmentOptions;
  /** The picture of a state, hidden part included. */
  readonly render: (state: number, action: number | undefined) => Scene;
}

/** The environment that runs a POMDP; episodes are cut at the MDP's horizon, if it has one. */
export function partiallyObservedEnv(pomdp: Pomdp, options: PartiallyObservedEnvOptions): PartiallyObservedEnv {
  const { mdp: _, ...env } = sampleEnv(pomdp.mdp, {
    ...options,
    observations: { count: pomdp.numObservations, of: (state) => pomdp.observations[state] },
  });
  return { ...env, pomdp: () => pomdp, fresh: () => partiallyObservedEnv(pomdp, options) };
}
