import { Activation, Binary, type Kernels, Reduction, Unary } from "./kernels.js";

/**
 * The oracle: every kernel as the plainest loop that says what it means. It computes in f64 and rounds to f32 once, on
 * store, so it is *more* accurate than the kernels it judges; it makes no claim to equal bits (it may use `Math.*`).
 */
export function referenceKernels(memory: WebAssembly.Memory): Kernels {
  // Views are taken on each call: a memory that grows detaches the old ones.
  const floats = (pointer: number, n: number) => new Float32Array(memory.buffer, pointer, n);
  const ints = (pointer: number, n: number) => new Int32Array(memory.buffer, pointer, n);

  return {
    gemm(transA, transB, m, n, k, a, b, c, bias, activation, accumulate) {
      const A = floats(a, m * k);
      const B = floats(b, k * n);
      const C = floats(c, m * n);
      const offset = bias ? floats(bias, n) : undefined;
      const act = activations[activation];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = accumulate ? C[i * n + j] : offset ? offset[j] : 0;
          for (let p = 0; p < k; p++) {
            sum += (transA ? A[p * m + i] : A[i * k + p]) * (transB ? B[j * k + p] : B[p * n + j]);
          }
          C[i * n + j] = act(sum);
        }
      }
    },

    unary(op, n, x, y) {
      const X = floats(x, n);
      const Y = floats(y, n);
      const f = unaries[op];
      for (let i = 0; i < n; i++) Y[i] = f(X[i]);
    },
    binary(op, n, a, b, y) {
      const A = floats(a, n);
      const B = floats(b, n);
      const Y = floats(y, n);
      const f = binaries[op];
      for (let i = 0; i < n; i++) Y[i] = f(A[i], B[i]);
    },
    activationGrad(activation, rows, cols, dy, y, dz, db) {
      const op = { 1: Binary.reluGrad, 2: Binary.tanhGrad, 3: Binary.sigmoidGrad }[activation] as number;
      this.binary(op, rows * cols, dy, y, dz);
      this.reduceColumns(Reduction.sum, rows, cols, dz, db);
    },
    binaryScalar(op, n, a, s, y) {
      const A = floats(a, n);
      const Y = floats(y, n);
      const f = binaries[op];
      const S = Math.fround(s);
      for (let i = 0; i < n; i++) Y[i] = f(A[i], S);
    },
    binaryRow(op, rows, cols, a, b, y) {
      const A = floats(a, rows * cols);
      const B = floats(b, cols);
      const Y = floats(y, rows * cols);
      const f = binaries[op];
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) Y[r * cols + c] = f(A[r * cols + c], B[c]);
    },
    binaryColumn(op, rows, cols, a, b, y) {
      const A = floats(a, rows * cols);
      const B = floats(b, rows);
      const Y = floats(y, rows * cols);
      const f = binaries[op];
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) Y[r * cols + c] = f(A[r * cols + c], B[r]);
    },
    select(n, mask, a, b, y) {
      const M = floats(mask, n);
      const A = floats(a, n);
      const B = floats(b, n);
      const Y = floats(y, n);
      for (let i = 0; i < n; i++) Y[i] = M[i] !== 0 ? A[i] : B[i];
    },

    fill(n, value, y) {
      floats(y, n).fill(value);
    },
    copyStrided(d0, d1, d2, d3, xs0, xs1, xs2, xs3, ys0, ys1, ys2, ys3, x, y, accumulate) {
      // Strides may be negative, so that no bound is known beforehand: the views run over the whole memory.
      const X = floats(0, memory.buffer.byteLength >> 2);
      for (let i = 0; i < d0; i++) {
        for (let j = 0; j < d1; j++) {
          for (let k = 0; k < d2; k++) {
            for (let l = 0; l < d3; l++) {
              const from = (x >> 2) + i * xs0 + j * xs1 + k * xs2 + l * xs3;
              const to = (y >> 2) + i * ys0 + j * ys1 + k * ys2 + l * ys3;
              X[to] = accumulate ? X[to] + X[from] : X[from];
            }
          }
        }
      }
    },

    reduceRows(op, rows, cols, x, y) {
      const X = floats(x, rows * cols);
      const Y = floats(y, rows);
      const { identity, combine } = reductions[op];
      for (let r = 0; r < rows; r++) {
        let total = identity;
        for (let c = 0; c < cols; c++) total = combine(total, X[r * cols + c]);
        Y[r] = total;
      }
    },
    reduceColumns(op, rows, cols, x, y) {
      const X = floats(x, rows * cols);
      const Y = floats(y, cols);
      const { identity, combine } = reductions[op];
      for (let c = 0; c < cols; c++) {
        let total = identity;
        for (let r = 0; r < rows; r++) total = combine(total, X[r * cols + c]);
        Y[c] = total;
      }
    },
    argmaxRows(rows, cols, x, y) {
      const X = floats(x, rows * cols);
      const Y = ints(y, rows);
      for (let r = 0; r < rows; r++) {
        let best = 0;
        for (let c = 1; c < cols; c++) {
          const value = X[r * cols + c];
          const top = X[r * cols + best];
          if (value > top || (Number.isNaN(value) && !Number.isNaN(top))) best = c;
        }
        Y[r] = best;
      }
    },

    softmax(rows, cols, x, y) {
      const X = floats(x, rows * cols);
      const Y = floats(y, rows * cols);
      for (let r = 0; r < rows; r++) {
        const row = X.subarray(r * cols, (r + 1) * cols);
        const max = row.reduce((top, v) => Math.max(top, v), -Infinity);
        let sum = 0;
        for (const v of row) sum += Math.exp(v - max);
        const values = Array.from(row, (v) => Math.exp(v - max) / sum);
        Y.set(values, r * cols);
      }
    },
    logSoftmax(rows, cols, x, y) {
      const X = floats(x, rows * cols);
      const Y = floats(y, rows * cols);
      for (let r = 0; r < rows; r++) {
        const row = X.subarray(r * cols, (r + 1) * cols);
        const max = row.reduce((top, v) => Math.max(top, v), -Infinity);
        let sum = 0;
        for (const v of row) sum += Math.exp(v - max);
        const values = Array.from(row, (v) => v - max - Math.log(sum));
        Y.set(values, r * cols);
      }
    },
    softmaxGrad(rows, cols, y, dy, dx) {
      const Y = floats(y, rows * cols);
      const dY = floats(dy, rows * cols);
      const dX = floats(dx, rows * cols);
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let i = r * cols; i < (r + 1) * cols; i++) sum += dY[i] * Y[i];
        for (let i = r * cols; i < (r + 1) * cols; i++) dX[i] = Y[i] * (dY[i] - sum);
      }
    },
    logSoftmaxGrad(rows, cols, y, dy, dx) {
      const Y = floats(y, rows * cols);
      const dY = floats(dy, rows * cols);
      const dX = floats(dx, rows * cols);
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let i = r * cols; i < (r + 1) * cols; i++) sum += dY[i];
        for (let i = r * cols; i < (r + 1) * cols; i++) dX[i] = dY[i] - Math.exp(Y[i]) * sum;
      }
    },

    pick(rows, cols, x, index, y) {
      const X = floats(x, rows * cols);
      const I = ints(index, rows);
      const Y = floats(y, rows);
      for (let r = 0; r < rows; r++) Y[r] = X[r * cols + I[r]];
    },
    pickGrad(rows, cols, dy, index, dx) {
      const dY = floats(dy, rows);
      const I = ints(index, rows);
      const dX = floats(dx, rows * cols);
      for (let r = 0; r < rows; r++) for (let c = 0; c < cols; c++) dX[r * cols + c] = c === I[r] ? dY[r] : 0;
    },
    gatherRows(n, cols, table, index, y) {
      const I = ints(index, n);
      for (let i = 0; i < n; i++) floats(y + i * cols * 4, cols).set(floats(table + I[i] * cols * 4, cols));
    },
    scatterAddRows(n, cols, dy, index, table) {
      const I = ints(index, n);
      for (let i = 0; i < n; i++) {
        const from = floats(dy + i * cols * 4, cols);
        const to = floats(table + I[i] * cols * 4, cols);
        for (let c = 0; c < cols; c++) to[c] += from[c];
      }
    },

    layerNorm(rows, cols, x, gamma, beta, eps, y, mean, rstd) {
      const X = floats(x, rows * cols);
      const Y = floats(y, rows * cols);
      const scale = gamma ? floats(gamma, cols) : undefined;
      const shift = beta ? floats(beta, cols) : undefined;
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < cols; c++) sum += X[r * cols + c];
        const mu = sum / cols;
        let squares = 0;
        for (let c = 0; c < cols; c++) squares += (X[r * cols + c] - mu) ** 2;
        const inverse = 1 / Math.sqrt(squares / cols + eps);
        for (let c = 0; c < cols; c++) {
          Y[r * cols + c] = (X[r * cols + c] - mu) * inverse * (scale ? scale[c] : 1) + (shift ? shift[c] : 0);
        }
        floats(mean, rows)[r] = mu;
        floats(rstd, rows)[r] = inverse;
      }
    },
    layerNormGrad(rows, cols, x, gamma, mean, rstd, dy, dx, dgamma, dbeta) {
      const X = floats(x, rows * cols);
      const dY = floats(dy, rows * cols);
      const dX = floats(dx, rows * cols);
      const mu = floats(mean, rows);
      const inverse = floats(rstd, rows);
      const scale = gamma ? floats(gamma, cols) : undefined;
      const gammaSum = new Float64Array(cols);
      const betaSum = new Float64Array(cols);
      for (let r = 0; r < rows; r++) {
        let meanG = 0; // mean of g = dy·gamma
        let meanGX = 0; // mean of g·x̂
        for (let c = 0; c < cols; c++) {
          const i = r * cols + c;
          const normal = (X[i] - mu[r]) * inverse[r];
          const g = dY[i] * (scale ? scale[c] : 1);
          meanG += g / cols;
          meanGX += (g * normal) / cols;
          gammaSum[c] += dY[i] * normal;
          betaSum[c] += dY[i];
        }
        for (let c = 0; c < cols; c++) {
          const i = r * cols + c;
          const normal = (X[i] - mu[r]) * inverse[r];
          dX[i] = inverse[r] * (dY[i] * (scale ? scale[c] : 1) - meanG - normal * meanGX);
        }
      }
      if (dgamma) floats(dgamma, cols).set(gammaSum);
      if (dbeta) floats(dbeta, cols).set(betaSum);
    },

    im2col(batch, height, width, channels, kernelH, kernelW, strideH, strideW, padH, padW, outH, outW, x, y) {
      const X = floats(x, batch * height * width * channels);
      const Y = floats(y, batch * outH * outW * kernelH * kernelW * channels);
      let at = 0;
      for (let b = 0; b < batch; b++) {
        for (let oh = 0; oh < outH; oh++) {
          for (let ow = 0; ow < outW; ow++) {
            for (let kh = 0; kh < kernelH; kh++) {
              for (let kw = 0; kw < kernelW; kw++) {
                for (let c = 0; c < channels; c++) {
                  const h = oh * strideH - padH + kh;
                  const w = ow * strideW - padW + kw;
                  const inside = h >= 0 && h < height && w >= 0 && w < width;
                  Y[at++] = inside ? X[((b * height + h) * width + w) * channels + c] : 0;
                }
              }
            }
          }
        }
      }
    },
    col2im(batch, height, width, channels, kernelH, kernelW, strideH, strideW, padH, padW, outH, outW, x, y) {
      const X = floats(x, batch * height * width * channels);
      const Y = floats(y, batch * outH * outW * kernelH * kernelW * channels);
      const sum = new Float64Array(X.length);
      let at = 0;
      for (let b = 0; b < batch; b++) {
        for (let oh = 0; oh < outH; oh++) {
          for (let ow = 0; ow < outW; ow++) {
            for (let kh = 0; kh < kernelH; kh++) {
              for (let kw = 0; kw < kernelW; kw++) {
                for (let c = 0; c < channels; c++, at++) {
                  const h = oh * strideH - padH + kh;
                  const w = ow * strideW - padW + kw;
                  if (h >= 0 && h < height && w >= 0 && w < width) {
                    sum[((b * height + h) * width + w) * channels + c] += Y[at];
                  }
                }
              }
            }
          }
        }
      }
      X.set(sum);
    },

    dot(n, a, b) {
      const A = floats(a, n);
      const B = floats(b, n);
      let sum = 0;
      for (let i = 0; i < n; i++) sum += A[i] * B[i];
      return sum;
    },
    sumSquares(n, x) {
      let sum = 0;
      for (const v of floats(x, n)) sum += v * v;
      return sum;
    },
    allFinite(n, x) {
      return floats(x, n).every(Number.isFinite) ? 1 : 0;
    },

    adam(n, p, g, m, v, vMax, lr, beta1, beta2, eps, weightDecay, decoupledDecay, correction1, correction2, gradScale) {
      const P = floats(p, n);
      const G = floats(g, n);
      const M = floats(m, n);
      const V = floats(v, n);
      const top = vMax ? floats(vMax, n) : undefined;
      for (let i = 0; i < n; i++) {
        const gradient = gradScale * G[i] + weightDecay * P[i];
        const first = beta1 * M[i] + (1 - beta1) * gradient;
        const second = beta2 * V[i] + (1 - beta2) * gradient * gradient;
        const secondHat = top ? Math.max(top[i], second) : second;
        if (top) top[i] = secondHat;
        M[i] = first;
        V[i] = second;
        P[i] =
          P[i] * (1 - lr * decoupledDecay) - (lr * (first / correction1)) / (Math.sqrt(secondHat / correction2) + eps);
      }
    },
    sgd(n, p, g, buffer, lr, momentum, dampening, nesterov, weightDecay, first, gradScale) {
      const P = floats(p, n);
      const G = floats(g, n);
      const velocity = buffer ? floats(buffer, n) : undefined;
      for (let i = 0; i < n; i++) {
        let gradient = gradScale * G[i] + weightDecay * P[i];
        if (velocity) {
          const moved = first ? gradient : momentum * velocity[i] + (1 - dampening) * gradient;
          velocity[i] = moved;
          gradient = nesterov ? gradient + momentum * moved : moved;
        }
        P[i] -= lr * gradient;
      }
    },
    rmsprop(n, p, g, s, mean, buffer, lr, alpha, eps, momentum, weightDecay, epsInside, gradScale) {
      const P = floats(p, n);
      const G = floats(g, n);
      const S = floats(s, n);
      const average = mean ? floats(mean, n) : undefined;
      const velocity = buffer ? floats(buffer, n) : undefined;
      for (let i = 0; i < n; i++) {
        const gradient = gradScale * G[i] + weightDecay * P[i];
        let square = alpha * S[i] + (1 - alpha) * gradient * gradient;
        S[i] = square;
        if (average) {
          const moved = alpha * average[i] + (1 - alpha) * gradient;
          average[i] = moved;
          square -= moved * moved;
        }
        const step = gradient / (epsInside ? Math.sqrt(square + eps) : Math.sqrt(square) + eps);
        if (velocity) {
          const moved = momentum * velocity[i] + step;
          velocity[i] = moved;
          P[i] -= lr * moved;
        } else P[i] -= lr * step;
      }
    },
    adagrad(n, p, g, s, lr, eps, weightDecay, gradScale) {
      const P = floats(p, n);
      const G = floats(g, n);
      const S = floats(s, n);
      for (let i = 0; i < n; i++) {
        const gradient = gradScale * G[i] + weightDecay * P[i];
        const square = S[i] + gradient * gradient;
        S[i] = square;
        P[i] -= (lr * gradient) / (Math.sqrt(square) + eps);
      }
    },
  };
}

