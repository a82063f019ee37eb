import { copyFloats, loadTail, storeTail } from "./memory";

export function fill(n: usize, value: f32, y: usize): void {
  const v = f32x4.splat(value);
  const rest = n & 3;
  const end = y + ((n - rest) << 2);
  while (y < end) {
    v128.store(y, v);
    y += 16;
  }
  if (rest) storeTail(y, rest, v);
}

/** y += x. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function addFloats(n: usize, x: usize, y: usize): void {
  const rest = n & 3;
  const end = x + ((n - rest) << 2);
  while (x < end) {
    v128.store(y, f32x4.add(v128.load(y), v128.load(x)));
    x += 16;
    y += 16;
  }
  if (rest) storeTail(y, rest, f32x4.add(loadTail(y, rest), loadTail(x, rest)));
}

/** y = xᵀ over tiles of 4 × 4: rows of x are `xs` bytes apart, those of y `ys` bytes. x is [4, 4·tiles], y is [4·tiles, 4]. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
export function transpose4(tiles: usize, x0: usize, x1: usize, x2: usize, x3: usize, y: usize, ys: usize): void {
  const y1 = ys;
  const y2 = ys + ys;
  const y3 = y2 + ys;
  const y4 = y2 + y2;
  for (let t: usize = 0; t < tiles; t++) {
    const r0 = v128.load(x0);
    const r1 = v128.load(x1);
    const r2 = v128.load(x2);
    const r3 = v128.load(x3);
    const a = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5);
    const b = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7);
    const d = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
    v128.store(y, v128.shuffle<i64>(a, b, 0, 2));
    v128.store(y + y1, v128.shuffle<i64>(a, b, 1, 3));
    v128.store(y + y2, v128.shuffle<i64>(c, d, 0, 2));
    v128.store(y + y3, v128.shuffle<i64>(c, d, 1, 3));
    x0 += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
    y += y4;
  }
}

export function copyStrided(
  d0: usize, d1: usize, d2: usize, d3: usize,
  xs0: isize, xs1: isize, xs2: isize, xs3: isize,
  ys0: isize, ys1: isize, ys2: isize, ys3: isize,
  x: usize, y: usize, accumulate: i32,
): void {
  for (let i: usize = 0; i < d0; i++) {
    for (let j: usize = 0; j < d1; j++) {
      const from = x + ((i * xs0 + j * xs1) << 2);
      const to = y + ((i * ys0 + j * ys1) << 2);
      copyPlane(d2, d3, xs2 << 2, xs3 << 2, ys2 << 2, ys3 << 2, from, to, accumulate);
    }
  }
}

/** A plane of copyStrided; strides in bytes. */
function copyPlane(
  rows: usize, cols: usize, xs0: isize, xs1: isize, ys0: isize, ys1: isize, x: usize, y: usize, accumulate: i32,
): void {
  if (xs1 == 4 && ys1 == 4) {
    for (let r: usize = 0; r < rows; r++) {
      if (accumulate) addFloats(cols, x, y);
      else copyFloats(cols, x, y);
      x += xs0;
      y += ys0;
    }
    return;
  }
  if (xs0 == 4 && ys1 == 4 && !accumulate && rows >= 4 && cols >= 4) {
    // A transpose: in tiles of 4 × 4, then what remains at the right and below.
    const wholeRows = rows & ~3;
    const wholeCols = cols & ~3;
    for (let c: usize = 0; c < wholeCols; c += 4) {
      const from = x + c * xs1;
      transpose4(wholeRows >> 2, from, from + xs1, from + xs1 * 2, from + xs1 * 3, y + (c << 2), ys0);
    }
    copyElements(wholeRows, cols - wholeCols, xs0, xs1, ys0, ys1, x + wholeCols * xs1, y + wholeCols * ys1, 0);
    copyElements(rows - wholeRows, cols, xs0, xs1, ys0, ys1, x + wholeRows * xs0, y + wholeRows * ys0, 0);
    return;
  }
  copyElements(rows, cols, xs0, xs1, ys0, ys1, x, y, accumulate);
}

function copyElements(
  rows: usize, cols: usize, xs0: isize, xs1: isize, ys0: isize, ys1: isize, x: usize, y: usize, accumulate: i32,
): void {
  for (let r: usize = 0; r < rows; r++) {
    let from = x;
    let to = y;
    if (accumulate) {
      for (let c: usize = 0; c < cols; c++) {
        store<f32>(to, load<f32>(to) + load<f32>(from));
        from += xs1;
        to += ys1;
      }
    } else {
      for (let c: usize = 0; c < cols; c++) {
        store<f32>(to, load<f32>(from));
        from += xs1;
        to += ys1;
      }
    }
    x += xs0;
    y += ys0;
  }
}

// ---- rows by index

export function pick(rows: usize, cols: usize, x: usize, index: usize, y: usize): void {
  for (let r: usize = 0; r < rows; r++) {
    store<f32>(y + (r << 2), load<f32>(x + ((r * cols + <usize>load<i32>(index + (r << 2))) << 2)));
  }
}

export function pickGrad(rows: usize, cols: usize, dy: usize, index: usize, dx: usize): void {
  fill(rows * cols, 0, dx);
  if (cols == 0) return;
  for (let r: usize = 0; r < rows; r++) {
    store<f32>(dx + ((r * cols + <usize>load<i32>(index + (r << 2))) << 2), load<f32>(dy + (r << 2)));
  }
}

export function gatherRows(n: usize, cols: usize, table: usize, index: usize, y: usize): void {
  for (let i: usize = 0; i < n; i++) {
    copyFloats(cols, table + ((<usize>load<i32>(index + (i << 2)) * cols) << 2), y + ((i * cols) << 2));
  }
}

export function scatterAddRows(n: usize, cols: usize, dy: usize, index: usize, table: usize): void {
  for (let i: usize = 0; i < n; i++) {
    addFloats(cols, dy + ((i * cols) << 2), table + ((<usize>load<i32>(index + (i << 2)) * cols) << 2));
  }
}
