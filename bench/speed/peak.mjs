import asc from "assemblyscript/asc";
import { median } from "./timing.mjs";

/**
 * The machine's 128-bit limit without fused multiply-add: the inner loop of a 4×8 tile (two loads of B, four splats of A, eight products,
 * eight sums) over operands that stay in the first-level cache, and nothing else.
 */
const source = `
export function tile(repeats: i32, k: i32, a: usize, b: usize, c: usize): void {
  for (let r = 0; r < repeats; r++) {
    let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    let pa = a, pb = b;
    for (let i = 0; i < k; i++) {
      const b0 = v128.load(pb), b1 = v128.load(pb, 16);
      const a0 = v128.load_splat<f32>(pa), a1 = v128.load_splat<f32>(pa, 4);
      const a2 = v128.load_splat<f32>(pa, 8), a3 = v128.load_splat<f32>(pa, 12);
      c00 = f32x4.add(c00, f32x4.mul(a0, b0)); c01 = f32x4.add(c01, f32x4.mul(a0, b1));
      c10 = f32x4.add(c10, f32x4.mul(a1, b0)); c11 = f32x4.add(c11, f32x4.mul(a1, b1));
      c20 = f32x4.add(c20, f32x4.mul(a2, b0)); c21 = f32x4.add(c21, f32x4.mul(a2, b1));
      c30 = f32x4.add(c30, f32x4.mul(a3, b0)); c31 = f32x4.add(c31, f32x4.mul(a3, b1));
      pa += 16; pb += 32;
    }
    v128.store(c, c00); v128.store(c, c01, 16); v128.store(c, c10, 32); v128.store(c, c11, 48);
    v128.store(c, c20, 64); v128.store(c, c21, 80); v128.store(c, c30, 96); v128.store(c, c31, 112);
  }
}`;

/** GFLOP/s, the median of several runs. */
export async function peakGflops() {
  let binary;
  const { error, stderr } = await asc.main(
    ["tile.ts", "-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "-o", "tile.wasm"],
    {
      readFile: (name) => (name === "tile.ts" ? source : null),
      writeFile: (name, contents) => {
        if (name.endsWith(".wasm")) binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`the peak loop did not compile: ${stderr.toString()}`);
  const { tile, memory } = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { abort() {} } }).exports;
  if (memory.buffer.byteLength < 65536) memory.grow(1);
  const [k, repeats] = [256, 2000];
  const at = 1024;
  const run = () => tile(repeats, k, at, at + 16 * k, at + 48 * k);
  for (let i = 0; i < 30; i++) {
    run();
    // The optimised code arrives between two tasks.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const rates = [];
  for (let sample = 0; sample < 15; sample++) {
    const start = performance.now();
    run();
    rates.push((2 * 32 * k * repeats) / (performance.now() - start) / 1e6);
  }
  return median(rates);
}
