import type { Shapes, Tree } from "../params.js";
import type { Random } from "../random.js";
import type { Tensor } from "../tensor.js";

/** A layer or network: the shapes of its parameters, parameters made from a random stream, and a pure function of parameters and input. */
export interface Module<P extends Tree = Tree> {
  shapes(): Shapes;
  init(random: Random): P;
  apply(params: P, x: Tensor): Tensor;
}
