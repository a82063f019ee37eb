import { expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "./safetensors.js";
import { crc32, sealProblem, writeSealed } from "./sealed-file.js";

const ascii = (text: string) => new TextEncoder().encode(text);

it("crc32 has the published check value, and zlib's of other texts", () => {
  expect(crc32(ascii("123456789"))).toBe(0xcbf43926); // the catalogue of parametrised CRC algorithms, CRC-32/ISO-HDLC
  expect(crc32(ascii(""))).toBe(0);
  expect(crc32(ascii("The quick brown fox jumps over the lazy dog"))).toBe(0x414fa339);
});

it("a sealed file is a safetensors file, and every flipped bit in it is told", () => {
  const tensors = {
    w: { shape: [3], data: Float32Array.of(1, -2, 0.5) },
    n: { shape: [2], data: Uint8Array.of(1, 2) },
  };
  const bytes = writeSealed(tensors, { about: '{"crc32":"00000000"}' });
  const problem = (file: Uint8Array) => {
    try {
      const { metadata } = readSafetensors(file);
      return sealProblem(file, metadata, ["about"]);
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(problem(bytes)).toBeUndefined();
  expect(readSafetensors(bytes).tensors.w.data).toEqual(tensors.w.data);
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const damaged = bytes.slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    expect(problem(damaged), `bit ${bit}`).toBeTypeOf("string");
  }
});

it("files of before there were checksums pass", () => {
  const bytes = writeSafetensors({ w: { shape: [1], data: Float32Array.of(1) } }, { about: "x" });
  expect(sealProblem(bytes, readSafetensors(bytes).metadata, ["about"])).toBeUndefined();
});
