import { constant, hold, indices, nn, ops, optim, Params, Random, scope, valueAndGrad } from "@advantage/engine";
import { secondsPerCall } from "./timing.mjs";

/** Multiply-adds ×2 of one forward and backward pass of a dense network on a batch; the input needs no gradient. */
export function trainingFlops(sizes, batch) {
  let flops = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) {
    flops += (layer === 0 ? 2 : 3) * 2 * batch * sizes[layer] * sizes[layer + 1];
  }
  return flops;
}

export function forwardFlops(sizes, batch) {
  let flops = 0;
  for (let layer = 0; layer + 1 < sizes.length; layer++) flops += 2 * batch * sizes[layer] * sizes[layer + 1];
  return flops;
}

export function* update(peak) {
  yield ppoMinibatch(peak);
  yield criticUpdate(peak);
  yield tapeOverhead();
}

/** The whole minibatch update of PPO, as the issue lists it. */
function ppoMinibatch(peak) {
  const random = Random.fromSeed(1);
  const batch = 64;
  const actor = nn.mlp(4, 2, { hiddenSizes: [64, 64], activation: "tanh" });
  const critic = nn.mlp(4, 1, { hiddenSizes: [64, 64], activation: "tanh" });
  const params = scope(() =>
    Params.pack({ actor: actor.init(random.fork("actor")), critic: critic.init(random.fork("critic")) }),
  );
  const observations = filled(random, [batch, 4]);
  const actions = indices(Array.from({ length: batch }, () => random.int(2)));
  const oldLogProb = hold([batch]);
  oldLogProb.data.fill(-0.69);
  const [advantage, target] = [filled(random, [batch]), filled(random, [batch])];
  const gradientOf = valueAndGrad((p) => {
    const logProbs = ops.logSoftmax(actor.apply(p.actor, observations));
    const logRatio = ops.sub(ops.pick(logProbs, actions), oldLogProb);
    const ratio = ops.exp(logRatio);
    const normal = constant(() => {
      const centred = ops.sub(advantage, ops.mean(advantage));
      return ops.div(centred, ops.add(ops.sqrt(ops.div(ops.sum(ops.square(centred)), batch - 1)), 1e-8));
    });
    const surrogate = ops.minimum(ops.mul(ratio, normal), ops.mul(ops.clip(ratio, 0.8, 1.2), normal));
    const entropy = ops.neg(ops.mean(ops.sum(ops.mul(ops.exp(logProbs), logProbs), 1)));
    const value = ops.reshape(critic.apply(p.critic, observations), [batch]);
    const valueLoss = ops.mean(ops.square(ops.sub(value, target)));
    const loss = ops.sub(ops.sub(ops.mul(valueLoss, 0.5), ops.mean(surrogate)), ops.mul(entropy, 0.01));
    return { loss, metrics: constant(() => ({ kl: ops.mean(ops.sub(ops.add(ratio, -1), logRatio)) })) };
  });
  const adam = optim.adam({ epsilon: 1e-5 });
  const state = adam.init(params);
  const seconds = secondsPerCall(() => {
    const { gradient } = gradientOf(params);
    const gradientScale = optim.clipScale(optim.globalNorm(gradient), 0.5);
    adam.update(params, gradient, state, { learningRate: 1e-5, gradientScale });
  });
  const flops = trainingFlops([4, 64, 64, 2], batch) + trainingFlops([4, 64, 64, 1], batch);
  return {
    name: "PPO minibatch, two 4→64→64 tanh nets, batch 64",
    value: seconds * 1e6,
    unit: "µs",
    limit: flops / peak / 1e3,
    bar: 130,
    peer: { name: "PyTorch eager", value: 535 },
  };
}

/** One gradient step of a 23→256→256→1 critic on a batch of 256. */
function criticUpdate(peak) {
  const random = Random.fromSeed(2);
  const sizes = [23, 256, 256, 1];
  const critic = nn.mlp(23, 1, { hiddenSizes: [256, 256], activation: "relu" });
  const params = scope(() => Params.pack(critic.init(random)));
  const inputs = filled(random, [256, 23]);
  const target = filled(random, [256, 1]);
  const gradientOf = valueAndGrad((p) => ops.mean(ops.square(ops.sub(critic.apply(p, inputs), target))));
  const adam = optim.adam();
  const state = adam.init(params);
  const seconds = secondsPerCall(() => adam.update(params, gradientOf(params).gradient, state, { learningRate: 1e-5 }));
  return {
    name: "critic update, 23→256→256→1 relu, batch 256",
    value: seconds * 1e6,
    unit: "µs",
    limit: trainingFlops(sizes, 256) / peak / 1e3,
    bar: 2000,
    peer: { name: "PyTorch eager", value: 1786 },
  };
}

/** A chain of 100 additions of four numbers, forward and backward, less nothing: what an op costs where its arithmetic is free. */
function tapeOverhead() {
  const params = scope(() => Params.pack({ x: filled(Random.fromSeed(3), [4]) }));
  const length = 100;
  const gradientOf = valueAndGrad((p) => {
    let y = p.x;
    for (let i = 0; i < length; i++) y = ops.add(y, 1e-6);
    return ops.sum(y);
  });
  const seconds = secondsPerCall(() => gradientOf(params));
  return { name: "taped op, forward and backward", value: (seconds / length) * 1e9, unit: "ns", bar: 100 };
}

function filled(random, shape) {
  const made = hold(shape);
  random.fillNormal(made.data);
  return made;
}
