import { nn, type Random, type Tensor } from "@advantage/engine";
import { flatSize } from "@advantage/envs";
import type { BaseConfig, Context } from "../../core/algorithm.js";
import type { CriticParams } from "../../policies/actor-critic.js";
import type { NetworkConfig } from "./actor-critic-family.js";

/** Q_φ(s, ·): hidden layers and one linear output for each action. */
export interface ActionCritic {
  readonly numActions: number;
  init(random: Random): CriticParams;
  /** Q(s, a) of every action [B, A]. */
  values(params: CriticParams, observations: Tensor): Tensor;
}

/** The settings of the hidden layers. */
type LayerConfig = BaseConfig & Pick<NetworkConfig, "hiddenSizes" | "activation" | "orthogonalInit">;

/** As wide and deep as the actor, with parameters of its own. */
export function actionCriticOf({ config: c, env }: Context<LayerConfig>): ActionCritic {
  const { observationSpace, actionSpace } = env;
  if (actionSpace.kind !== "discrete") {
    throw new TypeError(`an output for each action needs discrete actions, ${env.id} has ${actionSpace.kind} ones`);
  }
  const numActions = actionSpace.n;
  const options = (gain: number) => (c.orthogonalInit ? { weight: nn.orthogonal(gain), bias: 0 } : {});
  const inputs = [flatSize(observationSpace), ...c.hiddenSizes];
  const hidden = nn.sequential(
    ...c.hiddenSizes.map((size, i) => nn.linear(inputs[i], size, { activation: c.activation, ...options(Math.SQRT2) })),
  );
  const output = nn.linear(inputs[inputs.length - 1], numActions, options(1));
  return {
    numActions,
    init: (random) => ({ hidden: hidden.init(random.fork("hidden")), output: output.init(random.fork("output")) }),
    values: (params, observations) => output.apply(params.output, hidden.apply(params.hidden, observations)),
  };
}
