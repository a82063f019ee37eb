import { ops, Params, Random, scope, tensor } from "@advantage/engine";
import { checkGradient, samples } from "@advantage/engine/testing";
import { box, type Space } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { actorCriticNetworks } from "./actor-critic.js";
import { alongSequences, recurrentCell } from "./cell.js";

const kinds = ["gru", "lstm"] as const;

/** 4 steps of 3 sequences; the second begins an episode at its third step, the third at its second and last. */
const shape = { length: 4, count: 3, continues: [1, 1, 1, 1, 1, 0, 1, 0, 1, 1, 1, 0] };

describe.each(kinds)("%s", (kind) => {
  it("unrolled, is the cell stepped by hand, from zeros where an episode begins", () => {
    const cell = recurrentCell(kind, 2, 3);
    const random = Random.fromSeed(1);
    const params = Params.pack(scope(() => cell.init(random))).tree;
    const x = Float32Array.from({ length: 24 }, () => random.normal());
    const start = Float32Array.from({ length: 3 * cell.stateSize }, () => random.normal());
    const outputs = scope(() =>
      alongSequences(
        cell,
        params,
        tensor(x, [12, 2]),
        { ...shape, states: tensor(start, [3, cell.stateSize]) },
        tensor(start, [3, cell.stateSize]),
      ).values(),
    );
    for (let i = 0; i < 3; i++) {
      let state: Float32Array = start.slice(i * cell.stateSize, (i + 1) * cell.stateSize);
      for (let l = 0; l < 4; l++) {
        const row = l * 3 + i;
        if (shape.continues[row] === 0) state = new Float32Array(cell.stateSize);
        const before = state;
        state = scope(() => {
          const seen = tensor(x.slice(2 * row, 2 * row + 2), [1, 2]);
          return cell.step(params, seen, tensor(before, [1, cell.stateSize])).values();
        });
        const output = scope(() => cell.output(tensor(state, [1, cell.stateSize])).values());
        expect(outputs.slice(row * 3, (row + 1) * 3)).toEqual(output);
      }
    }
  });

  it.each([false, true])("the gradient of a loss over sequences is that of finite differences, shared %s", (shared) => {
    const networks = actorCriticNetworks(
      {
        observationSize: 2,
        memory: { kind, size: 3 },
        actionSpace: box({ low: -1, high: 1, shape: [1] }) as Space,
        hiddenSizes: [3],
        activation: "tanh",
        stateDependentExploration: false,
      },
      { shared, orthogonal: false, logStd: 0.2 },
    );
    const params = Params.pack(scope(() => networks.init(Random.fromSeed(2))));
    const [x, states, actions] = samples(
      [
        [12, 2],
        [3, networks.stateSize],
        [12, 1],
      ],
      { seed: 3 },
    );
    const loss = () => {
      const { pi, value } = networks.both(params.tree, x, { ...shape, states });
      return ops.add(ops.mean(pi.logProb(actions)), ops.mean(ops.square(value)));
    };
    checkGradient(loss, params.leaves);
  });
});
