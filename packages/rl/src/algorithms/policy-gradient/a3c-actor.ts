/**
 * One actor of A3C: its environment and its copy of the parameters, and its turn, t_max steps and an update of what all actors share. Threads and the
 * run are in `a3c.ts`.
 */
import { ops, type optim, Params, scope, valueAndGrad } from "@advantage/engine";
import { type Context, scheduleAt } from "../../core/index.js";
import { type Rollout, TrainingEnv } from "../../data/index.js";
import {
  judgedRollout,
  memoryState,
  networksOf,
  type Rollouts,
  rolloutCollector,
  vectorOf,
} from "../../families/policy-gradient/index.js";
import { actorCriticLoss, sharedRmsProp, valueLoss } from "../../maths/index.js";
import { type ActorCritic, type ActorCriticParams, optimise } from "../../networks/index.js";
import type { A3cConfig } from "./a3c.js";

/** What all actors read and write, wherever they run. */
export interface Shared {
  /** θ and φ [P] */
  readonly theta: Float32Array;
  /** RMSProp's running mean of squares [P] */
  readonly squares: Float32Array;
  /** [T: environment steps of all actors, updates of all actors] */
  readonly counters: Int32Array;
}

/** An actor's own: its environment, its random streams, and what recurrent cells remember of its episode. */
export type Actor = Rollouts;

export const Counter = { steps: 0, updates: 1 } as const;

/** RMSProp along an actor's gradient, on what all actors share instead of the actor's own copy of the parameters. */
const onShared: Pick<optim.Optimiser<Shared>, "update"> = {
  update: (_, gradient, { theta, squares }, { learningRate, gradientScale = 1 }) =>
    sharedRmsProp(theta, squares, gradient.flat.data, { decay: 0.99, epsilon: 1e-5, learningRate, gradientScale }),
};

/** θ and φ over new memory, with the structure of the networks. */
export function paramsOf(context: Context<A3cConfig>): Params<ActorCriticParams> {
  return scope(() => Params.pack(networksOf(context).init(context.random.fork("init"))));
}

export function actorOf(context: Context<A3cConfig>, index: number, start = 0): Actor {
  const { config: c, random } = context;
  const own = start === 0 ? random : random.fork(`from ${start}`); // A resumed thread must not see the same episodes again.
  const plain = { normaliseObservation: false, normaliseReward: false, discount: c.discount };
  return {
    env: new TrainingEnv(vectorOf(context, 1, index), own.fork("env"), plain),
    policyRandom: own.fork("policy").fork(String(index)),
    ...memoryState(context, 1),
  };
}

/** −𝔼ₜ[log π_θ(aₜ|sₜ) Âₜ] + c₁ 𝔼ₜ[(V_φ(sₜ) − R̂ₜ)²] − c₂ 𝔼ₜ[H(π_θ(·|sₜ))] of a rollout. */
export function a3cLoss(c: A3cConfig, networks: ActorCritic) {
  return (params: ActorCriticParams, rollout: Rollout) => {
    const { pi, logProb, value, advantage, target, metrics } = judgedRollout(c, networks, params, rollout);
    const policyLoss = ops.neg(ops.mean(ops.mul(logProb, advantage)));
    const losses = { policyLoss, valueLoss: valueLoss({ value, target }), entropy: ops.mean(pi.entropy()) };
    return { loss: actorCriticLoss(losses, c), metrics: { ...losses, ...metrics } };
  };
}

/** One turn of an actor: t_max steps and one update of the shared parameters. */
export function learner(context: Context<A3cConfig>, shared: Shared, actor: Actor) {
  const { theta, counters } = shared;
  const { config: c } = context;
  const networks = networksOf(context);
  const params = paramsOf(context);
  const gradientOf = valueAndGrad(a3cLoss(c, networks));
  const collect = rolloutCollector(context, networks, params.tree, actor);
  return (): Record<string, number> => {
    //   synchronise thread-specific parameters θ′ ← θ, φ′ ← φ
    const step = Atomics.load(counters, Counter.steps);
    const updates = Atomics.load(counters, Counter.updates);
    params.flat.data.set(theta);
    //   perform aₜ according to π_θ′ for t_max steps
    const rollout = collect(step);
    //   R ← V_φ′(s_T), or 0 where it ended; accumulate gradients dθ and dφ
    const accumulated = (own: Params<ActorCriticParams>) => gradientOf(own, rollout);
    //   perform asynchronous update of θ using dθ and of φ using dφ
    const learningRate = scheduleAt(c.learningRate, Math.min(step / c.totalSteps, 1));
    const descent = { rule: onShared, learningRate, maxGradNorm: c.maxGradNorm, at: step };
    const { loss, metrics, gradNorm } = optimise({ params, optimiser: shared }, accumulated, descent);
    const staleness = Atomics.add(counters, Counter.updates, 1) - updates;
    //   T ← T + t_max
    Atomics.add(counters, Counter.steps, rollout.rewards.length);
    return { loss, ...metrics, gradNorm, staleness };
  };
}
