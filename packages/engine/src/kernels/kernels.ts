/**
 * The kernel interface: everything the engine computes over its one linear memory.
 *
 * Two implementations: `assembly/` (AssemblyScript, SIMD, the one that runs) and `reference.ts` (plain TypeScript, slow
 * and obvious, the oracle). All pointers are byte offsets into the memory, multiples of 4 (tensors start at multiples of 16); values are f32 unless marked
 * i32; matrices are row-major and dense; counts may be 0. Outputs never overlap inputs unless a kernel says so, except
 * that element-wise kernels (`unary`, `binary*`, `select`) may write over an input of the same size.
 */
export interface Kernels {
  /**
   * C = act(op(A)·op(B) + bias), or C += op(A)·op(B) with `accumulate` (then bias = 0 and activation = none).
   * op(A) is [m, k]: A is stored [m, k], or [k, m] with `transA`. op(B) is [k, n]: B is stored [k, n], or [n, k] with `transB`.
   * `bias` is a pointer to [n], or 0 for none. `activation`: see {@link Activation}.
   * The bits of a row of C do not depend on m: a batch of one gives what it gives in a larger batch (without `transA`).
   */
  gemm(
    transA: number,
    transB: number,
    m: number,
    n: number,
    k: number,
    a: number,
    b: number,
    c: number,
    bias: number,
    activation: number,
    accumulate: number,
  ): void;

  /** y[i] = f(x[i]). `op`: see {@link Unary}. */
  unary(op: number, n: number, x: number, y: number): void;
  /** y[i] = a[i] ∘ b[i]. `op`: see {@link Binary}. */
  binary(op: number, n: number, a: number, b: number, y: number): void;
  /** y[i] = a[i] ∘ s, s an f32 immediate. */
  binaryScalar(op: number, n: number, a: number, s: number, y: number): void;
  /** y[r, c] = a[r, c] ∘ b[c]. */
  binaryRow(op: number, rows: number, cols: number, a: number, b: number, y: number): void;
  /** y[r, c] = a[r, c] ∘ b[r]. */
  binaryColumn(op: number, rows: number, cols: number, a: number, b: number, y: number): void;
  /**
   * dz[r, c] = dy[r, c] through the activation, from its output y; db[c] = Σ_r dz[r, c]: what `binary` with a gradient op and
   * `reduceColumns` give, to the bit, in one pass. `activation`: relu, tanh or sigmoid.
   */
  activationGrad(activation: number, rows: number, cols: number, dy: number, y: number, dz: number, db: number): void;
  /** y[i] = mask[i] ≠ 0 ? a[i] : b[i] (NaN counts as non-zero). */
  select(n: number, mask: number, a: number, b: number, y: number): void;

  /** y[i] = value. */
  fill(n: number, value: number, y: number): void;
  /**
   * y[i₀, i₁, i₂, i₃] = x[i₀, i₁, i₂, i₃] over a 4-d index with element strides on both sides (0 in xs broadcasts).
   * With `accumulate`, y += x. Serves transpose, slice, concat, broadcast and their gradients.
   */
  copyStrided(
    d0: number,
    d1: number,
    d2: number,
    d3: number,
    xs0: number,
    xs1: number,
    xs2: number,
    xs3: number,
    ys0: number,
    ys1: number,
    ys2: number,
    ys3: number,
    x: number,
    y: number,
    accumulate: number,
  ): void;

  /** y[r] = reduction of x[r, :]. `op`: see {@link Reduction}. Empty rows give the identity (0, −∞, +∞). */
  reduceRows(op: number, rows: number, cols: number, x: number, y: number): void;
  /** y[c] = reduction of x[:, c]. */
  reduceColumns(op: number, rows: number, cols: number, x: number, y: number): void;
  /** y[r] (i32) = index of the first maximum of x[r, :]; a NaN counts as the maximum. */
  argmaxRows(rows: number, cols: number, x: number, y: number): void;

  /** Row-wise softmax, stable for any finite input and for −∞ (masked) entries. */
  softmax(rows: number, cols: number, x: number, y: number): void;
  /** Row-wise log-softmax, likewise. */
  logSoftmax(rows: number, cols: number, x: number, y: number): void;
  /** dx = y·(dy − Σ dy·y), y = softmax(x). */
  softmaxGrad(rows: number, cols: number, y: number, dy: number, dx: number): void;
  /** dx = dy − exp(y)·Σ dy, y = logSoftmax(x). */
  logSoftmaxGrad(rows: number, cols: number, y: number, dy: number, dx: number): void;

  /** y[r] = x[r, index[r]]; index is i32, in range (checked by the caller). */
  pick(rows: number, cols: number, x: number, index: number, y: number): void;
  /** dx[r, c] = c = index[r] ? dy[r] : 0. Writes all of dx. */
  pickGrad(rows: number, cols: number, dy: number, index: number, dx: number): void;
  /** y[i, :] = table[index[i], :], i < n. */
  gatherRows(n: number, cols: number, table: number, index: number, y: number): void;
  /** table[index[i], :] += dy[i, :], in order of i. */
  scatterAddRows(n: number, cols: number, dy: number, index: number, table: number): void;

