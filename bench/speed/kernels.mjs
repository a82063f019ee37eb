import { hold, ops, Random, scope, useBackend } from "@advantage/engine";
import { interleaved } from "./timing.mjs";

const random = Random.fromSeed(1);

function filled(shape) {
  const made = hold(shape);
  random.fillNormal(made.data);
  return made;
}

/** The matrix products of training and acting, each against the plain-TypeScript oracle. */
const shapes = [
  { m: 64, k: 64, n: 64, bar: 50 },
  { m: 256, k: 256, n: 256, bar: 50 },
  { m: 64, k: 64, n: 64, a: true },
  { m: 64, k: 64, n: 64, b: true },
  { m: 256, k: 256, n: 256, a: true },
  { m: 256, k: 256, n: 256, b: true },
  { m: 64, k: 4, n: 64 },
  { m: 256, k: 23, n: 256 },
  { m: 64, k: 64, n: 2 },
  { m: 256, k: 256, n: 1 },
  { m: 1, k: 64, n: 64 },
];

export function* kernels(peak) {
  for (const { m, k, n, a = false, b = false, bar } of shapes) {
    const left = filled(a ? [k, m] : [m, k]);
    const right = filled(b ? [n, k] : [k, n]);
    const product = () => void scope(() => void ops.matmul(left, right, { a, b }));
    const seconds = interleaved(
      {
        wasm: product,
        oracle() {
          useBackend("reference");
          product();
          useBackend("wasm");
        },
      },
      { samples: 7 },
    );
    const gflops = (time) => (2 * m * k * n) / time / 1e9;
    const name = `GEMM ${m}×${k}${a ? "ᵀ" : ""} · ${k}×${n}${b ? "ᵀ" : ""}`;
    const peer = { name: "oracle", value: gflops(seconds.oracle) };
    yield {
      name,
      value: gflops(seconds.wasm),
      unit: "GFLOP/s",
      limit: peak,
      bar: bar ?? null,
      peer,
    };
  }
  const x = filled([64, 64]);
  for (const [name, op] of Object.entries({
    tanh: ops.tanh,
    exp: ops.exp,
    relu: ops.relu,
    logSoftmax: ops.logSoftmax,
  })) {
    const seconds = interleaved({ op: () => void scope(() => void op(x)) });
    yield { name: `${name}, 64×64`, value: (seconds.op / x.size) * 1e9, unit: "ns/value" };
  }
}