const relu = (x: number) => Math.max(x, 0); // NaN stays NaN
const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

const activations: readonly ((x: number) => number)[] = table({
  [Activation.none]: (x) => x,
  [Activation.relu]: relu,
  [Activation.tanh]: Math.tanh,
  [Activation.sigmoid]: sigmoid,
});

const unaries: readonly ((x: number) => number)[] = table({
  [Unary.copy]: (x) => x,
  [Unary.neg]: (x) => -x,
  [Unary.abs]: Math.abs,
  [Unary.sign]: Math.sign,
  [Unary.exp]: Math.exp,
  [Unary.log]: Math.log,
  [Unary.log1p]: Math.log1p,
  [Unary.sqrt]: Math.sqrt,
  [Unary.square]: (x) => x * x,
  [Unary.reciprocal]: (x) => 1 / x,
  [Unary.tanh]: Math.tanh,
  [Unary.sigmoid]: sigmoid,
  [Unary.relu]: relu,
  [Unary.softplus]: (x) => (x === -Infinity ? 0 : Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  [Unary.sin]: Math.sin,
  [Unary.cos]: Math.cos,
  [Unary.erf]: erf,
  [Unary.floor]: Math.floor,
});

const binaries: readonly ((a: number, b: number) => number)[] = table({
  [Binary.add]: (a, b) => a + b,
  [Binary.sub]: (a, b) => a - b,
  [Binary.rsub]: (a, b) => b - a,
  [Binary.mul]: (a, b) => a * b,
  [Binary.div]: (a, b) => a / b,
  [Binary.rdiv]: (a, b) => b / a,
  [Binary.min]: Math.min,
  [Binary.max]: Math.max,
  [Binary.gt]: (a, b) => (a > b ? 1 : 0),
  [Binary.ge]: (a, b) => (a >= b ? 1 : 0),
  [Binary.lt]: (a, b) => (a < b ? 1 : 0),
  [Binary.le]: (a, b) => (a <= b ? 1 : 0),
  [Binary.eq]: (a, b) => (a === b ? 1 : 0),
  [Binary.tanhGrad]: (dy, y) => dy * (1 - y * y),
  [Binary.sigmoidGrad]: (dy, y) => dy * y * (1 - y),
  [Binary.reluGrad]: (dy, y) => (y > 0 ? dy : 0),
});

const reductions: readonly { identity: number; combine: (a: number, b: number) => number }[] = table({
  [Reduction.sum]: { identity: 0, combine: (a, b) => a + b },
  [Reduction.max]: { identity: -Infinity, combine: Math.max },
  [Reduction.min]: { identity: Infinity, combine: Math.min },
});

/** A record with keys 0, 1, 2, … as an array. */
function table<T>(entries: Record<number, T>): T[] {
  return Object.assign([], entries);
}

/**
 * erf x: the Maclaurin series 2/√π·Σ (−1)ⁿ x²ⁿ⁺¹ / (n! (2n+1)) below 2.5, above it 1 − erfc x with erfc as Laplace's
 * continued fraction e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))) (Abramowitz & Stegun 7.1.5, 7.1.14).
 */
function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const a = Math.abs(x);
  if (a < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  if (a > 6) return Math.sign(x);
  let fraction = a;
  for (let n = 60; n >= 1; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / fraction);
}
