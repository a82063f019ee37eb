import {
  type ArenaMark,
  align,
  allocateArena,
  allocateBlock,
  f32,
  freeBlock,
  i32,
  kernels,
  markArena,
  memoryBytes,
  resetArena,
} from "./memory.js";
import { isRecording } from "./tape.js";

/** Lengths of a tensor's axes, the slowest first; `[]` is a scalar. */
export type Shape = readonly number[];

/** Numbers nested as deep as the tensor has axes. */
export type Nested = number | readonly Nested[];

/**
 * A dense row-major array of f32 (or i32, for indices) in the engine's memory. Inside a `scope` a tensor lives until the
 * scope's end; outside of any it lives until it is garbage.
 */
export class Tensor {
  /** Position on the recording tape, or −1: what autodiff follows. */
  node = -1;

  /** Use `tensor`, `zeros`, `indices`, … or an op. */
  constructor(
    /** Byte offset in the memory. */
    readonly pointer: number,
    readonly shape: Shape,
    readonly size: number,
    readonly dtype: "f32" | "i32",
    /** The scope that ends this tensor, if any. */
    readonly owner: Scope | null,
  ) {}

  /** A view of the values, valid until the next op or the end of the scope. */
  get data(): Float32Array {
    assertAlive(this);
    if (this.dtype !== "f32") throw new TypeError("an index tensor has no f32 values; read indexData");
    return f32.subarray(this.pointer >>> 2, (this.pointer >>> 2) + this.size);
  }

  /** A view of an index tensor's values, valid until the next op or the end of the scope. */
  get indexData(): Int32Array {
    assertAlive(this);
    if (this.dtype !== "i32")
      throw new TypeError("indexData needs an index tensor (see indices()), got f32; read data");
    return i32.subarray(this.pointer >>> 2, (this.pointer >>> 2) + this.size);
  }

  /** A copy of the values. */
  values(): Float32Array {
    return this.data.slice();
  }

  /** The only value. */
  item(): number {
    if (this.size !== 1) throw new Error(`item() needs a tensor of one element, got shape [${this.shape.join(", ")}]`);
    assertAlive(this);
    return this.dtype === "f32" ? f32[this.pointer >>> 2] : i32[this.pointer >>> 2];
  }

  /** Overwrites the values in place. Not recorded by autodiff: for parameters, inputs and buffers. */
  set(values: ArrayLike<number>): void {
    if (values.length !== this.size) {
      throw new Error(`set() needs ${this.size} values for shape [${this.shape.join(", ")}], got ${values.length}`);
    }
    assertAlive(this);
    (this.dtype === "f32" ? f32 : i32).set(values, this.pointer >>> 2);
  }

  /** A copy of the values, for checkpoints. */
  snapshot(): Float32Array | Int32Array {
    return this.dtype === "f32" ? this.data.slice() : this.indexData.slice();
  }

  /** Takes the values of a snapshot of the same size. */
  restore(values: ArrayLike<number>): void {
    this.set(values);
  }
}

/** The life of the temporaries made inside one `scope` call. */
export class Scope {
  alive = true;
  tensors = 0;
}

let current: Scope | null = null;
let heldTensors = 0;

// Tensors made outside of any scope own a block, which goes back when the handle is collected.
const held = new FinalizationRegistry<{ pointer: number; bytes: number }>(({ pointer, bytes }) => {
  heldTensors--;
  freeBlock(pointer, bytes);
});

/**
 * Runs `body`; every tensor made in it ends with it, except those in its result (a tensor, or arrays and records of them),
 * which move to the surrounding scope. Scopes nest. While autodiff records, the tape needs the temporaries, and they live
 * as long as the recording.
 */