  /** y = (x − mean)/√(var + eps)·gamma + beta per row; keeps mean[rows] and rstd[rows] for the gradient. gamma, beta may be 0 (none). */
  layerNorm(
    rows: number,
    cols: number,
    x: number,
    gamma: number,
    beta: number,
    eps: number,
    y: number,
    mean: number,
    rstd: number,
  ): void;
  /** Gradients of layerNorm; dgamma and dbeta [cols] are written (not accumulated) and may be 0 (not wanted), so may gamma. */
  layerNormGrad(
    rows: number,
    cols: number,
    x: number,
    gamma: number,
    mean: number,
    rstd: number,
    dy: number,
    dx: number,
    dgamma: number,
    dbeta: number,
  ): void;

  /** Patches of an NHWC image: y[b, oh, ow, kh, kw, c], zero outside the image. */
  im2col(
    batch: number,
    height: number,
    width: number,
    channels: number,
    kernelH: number,
    kernelW: number,
    strideH: number,
    strideW: number,
    padH: number,
    padW: number,
    outH: number,
    outW: number,
    x: number,
    y: number,
  ): void;
  /** The adjoint of im2col: x = Σ of the patches; writes all of x. Arguments as im2col, y is the input and x the output. */
  col2im(
    batch: number,
    height: number,
    width: number,
    channels: number,
    kernelH: number,
    kernelW: number,
    strideH: number,
    strideW: number,
    padH: number,
    padW: number,
    outH: number,
    outW: number,
    x: number,
    y: number,
  ): void;

  /** Σ a[i]·b[i], accumulated in f64. */
  dot(n: number, a: number, b: number): number;
  /** Σ x[i]², accumulated in f64. */
  sumSquares(n: number, x: number): number;
  /** 1 if every x[i] is finite, else 0. */
  allFinite(n: number, x: number): number;

  /**
   * Adam / AdamW, in place on p, m, v: g ← gradScale·g + weightDecay·p; m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
   * p ← p·(1 − lr·decoupledDecay) − lr·(m/correction1) / (√(v̂/correction2) + eps), with correctionᵢ = 1 − βᵢᵗ and
   * v̂ = vMax ← max(vMax, v) where `vMax` ≠ 0 (AMSGrad), else v.
   */
  adam(
    n: number,
    p: number,
    g: number,
    m: number,
    v: number,
    vMax: number,
    lr: number,
    beta1: number,
    beta2: number,
    eps: number,
    weightDecay: number,
    decoupledDecay: number,
    correction1: number,
    correction2: number,
    gradScale: number,
  ): void;
  /**
   * SGD (PyTorch's convention), in place: g ← gradScale·g + weightDecay·p; where `buffer` ≠ 0: buffer ← first ? g :
   * momentum·buffer + (1−dampening)·g and g ← nesterov ? g + momentum·buffer : buffer; p ← p − lr·g.
   */
  sgd(
    n: number,
    p: number,
    g: number,
    buffer: number,
    lr: number,
    momentum: number,
    dampening: number,
    nesterov: number,
    weightDecay: number,
    first: number,
    gradScale: number,
  ): void;
  /**
   * RMSProp, in place: s ← αs + (1−α)g²; where `mean` ≠ 0 (centred): mean ← α·mean + (1−α)g, s̃ = s − mean²; d = epsInside ?
   * √(s̃ + eps) : √s̃ + eps; where `buffer` ≠ 0: buffer ← momentum·buffer + g/d, p ← p − lr·buffer; else p ← p − lr·g/d.
   */
  rmsprop(
    n: number,
    p: number,
    g: number,
    s: number,
    mean: number,
    buffer: number,
    lr: number,
    alpha: number,
    eps: number,
    momentum: number,
    weightDecay: number,
    epsInside: number,
    gradScale: number,
  ): void;
  /** AdaGrad, in place: s ← s + g²; p ← p − lr·g/(√s + eps). */
  adagrad(
    n: number,
    p: number,
    g: number,
    s: number,
    lr: number,
    eps: number,
    weightDecay: number,
    gradScale: number,
  ): void;
}

/** Activations that `gemm` fuses. */
export const Activation = { none: 0, relu: 1, tanh: 2, sigmoid: 3 } as const;

/** Element-wise functions of one argument. */
export const Unary = {
  copy: 0,
  neg: 1,
  abs: 2,
  sign: 3,
  exp: 4,
  log: 5,
  log1p: 6,
  sqrt: 7,
  square: 8,
  reciprocal: 9,
  tanh: 10,
  sigmoid: 11,
  relu: 12,
  softplus: 13,
  sin: 14,
  cos: 15,
  erf: 16,
  floor: 17,
} as const;

/**
 * Element-wise functions of two arguments. `rsub` is b − a, `rdiv` b / a; comparisons give 1 or 0; min and max propagate NaN.
 * The gradient forms take a = dy: tanhGrad dy·(1 − y²), sigmoidGrad dy·y·(1 − y), reluGrad y > 0 ? dy : 0 (b = y).
 */
export const Binary = {
  add: 0,
  sub: 1,
  rsub: 2,
  mul: 3,
  div: 4,
  rdiv: 5,
  min: 6,
  max: 7,
  gt: 8,
  ge: 9,
  lt: 10,
  le: 11,
  eq: 12,
  tanhGrad: 13,
  sigmoidGrad: 14,
  reluGrad: 15,
} as const;

export const Reduction = { sum: 0, max: 1, min: 2 } as const;
