import { ops, Params, Random, scope, tensor, valueAndGrad } from "@advantage/engine";
import { discrete } from "@advantage/envs";
import { expect, it } from "vitest";
import { type ActorParams, policyAt } from "../../networks/actor.js";
import { actorCriticNetworks } from "../../networks/actor-critic.js";
import { singleSteps } from "../../networks/cell.js";
import { episodeSequences, episodeValues } from "./episode-sequences.js";

const size = 2;
const random = Random.fromSeed(3);
const networks = actorCriticNetworks(
  {
    observationSize: size,
    actionSpace: discrete(3),
    hiddenSizes: [5],
    activation: "tanh",
    memory: { kind: "lstm", size: 4 },
    stateDependentExploration: false,
  },
  { shared: false, orthogonal: false, logStd: 0 },
);
const params = scope(() => Params.pack(networks.init(random.fork("init"))));
// Three episodes, of 2, 5 and 3 steps.
const starts = Int32Array.of(0, 2, 7, 10);
const draw = (count: number) => Float32Array.from({ length: count }, () => random.normal());
const [observations, lastObservations] = [draw(10 * size), draw(3 * size)];
const actions = Int32Array.from({ length: 10 }, () => random.int(3));

/** What a policy that acts sees: one step after the other, from an empty memory. */
function stepByStep() {
  const logProbs: number[] = [];
  const values: number[] = [];
  const lastValues: number[] = [];
  for (let i = 0; i < 3; i++) {
    let states = new Float32Array(networks.stateSize);
    for (let row = starts[i]; row <= starts[i + 1]; row++) {
      const last = row === starts[i + 1];
      const seen = last
        ? lastObservations.subarray(size * i, size * (i + 1))
        : observations.subarray(size * row, size * (row + 1));
      scope(() => {
        const input = tensor(seen, [1, size]);
        const { pi, value } = networks.both(params.tree, input, singleSteps(states, networks.stateSize));
        (last ? lastValues : values).push(value.item());
        if (!last) logProbs.push(ops.log(ops.softmax(pi.parameters.logits)).data[actions[row]]);
        const next = tensor(states, [1, networks.stateSize]);
        states = Float32Array.from(networks.remember(params.tree, input, next).states.data);
      });
    }
  }
  return { logProbs, values, lastValues };
}

const logProbsOf = (tree: ActorParams, from: number, to: number) => {
  const input = tensor(observations.subarray(from * size, to * size), [to - from, size]);
  const pi = policyAt(networks.actor, tree, input, episodeSequences(networks.stateSize, starts, from, to));
  return ops.log(ops.softmax(pi.parameters.logits));
};

it("episodes side by side have the numbers of each, one step after the other", () => {
  const expected = stepByStep();
  scope(() => {
    const found = logProbsOf(params.tree.actor, 0, 10).data;
    const { values, lastValues } = episodeValues(networks, params.tree, { observations, lastObservations, starts });
    for (const [row, x] of expected.logProbs.entries()) expect(found[3 * row + actions[row]]).toBeCloseTo(x, 5);
    for (const [row, x] of expected.values.entries()) expect(values[row]).toBeCloseTo(x, 5);
    for (const [i, x] of expected.lastValues.entries()) expect(lastValues[i]).toBeCloseTo(x, 5);
  });
});

it("gradients go back to each episode's first step, by finite differences, and add up", () => {
  // What the last step of an episode says, of all that was seen before it.
  const objective = (tree: ActorParams, from: number, to: number) => {
    const weights = new Float32Array(3 * (to - from));
    for (let i = 0; i < 3; i++) {
      const last = starts[i + 1] - 1;
      if (last >= from && last < to) weights[3 * (last - from) + actions[last]] = i + 1;
    }
    return ops.sum(ops.mul(logProbsOf(tree, from, to), tensor(weights, [to - from, 3])));
  };
  const actor = scope(() => Params.pack(params.tree.actor));
  const gradientOf = valueAndGrad(objective);
  const gradientAt = (from: number, to: number) => gradientOf(actor, from, to).gradient.flat.values();
  const whole = gradientAt(0, 10);
  const parts = [0, 1, 2].map((i) => gradientAt(starts[i], starts[i + 1]));
  for (const [k, x] of whole.entries()) expect(parts.reduce((sum, part) => sum + part[k], 0)).toBeCloseTo(x, 5);

  const h = 1e-2;
  const valueAt = () => scope(() => objective(actor.tree, 0, 10).item()) as number;
  const data = actor.flat.data;
  for (let k = 0; k < data.length; k += 7) {
    const start = data[k];
    data[k] = start + h;
    const up = valueAt();
    data[k] = start - h;
    const down = valueAt();
    data[k] = start;
    expect((up - down) / (2 * h)).toBeCloseTo(whole[k], 2);
  }
});