export function scope<Result>(body: () => Result): Result {
  if (isRecording()) return body();
  const outer = current;
  const inner = new Scope();
  const mark = markArena();
  current = inner;
  let result: Result;
  try {
    result = body();
  } catch (error) {
    endScope(outer, inner, mark);
    throw error;
  }
  if (result === undefined || typeof result === "number") {
    endScope(outer, inner, mark);
    return result;
  }
  if (result instanceof Promise) {
    endScope(outer, inner, mark);
    throw new TypeError("scope() needs a synchronous function: its tensors would end before an async one goes on");
  }
  const saved: (Float32Array | Int32Array)[] = [];
  visit(result, inner, saved);
  endScope(outer, inner, mark);
  if (saved.length === 0) return result;
  return rebuild(result, inner, saved) as Result;
}

function endScope(outer: Scope | null, inner: Scope, mark: ArenaMark): void {
  inner.alive = false;
  current = outer;
  resetArena(mark);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function visit(value: unknown, inner: Scope, saved: (Float32Array | Int32Array)[]): void {
  if (value instanceof Tensor) {
    if (value.owner === inner) saved.push(value.snapshot());
  } else if (Array.isArray(value)) for (const element of value) visit(element, inner, saved);
  else if (isPlain(value)) for (const key in value) visit(value[key], inner, saved);
}

function rebuild(value: unknown, inner: Scope, saved: (Float32Array | Int32Array)[]): unknown {
  if (value instanceof Tensor) {
    if (value.owner !== inner) return value;
    const moved = allocate(value.shape, value.size, value.dtype);
    moved.set(saved.shift()!);
    return moved;
  }
  if (Array.isArray(value)) return value.map((element) => rebuild(element, inner, saved));
  if (isPlain(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, rebuild(element, inner, saved)]));
  }
  return value;
}

/** A new tensor with undefined contents, of the current scope. */
export function allocate(shape: Shape, size: number, dtype: "f32" | "i32" = "f32"): Tensor {
  if (current === null) return hold(shape, size, dtype);
  current.tensors++;
  return new Tensor(allocateArena(4 * size), shape, size, dtype, current);
}

/** A new tensor with undefined contents that outlives every scope: parameters, optimiser state, input buffers. */
export function hold(shape: Shape, size = checkedSize(shape), dtype: "f32" | "i32" = "f32"): Tensor {
  const bytes = align(4 * size);
  const pointer = allocateBlock(bytes);
  const tensor = new Tensor(pointer, shape, size, dtype, null);
  heldTensors++;
  held.register(tensor, { pointer, bytes });
  return tensor;
}

/** A tensor's values under another shape; no copy. `base` keeps the memory alive as long as the view. */
export function view(base: Tensor, pointer: number, shape: Shape, size: number): Tensor {
  const alias = new Tensor(pointer, shape, size, base.dtype, base.owner);
  if (base.owner === null) bases.set(alias, base);
  return alias;
}

const bases = new WeakMap<Tensor, Tensor>();

export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis];
  return size;
}

/** Refuses a shape from outside that is none. */
export function requireLengths(shape: Shape): void {
  if (!Array.isArray(shape))
    throw new TypeError(`a shape must be a list of lengths such as [2, 3], got ${show(shape)}`);
  for (const length of shape) {
    if (!(Number.isInteger(length) && length >= 0)) {
      throw new RangeError(`the lengths of a shape must be whole numbers ≥ 0, got [${shape.map(String).join(", ")}]`);
    }
  }
}

function checkedSize(shape: Shape): number {
  requireLengths(shape);
  return sizeOf(shape);
}

/** A value as an error names it. */
function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** The error for an operand that is no tensor. */
export function notATensor(value: unknown): TypeError {
  return new TypeError(
    `an op needs a tensor, got ${show(value)}; make one with tensor(), a plain number may stand second`,
  );
}

/** The tensor's byte offset, for a kernel over f32; refuses one whose scope has ended, and indices. */
export function pointerOf(tensor: Tensor): number {
  if (tensor.dtype !== "f32") {
    throw new TypeError(
      `an op on numbers got an index tensor of shape [${tensor.shape.join(", ")}]; copy it with tensor(Float32Array.from(x.indexData), x.shape)`,
    );
  }
  return addressOf(tensor);
}

/** The byte offset of a tensor of either type. */
export function addressOf(tensor: Tensor): number {
  assertAlive(tensor);
  return tensor.pointer;
}

