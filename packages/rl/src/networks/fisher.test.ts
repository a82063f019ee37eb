import {
  hessianVectorProduct,
  indices,
  ops,
  Params,
  Random,
  scope,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@advantage/engine";
import { allocateActions, box, discrete, multiBinary, multiDiscrete, type Space } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { actionTensor } from "../data/rollout.js";
import { type ActorParams, type ActorSpec, actor, policyAt } from "./actor.js";
import { actorJacobian } from "./actor-jacobian.js";
import { wholeSequencesOf } from "./cell.js";
import { distributionFrom } from "./distribution.js";
import { type FisherForm, fisherOf, scoreGradient } from "./fisher.js";

const spaces: Record<string, Space> = {
  discrete: discrete(3) as Space,
  "multi-discrete": multiDiscrete([2, 3]) as Space,
  "multi-binary": multiBinary(2) as Space,
  box: box({ low: -1, high: 1, shape: [2] }) as Space,
};
const number = box({ low: -1, high: 1, shape: [1] }) as Space;
const cases: [string, Partial<ActorSpec> & { actionSpace: Space }][] = [
  ...Object.entries(spaces).map(([name, actionSpace]) => [name, { actionSpace }] as [string, { actionSpace: Space }]),
  ["state-dependent exploration", { actionSpace: spaces.box, stateDependentExploration: true }],
  ["a deviation of each state's", { actionSpace: spaces.box, std: "state" }],
  ["one real number, a deviation of each state's", { actionSpace: number, std: "state" }],
  ["a deviation that is not learned", { actionSpace: spaces.box, std: "schedule" }],
  ["one real number, a deviation that is not learned", { actionSpace: number, std: "schedule" }],
  ["no hidden layer", { actionSpace: spaces.discrete, hiddenSizes: [] }],
  ["two choices", { actionSpace: discrete(2) as Space }],
  ["two choices of a multi-discrete action, relu", { actionSpace: multiDiscrete([2]) as Space, activation: "relu" }],
  ["two choices, no hidden layer", { actionSpace: discrete(2) as Space, hiddenSizes: [] }],
  ["one bit", { actionSpace: multiBinary(1) as Space }],
  ["one real number", { actionSpace: number }],
  ["one real number, state-dependent exploration", { actionSpace: number, stateDependentExploration: true }],
  ["relu", { actionSpace: spaces.discrete, activation: "relu" }],
  ["elu", { actionSpace: spaces.discrete, activation: "elu" }],
  ["gelu", { actionSpace: spaces.box, activation: "gelu" }],
  ["silu", { actionSpace: spaces.discrete, activation: "silu" }],
  ["gru", { actionSpace: spaces.discrete, memory: { kind: "gru", size: 4 } }],
  ["lstm, real numbers", { actionSpace: spaces.box, memory: { kind: "lstm", size: 3 } }],
  ["gru, two choices", { actionSpace: discrete(2) as Space, memory: { kind: "gru", size: 3 } }],
  [
    "gru, state-dependent exploration",
    {
      ...{ actionSpace: spaces.box, memory: { kind: "gru", size: 3 }, stateDependentExploration: true },
    },
  ],
];

const rows = 7;

/** A small policy away from its start, states, and actions drawn from it. */
function setting(overrides: Partial<ActorSpec> & { actionSpace: Space }) {
  const spec: ActorSpec = {
    observationSize: 3,
    hiddenSizes: [5, 4],
    activation: "tanh",
    stateDependentExploration: false,
    ...overrides,
  };
  const network = actor(spec);
  const random = Random.fromSeed(4);
  const params = scope(() => Params.pack(network.init(random.fork("init")) as ActorParams));
  for (const leaf of params.leaves) random.fillUniform(leaf.data, -0.7, 0.7);
  const flat = new Float32Array(rows * 3);
  random.fillNormal(flat);
  const observations = tensor(flat, [rows, 3]);
  // A cell reads them as two sequences, of four and of three steps.
  const sequences = network.cell && wholeSequencesOf([0, 4, 7], network.cell.stateSize);
  const pi = (tree: ActorParams) => policyAt(network, tree, observations, sequences);
  const drawn = allocateActions(spec.actionSpace, rows);
  pi(params.tree).sample(random, drawn);
  const actions = actionTensor(spec.actionSpace, drawn, rows);
  const oldPolicy: Record<string, Tensor> = {};
  for (const [name, values] of Object.entries(pi(params.tree).parameters)) {
    const width = values.shape[values.shape.length - 1];
    oldPolicy[name] = ops.add(ops.broadcastTo(values, [rows, width]), 0);
  }
  // No direction in the gaps between the leaves.
  const direction = Params.zerosLike(params);
  for (const leaf of direction.leaves) random.fillNormal(leaf.data);
  return { spec, params, pi, observations, sequences, actions, oldPolicy, direction };
}

const closeTo = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) => {
  const scale = Math.max(...Array.from(expected, Math.abs));
  expect(scale).toBeGreaterThan(0);
  for (let i = 0; i < expected.length; i++)
    expect(Math.abs(actual[i] - expected[i]) / scale, `at ${i}`).toBeLessThan(tolerance);
};

