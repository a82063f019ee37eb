/** gemm with one or two columns of C: dot products along k, four lanes at a time. */
import { loadTail, packedB } from "./memory";
import { sumLanes } from "./reduce";

/** C = A·op(B), n ≤ 2, A stored [m, k]. Every sum: four lanes in the order of k, then (0 + 2) + (1 + 3), then `init`. */
export function dotColumns(
  transB: i32, m: usize, n: usize, k: usize, a: usize, b: usize, c: usize,
  init: usize, initRow: usize, initColumn: usize,
): void {
  const row = k << 2;
  const rest = k & 3;
  const whole = (k - rest) << 2;
  for (let j: usize = 0; j < n; j++) {
    // Column j of op(B), contiguous.
    let column = b + (transB ? j * row : 0);
    if (!transB && n > 1) {
      column = packedB;
      for (let p: usize = 0; p < k; p++) store<f32>(column + (p << 2), load<f32>(b + ((p * n + j) << 2)));
    }
    for (let i: usize = 0; i < m; i++) {
      const ai = a + i * row;
      let s = f32x4.splat(0);
      for (let p: usize = 0; p < whole; p += 16) s = f32x4.add(s, f32x4.mul(v128.load(ai + p), v128.load(column + p)));
      if (rest) s = f32x4.add(s, f32x4.mul(loadTail(ai + whole, rest), loadTail(column + whole, rest)));
      store<f32>(c + ((i * n + j) << 2), sumLanes(s) + load<f32>(init + i * initRow + j * initColumn));
    }
  }
}