function assertAlive(tensor: Tensor): void {
  if (tensor.owner !== null && !tensor.owner.alive) throw endedError(tensor);
}

function endedError(tensor: Tensor): Error {
  return new Error(
    `a tensor of shape [${tensor.shape.join(", ")}] was used after its scope ended; return it from the scope, or make it with hold()`,
  );
}

/** A tensor from (nested) numbers, or from flat numbers and a shape. */
export function tensor(values: Nested | Float32Array, shape?: Shape): Tensor {
  const own = values instanceof Float32Array ? [values.length] : shapeOf(values);
  const found = shape ?? own;
  const flat = values instanceof Float32Array ? values : flatten(values, own, 0, []);
  const size = checkedSize(found);
  if (flat.length !== size) {
    throw new Error(`shape [${found.join(", ")}] needs ${size} values, got ${flat.length}`);
  }
  const made = allocate([...found], size);
  f32.set(flat, made.pointer >>> 2);
  return made;
}

function flatten(values: Nested, shape: Shape, depth: number, into: number[]): number[] {
  const found = lengthOf(values);
  if (found !== shape[depth]) {
    throw new Error(
      `nested numbers must be equally long at every depth: [${shape.join(", ")}] by the first ones, then ${found === undefined ? "a number" : `${found} elements`} at depth ${depth}`,
    );
  }
  if (typeof values === "number") into.push(values);
  else for (const value of values) flatten(value, shape, depth + 1, into);
  return into;
}

function shapeOf(values: Nested): number[] {
  const shape: number[] = [];
  let level = values;
  for (let length = lengthOf(level); length !== undefined; length = lengthOf(level)) {
    shape.push(length);
    if (length === 0) break;
    level = (level as readonly Nested[])[0];
  }
  return shape;
}

/** The length of a list, undefined for a number. */
function lengthOf(values: Nested): number | undefined {
  if (typeof values === "number") return undefined;
  if (Array.isArray(values) || (ArrayBuffer.isView(values) && "length" in values)) return values.length as number;
  throw new TypeError(`tensor() needs numbers or nested lists of numbers, got ${show(values)}`);
}

/** Whole numbers, for `pick`, `gatherRows` and `embedding`. */
export function indices(values: ArrayLike<number>, shape: Shape = [values.length]): Tensor {
  const size = checkedSize(shape);
  if (values.length !== size) throw new Error(`shape [${shape.join(", ")}] needs ${size} values, got ${values.length}`);
  for (let i = 0; i < size; i++) {
    // `| 0` is what an i32 would keep of it.
    if ((values[i] | 0) !== values[i]) {
      throw new RangeError(`indices must be integers in [−2³¹, 2³¹ − 1], got ${values[i]} at ${i}`);
    }
  }
  const made = allocate([...shape], size, "i32");
  i32.set(values, made.pointer >>> 2);
  return made;
}

/**
 * A tensor of one value, as a temporary of the current scope.
 *
 * @throws TypeError if the shape is no list, RangeError if a length is no whole number ≥ 0
 */
export function full(shape: Shape, value: number): Tensor {
  const size = checkedSize(shape);
  const made = allocate([...shape], size);
  kernels.fill(made.size, value, made.pointer);
  return made;
}

/**
 * A tensor of zeros, as a temporary of the current scope.
 *
 * @throws TypeError if the shape is no list, RangeError if a length is no whole number ≥ 0
 */
export function zeros(shape: Shape): Tensor {
  return full(shape, 0);
}

/**
 * A tensor of ones, as a temporary of the current scope.
 *
 * @throws TypeError if the shape is no list, RangeError if a length is no whole number ≥ 0
 */
export function ones(shape: Shape): Tensor {
  return full(shape, 1);
}

/** What is alive now: tensors held, temporaries of the current scope, and bytes. */
export function liveTensors(): { held: number; scoped: number; totalBytes: number; blockBytes: number } {
  const bytes = memoryBytes();
  return { held: heldTensors, scoped: current?.tensors ?? 0, totalBytes: bytes.total, blockBytes: bytes.blocks };
}
