import { nn, ops, type Random, type Shapes, type Tensor } from "@advantage/engine";
import type { Cell } from "./cell.js";
import { type EncoderParams, type EncoderSpec, encoder, layerOptions, orthogonalFromZero } from "./encoder.js";

/** Parameters φ of a value function. */
export type CriticParams = EncoderParams & { readonly output: nn.LinearParams };

/** V_φ: an encoder and one linear output. */
export interface Critic {
  readonly cell?: Cell;
  shapes(): Shapes;
  init(random: Random): CriticParams;
  /** V(s) [B], of observations, of the cell's outputs, or of the actor's features where the networks share their hidden layers. */
  value(params: CriticParams, read: Tensor): Tensor;
}

/**
 * A network V_φ(s): an encoder and one linear output.
 *
 * @param spec            structure: observation size, layers, cell
 * @param initialisation  first values; orthogonal unless given
 */
export function critic(spec: EncoderSpec, initialisation = orthogonalFromZero): Critic {
  const body = encoder(spec, initialisation);
  const output = nn.linear(body.featureSize, 1, layerOptions(initialisation.orthogonal, 1));
  return {
    cell: body.cell,
    shapes: () => ({ ...body.shapes(), output: output.shapes() }),
    init: (random) => ({ ...body.init(random), output: output.init(random.fork("output")) }),
    value(params, read) {
      const y = output.apply(params.output, body.features(params, read));
      return ops.reshape(y, [y.size]);
    },
  };
}
