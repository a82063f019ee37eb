/** The gradient through an activation and its column sums (the bias's gradient) in one pass over memory. */
import { ReluGrad, SigmoidGrad, TanhGrad } from "./binary-functions";
import { loadTail, storeTail } from "./memory";

/** Rows summed in f32 before they join the total, as in `reduceColumns`: the same bits as the two passes. */
const ROWS: usize = 256;

// @ts-expect-error: a decorator of AssemblyScript
@inline
function through<F>( rows: usize, cols: usize, dy: usize, y: usize, dz: usize, db: usize): void {
  const stride = cols << 2;
  const zero = f32x4.splat(0);
  const f = changetype<F>(0); // stateless, as in binary.ts
  let c: usize = 0;
  for (; c + 16 <= cols; c += 16) {
    const offset = c << 2;
    let from = dy + offset, by = y + offset, to = dz + offset;
    let t0 = zero, t1 = zero, t2 = zero, t3 = zero;
    for (let r: usize = 0; r < rows; ) {
      const stop = min(rows, r + ROWS);
      let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
      for (; r < stop; r++) {
        const z0 = f.apply(v128.load(from), v128.load(by));
        const z1 = f.apply(v128.load(from, 16), v128.load(by, 16));
        const z2 = f.apply(v128.load(from, 32), v128.load(by, 32));
        const z3 = f.apply(v128.load(from, 48), v128.load(by, 48));
        v128.store(to, z0);
        v128.store(to, z1, 16);
        v128.store(to, z2, 32);
        v128.store(to, z3, 48);
        s0 = f32x4.add(s0, z0);
        s1 = f32x4.add(s1, z1);
        s2 = f32x4.add(s2, z2);
        s3 = f32x4.add(s3, z3);
        from += stride;
        by += stride;
        to += stride;
      }
      t0 = f32x4.add(t0, s0);
      t1 = f32x4.add(t1, s1);
      t2 = f32x4.add(t2, s2);
      t3 = f32x4.add(t3, s3);
    }
    v128.store(db + offset, t0);
    v128.store(db + offset, t1, 16);
    v128.store(db + offset, t2, 32);
    v128.store(db + offset, t3, 48);
  }
  for (; c < cols; c += 4) {
    const lanes = min<usize>(4, cols - c);
    const offset = c << 2;
    let from = dy + offset, by = y + offset, to = dz + offset;
    let total = zero;
    for (let r: usize = 0; r < rows; ) {
      const stop = min(rows, r + ROWS);
      let s = zero;
      for (; r < stop; r++) {
        const whole = lanes == 4;
        const z = f.apply(whole ? v128.load(from) : loadTail(from, lanes), whole ? v128.load(by) : loadTail(by, lanes));
        if (whole) v128.store(to, z);
        else storeTail(to, lanes, z);
        s = f32x4.add(s, z);
        from += stride;
        by += stride;
        to += stride;
      }
      total = f32x4.add(total, s);
    }
    if (lanes == 4) v128.store(db + offset, total);
    else storeTail(db + offset, lanes, total);
  }
}

export function activationGrad(
  activation: i32, rows: usize, cols: usize, dy: usize, y: usize, dz: usize, db: usize,
): void {
  if (activation == 1) through<ReluGrad>(rows, cols, dy, y, dz, db);
  else if (activation == 2) through<TanhGrad>(rows, cols, dy, y, dz, db);
  else through<SigmoidGrad>(rows, cols, dy, y, dz, db);
}
