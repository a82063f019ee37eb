import {
  Add, Div, Eq, Ge, Gt, Le, Lt, Max,
  Min, Mul, Rdiv, ReluGrad, Rsub, SigmoidGrad, Sub, TanhGrad,
} from "./binary-functions";
import { loadTail, storeTail } from "./memory";

// Loops over F: both operands vectors, or the second one a broadcast scalar.

// @ts-expect-error: a decorator of AssemblyScript
@inline
function zip<F>(n: usize, a: usize, b: usize, y: usize): void {
  const f = changetype<F>(0);
  const end = a + ((n & ~7) << 2);
  while (a < end) {
    const first = f.apply(v128.load(a), v128.load(b));
    const second = f.apply(v128.load(a, 16), v128.load(b, 16));
    v128.store(y, first);
    v128.store(y, second, 16);
    a += 32;
    b += 32;
    y += 32;
  }
  if (n & 4) {
    v128.store(y, f.apply(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  }
  const rest = n & 3;
  if (rest) storeTail(y, rest, f.apply(loadTail(a, rest), loadTail(b, rest)));
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function zipScalar<F>(n: usize, a: usize, s: v128, y: usize): void {
  const f = changetype<F>(0);
  const end = a + ((n & ~7) << 2);
  while (a < end) {
    const first = f.apply(v128.load(a), s);
    const second = f.apply(v128.load(a, 16), s);
    v128.store(y, first);
    v128.store(y, second, 16);
    a += 32;
    y += 32;
  }
  if (n & 4) {
    v128.store(y, f.apply(v128.load(a), s));
    a += 16;
    y += 16;
  }
  const rest = n & 3;
  if (rest) storeTail(y, rest, f.apply(loadTail(a, rest), s));
}

/** Shapes of the second operand. */
const FULL: i32 = 0;
const SCALAR: i32 = 1;
const ROW: i32 = 2;
const COLUMN: i32 = 3;

function apply<F>(shape: i32, rows: usize, cols: usize, a: usize, b: usize, s: f32, y: usize): void {
  if (shape == FULL) return zip<F>(cols, a, b, y);
  if (shape == SCALAR) return zipScalar<F>(cols, a, f32x4.splat(s), y);
  const stride = cols << 2;
  if (shape == ROW) {
    for (let r: usize = 0; r < rows; r++) {
      zip<F>(cols, a, b, y);
      a += stride;
      y += stride;
    }
    return;
  }
  for (let r: usize = 0; r < rows; r++) {
    zipScalar<F>(cols, a, v128.load_splat<f32>(b), y);
    a += stride;
    b += 4;
    y += stride;
  }
}

/** `op` numbers the functions in the order of `Binary` in kernels.ts. */
function dispatch(op: i32, shape: i32, rows: usize, cols: usize, a: usize, b: usize, s: f32, y: usize): void {
  switch (op) {
    case 0:
      return apply<Add>(shape, rows, cols, a, b, s, y);
    case 1:
      return apply<Sub>(shape, rows, cols, a, b, s, y);
    case 2:
      return apply<Rsub>(shape, rows, cols, a, b, s, y);
    case 3:
      return apply<Mul>(shape, rows, cols, a, b, s, y);
    case 4:
      return apply<Div>(shape, rows, cols, a, b, s, y);
    case 5:
      return apply<Rdiv>(shape, rows, cols, a, b, s, y);
    case 6:
      return apply<Min>(shape, rows, cols, a, b, s, y);
    case 7:
      return apply<Max>(shape, rows, cols, a, b, s, y);
    case 8:
      return apply<Gt>(shape, rows, cols, a, b, s, y);
    case 9:
      return apply<Ge>(shape, rows, cols, a, b, s, y);
    case 10:
      return apply<Lt>(shape, rows, cols, a, b, s, y);
    case 11:
      return apply<Le>(shape, rows, cols, a, b, s, y);
    case 12:
      return apply<Eq>(shape, rows, cols, a, b, s, y);
    case 13:
      return apply<TanhGrad>(shape, rows, cols, a, b, s, y);
    case 14:
      return apply<SigmoidGrad>(shape, rows, cols, a, b, s, y);
    case 15:
      return apply<ReluGrad>(shape, rows, cols, a, b, s, y);
  }
}

export function binary(op: i32, n: usize, a: usize, b: usize, y: usize): void {
  dispatch(op, FULL, 1, n, a, b, 0, y);
}

export function binaryScalar(op: i32, n: usize, a: usize, s: f32, y: usize): void {
  dispatch(op, SCALAR, 1, n, a, 0, s, y);
}

export function binaryRow(op: i32, rows: usize, cols: usize, a: usize, b: usize, y: usize): void {
  dispatch(op, ROW, rows, cols, a, b, 0, y);
}

export function binaryColumn(op: i32, rows: usize, cols: usize, a: usize, b: usize, y: usize): void {
  if (cols == 1) dispatch(op, FULL, 1, rows, a, b, 0, y);
  else dispatch(op, COLUMN, rows, cols, a, b, 0, y);
}

export function select(n: usize, mask: usize, a: usize, b: usize, y: usize): void {
  const zero = f32x4.splat(0);
  const rest = n & 3;
  const end = y + ((n - rest) << 2);
  while (y < end) {
    v128.store(y, v128.bitselect(v128.load(a), v128.load(b), f32x4.ne(v128.load(mask), zero)));
    mask += 16;
    a += 16;
    b += 16;
    y += 16;
  }
  if (rest) {
    const chosen = f32x4.ne(loadTail(mask, rest), zero);
    storeTail(y, rest, v128.bitselect(loadTail(a, rest), loadTail(b, rest), chosen));
  }
}