describe.each(cases)("Fisher-vector products: %s", (name, overrides) => {
  const { spec, params, pi, observations, sequences, actions, oldPolicy, direction } = setting(overrides);
  const samples = { actions, oldPolicy };
  const jacobian = () => actorJacobian(spec, params.tree, observations, sequences);
  const fisher = (form: FisherForm) => fisherOf(spec.actionSpace, params)(jacobian(), samples, form);
  const v = Float64Array.from(direction.flat.data);
  const old = distributionFrom(spec.actionSpace, oldPolicy);
  const meanKl = (tree: ActorParams) => ops.mean(old.kl(pi(tree)));

  it("equal those of the mean KL divergence's Hessian, differentiated twice", () => {
    const hessian = hessianVectorProduct(meanKl)(params, direction);
    closeTo(
      scope(() => fisher("exact")(v).slice()),
      hessian.flat.data,
      2e-5,
    );
  });

  // State-dependent deviations pass no gradient to the features, which finite differences do not know; ReLU has kinks.
  it.skipIf(name.includes("state-dependent exploration") || name.includes("relu"))(
    "equal finite differences of the KL divergence's gradient",
    () => {
      const gradientOf = valueAndGrad(meanKl);
      const start = params.flat.values();
      const h = 2e-3;
      const gradientAt = (step: number) => {
        params.flat.set(start.map((x, i) => x + step * v[i]));
        const gradient = gradientOf(params).gradient.flat.values();
        params.flat.set(start);
        return gradient;
      };
      const [after, before] = [gradientAt(h), gradientAt(-h)];
      const differences = after.map((g, i) => (g - before[i]) / (2 * h));
      closeTo(
        scope(() => fisher("exact")(v).slice()),
        differences,
        5e-3,
      );
    },
  );

  it("𝔼[∇log π w] is the gradient of 𝔼[log π w], differentiated through the network", () => {
    const weights = tensor(Float32Array.from({ length: rows }, (_, row) => row - 2.5));
    const expected = valueAndGrad((tree: ActorParams) => ops.mean(ops.mul(pi(tree).logProb(actions), weights)))(params);
    const product = Params.zerosLike(params);
    scope(() => scoreGradient(spec.actionSpace, jacobian(), samples, weights, product));
    closeTo(product.flat.data, expected.gradient.flat.data, 5e-6);
  });

  it("of the actions taken are sums over the samples' scores", () => {
    // One gradient of log π for each sample.
    const scores = Array.from({ length: rows }, (_, row) => {
      const gradientOf = valueAndGrad((tree: ActorParams) => {
        const logProb = pi(tree).logProb(actions);
        const one = new Float32Array(rows);
        one[row] = 1;
        return ops.sum(ops.mul(logProb, tensor(one)));
      });
      return gradientOf(params).gradient.flat.values();
    });
    const expected = new Float64Array(v.length);
    for (const score of scores) {
      const along = score.reduce((sum, s, i) => sum + s * v[i], 0);
      for (let i = 0; i < expected.length; i++) expected[i] += (score[i] * along) / rows;
    }
    closeTo(
      scope(() => fisher("sampled")(v).slice()),
      expected,
      2e-5,
    );
  });
});

it("𝔼[∇log π ∇log πᵀ] over all actions is the Hessian of the KL divergence", () => {
  const { spec, params, pi, observations, oldPolicy, direction } = setting({ actionSpace: spaces.discrete });
  const fisher = fisherOf(spec.actionSpace, params);
  const v = Float64Array.from(direction.flat.data);
  // Σ_a π(a|s) over "samples" that all take the action a: the state of each row weighted by its probability.
  const probabilities = scope(() => ops.softmax(pi(params.tree).parameters.logits).values());
  const expected = new Float64Array(v.length);
  for (let row = 0; row < rows; row++) {
    const one = ops.slice(observations, 0, row, row + 1);
    const policy = { logits: ops.slice(oldPolicy.logits, 0, row, row + 1) };
    for (let a = 0; a < 3; a++) {
      const product = scope(() =>
        fisher(
          actorJacobian(spec, params.tree, one),
          { actions: indices([a]), oldPolicy: policy },
          "sampled",
        )(v).slice(),
      );
      for (let i = 0; i < v.length; i++) expected[i] += (probabilities[row * 3 + a] * product[i]) / rows;
    }
  }
  const samples = { actions: indices(new Int32Array(rows)), oldPolicy };
  closeTo(
    scope(() => fisher(actorJacobian(spec, params.tree, observations), samples, "exact")(v).slice()),
    expected,
    2e-5,
  );
});
