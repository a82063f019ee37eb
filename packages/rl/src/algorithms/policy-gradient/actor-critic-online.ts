/**
 * Actor-critic, online: a step of both networks after each step of the environment. The settings, the state and what is said of the algorithm are in
 * `actor-critic.ts`.
 */
import { ops, scope, type Tensor, tensor, valueAndGrad } from "@advantage/engine";
import { allocateActions, toEnvironment } from "@advantage/envs";
import { type Context, type Progress, scheduleAt } from "../../core/index.js";
import { actionTensor, explorer, rowsTensor } from "../../data/index.js";
import { descentRule, moveStd, networksOf, spreadOf } from "../../families/policy-gradient/index.js";
import { valueLoss } from "../../maths/index.js";
import { type ActorCriticParams, optimise } from "../../networks/index.js";
import type { ActorCriticConfig, ActorCriticState } from "./actor-critic.js";

/** One-step actor-critic, online (H 2.6's box; with `criticFirst` C's algorithm 18). */
export function* trainOnline(
  context: Context<ActorCriticConfig>,
  state: ActorCriticState,
): Generator<Progress, void, void> {
  const { config: c, env } = context;
  const { actionSpace } = env;
  const networks = networksOf(context);
  const { numEnvs, observationSize } = state.env;
  const rates = () => ({
    learningRate: scheduleAt(c.learningRate, state.step / c.totalSteps),
    valueLearningRate: scheduleAt(c.valueLearningRate, state.step / c.totalSteps),
  });
  /** ½ 𝔼[δ²], the target held fixed: its negative gradient is 𝔼[δ ∇v̂(S, w)]. */
  const valueGradient = valueAndGrad((params: ActorCriticParams, observations: Tensor, target: Tensor) => {
    const error = valueLoss({ value: networks.value(params, observations), target });
    return { loss: ops.mul(error, 0.5), metrics: { valueLoss: error } };
  });
  /** −𝔼[I δ log π(A|S, θ)] */
  const policyGradient = valueAndGrad(
    (params: ActorCriticParams, observations: Tensor, actions: Tensor, weight: Tensor) => {
      const pi = networks.actor.distribution(params.actor, networks.actor.features(params.actor, observations));
      const policyLoss = ops.neg(ops.mean(ops.mul(pi.logProb(actions), weight)));
      return { loss: policyLoss, metrics: { policyLoss, ...spreadOf(pi) } };
    },
  );
  const act = explorer(networks.actor, state.params.tree.actor, state.policyRandom, {
    numEnvs,
    actionSpace,
  });
  const rule = descentRule(c);
  const chosen = allocateActions(actionSpace, numEnvs);
  const limited = allocateActions(actionSpace, numEnvs);
  const before = new Float32Array(numEnvs * observationSize);
  const target = new Float32Array(numEnvs);
  const weight = new Float32Array(numEnvs);

  // Loop for each time step:
  while (state.step < c.totalSteps) {
    const { learningRate, valueLearningRate } = rates();
    moveStd(context, state.params.tree.actor, state.step);
    //   A ~ π(·|S, θ);  take action A, observe S′, R
    before.set(state.env.observation);
    act(before, chosen, 0);
    toEnvironment(actionSpace, chosen, limited);
    state.env.step(limited, state.step);
    const { reward, terminated, truncated, nextObservation } = state.env;

    const metrics = scope(() => {
      const params = state.params.tree;
      const observations = rowsTensor(before, observationSize);
      const evaluate = () => {
        const values = networks.value(params, observations).values();
        const nextValues = networks.value(params, rowsTensor(nextObservation, observationSize)).values();
        for (let i = 0; i < numEnvs; i++) {
          //   δ ← R + γ v̂(S′, w) − v̂(S, w)    (if S′ is terminal, then v̂(S′, w) = 0)
          target[i] = reward[i] + (terminated[i] === 1 ? 0 : c.discount * nextValues[i]);
          weight[i] = (c.discountGradient ? state.stepDiscount[i] : 1) * (target[i] - values[i]);
        }
      };
      evaluate();
      //   w ← w + α^w δ ∇v̂(S, w)
      const values = { params: state.params, optimiser: state.valueOptimiser };
      const descent = { rule, maxGradNorm: c.maxGradNorm, at: state.step };
      const value = optimise(values, (both) => valueGradient(both, observations, tensor(target)), {
        ...descent,
        learningRate: valueLearningRate,
      });
      //   (C's algorithm 18: Â(s, a) = r + γ V̂(s′) − V̂(s) with the V̂ that has just been updated)
      if (c.criticFirst) evaluate();
      //   θ ← θ + α^θ I δ ∇ ln π(A|S, θ)
      const actions = actionTensor(actionSpace, chosen, numEnvs);
      const ascent = (both: ActorCriticState["params"]) => policyGradient(both, observations, actions, tensor(weight));
      const policy = optimise(state, ascent, { ...descent, learningRate });
      for (let i = 0; i < numEnvs; i++) {
        //   I ← γ I
        const over = terminated[i] === 1 || truncated[i] === 1;
        state.stepDiscount[i] = over ? 1 : c.discount * state.stepDiscount[i];
      }
      return { ...policy.metrics, ...value.metrics, gradNorm: policy.gradNorm };
    });
    state.line.averages.add(metrics);
    state.step += numEnvs;
    const done = { step: state.step, episodes: state.env.takeFinished() };
    yield state.line.progress(done, c, () => ({ learningRate: rates().learningRate }));
  }
}
