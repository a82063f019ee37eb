import { hold, nn, Params, Random, scope } from "@advantage/engine";
import { secondsPerCall } from "./timing.mjs";
import { forwardFlops } from "./update.mjs";

/** One forward pass at batch 1, from numbers to numbers: copies included. */
export function* acting(peak) {
  const random = Random.fromSeed(1);
  const network = nn.mlp(4, 2, { hiddenSizes: [64, 64], activation: "tanh" });
  const params = scope(() => Params.pack(network.init(random)));
  const input = hold([1, 4]);
  const observation = Float32Array.of(0.1, -0.2, 0.3, -0.4);
  const output = new Float32Array(2);
  const seconds = secondsPerCall(() => {
    input.data.set(observation);
    scope(() => {
      output.set(network.apply(params.tree, input).data);
    });
  });
  yield {
    name: "acting, 4→64→64→2 tanh, batch 1",
    value: seconds * 1e6,
    unit: "µs",
    limit: forwardFlops([4, 64, 64, 2], 1) / peak / 1e3,
    bar: 1,
    peer: { name: "PyTorch eager", value: 15 },
  };
}
