import { sameShape } from "./ops/shape.js";
import { hold, type Shape, type Tensor, Tensor as TensorClass, view } from "./tensor.js";

/** Tensors nested in records and arrays: the parameters of a network. */
export type Tree = Tensor | { readonly [name: string]: Tree } | readonly Tree[];

/** The tensors of a tree with their dotted names, depth first in the order of definition. */
export function leavesOf(tree: Tree, prefix = ""): { name: string; tensor: Tensor }[] {
  if (tree instanceof TensorClass) return [{ name: prefix, tensor: tree }];
  const entries: [string, Tree][] = Object.entries(tree);
  return entries.flatMap(([key, child]) => leavesOf(child, prefix === "" ? key : `${prefix}.${key}`));
}

/** A tree of the same structure with every tensor replaced. */
export function mapTree<T extends Tree>(tree: T, replace: (tensor: Tensor, name: string) => Tensor, prefix = ""): T {
  if (tree instanceof TensorClass) return replace(tree, prefix) as Tree as T;
  const name = (key: string) => (prefix === "" ? key : `${prefix}.${key}`);
  const of = (child: Tree, key: string): Tree => mapTree(child, replace, name(key));
  if (Array.isArray(tree)) return (tree as readonly Tree[]).map((child, i) => of(child, String(i))) as Tree as T;
  return Object.fromEntries(Object.entries(tree).map(([key, child]) => [key, of(child, key)])) as Tree as T;
}

/** The shape of one tensor, in the place of that tensor in a tree. */
export class TensorShape {
  constructor(readonly dims: Shape) {}
}

/** A tree of parameters with shapes in the place of tensors: what a network's parameters are going to be, known before any are made. */
export type Shapes = TensorShape | { readonly [name: string]: Shapes } | readonly Shapes[];

/** The shapes of a tree by dotted name, in the order of `leavesOf`. */
export function namedShapes(shapes: Shapes, prefix = ""): { readonly name: string; readonly dims: Shape }[] {
  if (shapes instanceof TensorShape) return [{ name: prefix, dims: shapes.dims }];
  const entries: [string, Shapes][] = Object.entries(shapes);
  return entries.flatMap(([key, child]) => namedShapes(child, prefix === "" ? key : `${prefix}.${key}`));
}

/** The tree that has these shapes, with tensors that are given by name. */
export function treeOf(shapes: Shapes, tensorOf: (name: string, dims: Shape) => Tensor, prefix = ""): Tree {
  if (shapes instanceof TensorShape) return tensorOf(prefix, shapes.dims);
  const of = (child: Shapes, key: string) => treeOf(child, tensorOf, prefix === "" ? key : `${prefix}.${key}`);
  if (Array.isArray(shapes)) return (shapes as readonly Shapes[]).map((child, i) => of(child, String(i)));
  return Object.fromEntries(Object.entries(shapes).map(([key, child]) => [key, of(child, key)]));
}

/**
 * The parameters of one optimiser, held in one contiguous block: `tree` for the network, `flat` for everything that treats
 * them alike, each in one pass (optimisers and norms by a kernel, copies and Polyak averages by a loop).
 */
export class Params<T extends Tree = Tree> {
  /** [size], all values in the order of `leavesOf`. */
  readonly flat: Tensor;
  /** Views of `flat`. */
  readonly tree: T;
  readonly leaves: readonly Tensor[];

  private constructor(like: T, values: "copy" | "zero") {
    const parts = leavesOf(like);
    // Each leaf begins on a 16-byte boundary, as kernels ask; the gaps hold zeros and stay zero.
    const strides = parts.map(({ tensor }) => (tensor.size + 3) & -4);
    this.flat = hold([strides.reduce((total, size) => total + size, 0)]);
    this.flat.data.fill(0);
    let offset = 0;
    const leaves: Tensor[] = [];
    this.tree = mapTree(like, (tensor) => {
      const leaf = view(this.flat, this.flat.pointer + 4 * offset, tensor.shape, tensor.size);
      if (values === "copy") leaf.data.set(tensor.data);
      offset += strides[leaves.length];
      leaves.push(leaf);
      return leaf;
    });
    this.leaves = leaves;
  }

  /** Copies a tree of freshly made tensors into one block. */
  static pack<T extends Tree>(tree: T): Params<T> {
    return new Params(tree, "copy");
  }

  /** Zeros of the same structure: gradients and optimiser moments. */
  static zerosLike<T extends Tree>(params: Params<T>): Params<T> {
    return new Params(params.tree, "zero");
  }

  /** An independent copy: target networks. */
  static copyOf<T extends Tree>(params: Params<T>): Params<T> {
    return new Params(params.tree, "copy");
  }

  /** How many numbers there are, without the alignment gaps. */
  get count(): number {
    return this.leaves.reduce((total, leaf) => total + leaf.size, 0);
  }

  /** The values by dotted name, for checkpoints and policy files. */
  snapshot(): Record<string, Float32Array> {
    return Object.fromEntries(leavesOf(this.tree).map(({ name, tensor }) => [name, tensor.values()]));
  }

  /** Takes the values of a snapshot of the same structure. It has names and values, no shapes: of those only the size is checked. */
  restore(values: Readonly<Record<string, ArrayLike<number>>>): void {
    const parts = leavesOf(this.tree);
    for (const { name, tensor } of parts) {
      if (values[name] === undefined) throw new Error(`the parameters miss '${name}' [${tensor.shape.join(", ")}]`);
      if (values[name].length !== tensor.size) {
        throw new Error(
          `parameter '${name}' has ${values[name].length} values, expected ${tensor.size} for [${tensor.shape.join(", ")}]`,
        );
      }
    }
    const known = new Set(parts.map((part) => part.name));
    const extra = Object.keys(values).find((name) => !known.has(name));
    if (extra !== undefined) throw new Error(`the parameters have no '${extra}'; is this another network?`);
    for (const { name, tensor } of parts) tensor.set(values[name]);
  }
}

function requireSameStructure(target: Params, source: Params): void {
  const [own, other] = [target.leaves, source.leaves];
  if (own.length === other.length && own.every((leaf, i) => sameShape(leaf.shape, other[i].shape))) return;
  const shapes = (leaves: readonly Tensor[]) => leaves.map(({ shape }) => `[${shape.join(", ")}]`).join(" ");
  throw new Error(`polyakUpdate() needs equal structures, got ${shapes(own)} and ${shapes(other)}`);
}

/** target ← τ·source + (1 − τ)·target (Polyak averaging), of equal structure; τ = 1 copies. */
export function polyakUpdate<T extends Tree>(target: Params<T>, source: Params<T>, tau: number): void {
  requireSameStructure(target, source);
  const from = source.flat.data;
  const to = target.flat.data;
  // Not by the formula: t + (s − t) loses digits of s where t is much larger, and is NaN where t is infinite.
  if (tau === 1) to.set(from);
  else for (let i = 0; i < to.length; i++) to[i] += tau * (from[i] - to[i]);
}
