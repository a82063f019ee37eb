import { fill } from "./copy";
import { copyFloats, loadTail, storeTail } from "./memory";

// In an NHWC image the kernel columns of one kernel row lie side by side, so that a patch is kernelH runs of floats.

export function im2col(
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelH: i32,
  kernelW: i32,
  strideH: i32,
  strideW: i32,
  padH: i32,
  padW: i32,
  outH: i32,
  outW: i32,
  x: usize,
  y: usize,
): void {
  const run = kernelW * channels;
  for (let b = 0; b < batch; b++) {
    for (let oh = 0; oh < outH; oh++) {
      for (let ow = 0; ow < outW; ow++) {
        const left = ow * strideW - padW;
        const before = min(kernelW, max(0, -left)); // kernel columns left of the image
        const inside = max(0, min(kernelW, width - left) - before);
        for (let kh = 0; kh < kernelH; kh++) {
          const h = oh * strideH - padH + kh;
          if (h < 0 || h >= height || inside == 0) {
            fill(run, 0, y);
          } else {
            if (before) fill(before * channels, 0, y);
            const from = x + (((h * width + left + before) * channels) << 2);
            copyFloats(inside * channels, from, y + ((before * channels) << 2));
            const after = kernelW - before - inside;
            if (after) fill(after * channels, 0, y + (((before + inside) * channels) << 2));
          }
          y += run << 2;
        }
      }
    }
    x += (height * width * channels) << 2;
  }
}

export function col2im(
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelH: i32,
  kernelW: i32,
  strideH: i32,
  strideW: i32,
  padH: i32,
  padW: i32,
  outH: i32,
  outW: i32,
  x: usize,
  y: usize,
): void {
  fill(batch * height * width * channels, 0, x);
  const run = kernelW * channels;
  for (let b = 0; b < batch; b++) {
    for (let oh = 0; oh < outH; oh++) {
      for (let ow = 0; ow < outW; ow++) {
        const left = ow * strideW - padW;
        const before = min(kernelW, max(0, -left));
        const inside = max(0, min(kernelW, width - left) - before);
        for (let kh = 0; kh < kernelH; kh++) {
          const h = oh * strideH - padH + kh;
          if (h >= 0 && h < height && inside > 0) {
            let to = x + (((h * width + left + before) * channels) << 2);
            let from = y + ((before * channels) << 2);
            const n = inside * channels;
            const rest = n & 3;
            const end = from + ((n - rest) << 2);
            while (from < end) {
              v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
              from += 16;
              to += 16;
            }
            if (rest) storeTail(to, rest, f32x4.add(loadTail(to, rest), loadTail(from, rest)));
          }
          y += run << 2;
        }
      }
    }
    x += (height * width * channels) << 2;
  }
}
