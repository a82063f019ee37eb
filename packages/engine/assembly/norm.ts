import { fill } from "./copy";
import { loadTail, storeTail } from "./memory";
import { sumFloats, sumLanes } from "./reduce";

/** The first `lanes` (1 to 4) values at p, zeros in the other lanes. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function loadLanes(p: usize, lanes: usize): v128 {
  return lanes == 4 ? v128.load(p) : loadTail(p, lanes);
}

// @ts-expect-error: a decorator of AssemblyScript
@inline
function storeLanes(p: usize, lanes: usize, v: v128): void {
  if (lanes == 4) v128.store(p, v);
  else storeTail(p, lanes, v);
}

/** All ones in the first `lanes` lanes. */
// @ts-expect-error: a decorator of AssemblyScript
@inline
function laneMask(lanes: usize): v128 {
  return i32x4.lt_s(v128(0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0), i32x4.splat(<i32>lanes));
}

export function layerNorm(
  rows: usize, cols: usize, x: usize, gamma: usize, beta: usize, eps: f64, y: usize, mean: usize, rstd: usize,
): void {
  for (let r: usize = 0; r < rows; r++) {
    const mu = <f32>(sumFloats(cols, x) / <f64>cols);
    const m = f32x4.splat(mu);
    let squares = f32x4.splat(0);
    for (let c: usize = 0; c < cols; c += 4) {
      const lanes = min<usize>(4, cols - c);
      let d = f32x4.sub(loadLanes(x + (c << 2), lanes), m);
      if (lanes < 4) d = v128.and(d, laneMask(lanes));
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    const inverse = <f32>(1 / Math.sqrt(<f64>sumLanes(squares) / <f64>cols + eps));
    const s = f32x4.splat(inverse);
    for (let c: usize = 0; c < cols; c += 4) {
      const lanes = min<usize>(4, cols - c);
      const at = c << 2;
      let v = f32x4.mul(f32x4.sub(loadLanes(x + at, lanes), m), s);
      if (gamma) v = f32x4.mul(v, loadLanes(gamma + at, lanes));
      if (beta) v = f32x4.add(v, loadLanes(beta + at, lanes));
      storeLanes(y + at, lanes, v);
    }
    store<f32>(mean + (r << 2), mu);
    store<f32>(rstd + (r << 2), inverse);
    x += cols << 2;
    y += cols << 2;
  }
}

export function layerNormGrad(
  rows: usize, cols: usize, x: usize, gamma: usize, mean: usize, rstd: usize,
  dy: usize, dx: usize, dgamma: usize, dbeta: usize,
): void {
  if (dgamma) fill(cols, 0, dgamma);
  if (dbeta) fill(cols, 0, dbeta);
  for (let r: usize = 0; r < rows; r++) {
    const m = f32x4.splat(load<f32>(mean + (r << 2)));
    const s = f32x4.splat(load<f32>(rstd + (r << 2)));
    let sumG = f32x4.splat(0); // g = dy·gamma
    let sumGX = f32x4.splat(0); // g·x̂
    for (let c: usize = 0; c < cols; c += 4) {
      const lanes = min<usize>(4, cols - c);
      const at = c << 2;
      const normal = f32x4.mul(f32x4.sub(loadLanes(x + at, lanes), m), s);
      const d = loadLanes(dy + at, lanes); // lanes beyond the row are 0, and so are their products
      const g = gamma ? f32x4.mul(d, loadLanes(gamma + at, lanes)) : d;
      sumG = f32x4.add(sumG, g);
      sumGX = f32x4.add(sumGX, f32x4.mul(g, normal));
      if (dgamma) storeLanes(dgamma + at, lanes, f32x4.add(loadLanes(dgamma + at, lanes), f32x4.mul(d, normal)));
      if (dbeta) storeLanes(dbeta + at, lanes, f32x4.add(loadLanes(dbeta + at, lanes), d));
    }
    const meanG = f32x4.splat(sumLanes(sumG) / <f32>cols);
    const meanGX = f32x4.splat(sumLanes(sumGX) / <f32>cols);
    for (let c: usize = 0; c < cols; c += 4) {
      const lanes = min<usize>(4, cols - c);
      const at = c << 2;
      const normal = f32x4.mul(f32x4.sub(loadLanes(x + at, lanes), m), s);
      const d = loadLanes(dy + at, lanes);
      const g = gamma ? f32x4.mul(d, loadLanes(gamma + at, lanes)) : d;
      storeLanes(dx + at, lanes, f32x4.mul(s, f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(normal, meanGX))));
    }
    x += cols << 2;
    dy += cols << 2;
    dx += cols << 2;
  }
}
