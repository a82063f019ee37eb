import { describe, expect, it } from "vitest";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** A file put together by hand: the header as text, then the values. */
function file(header: string | object, values: Uint8Array | number = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const body = typeof values === "number" ? new Uint8Array(values) : values;
  const bytes = new Uint8Array(8 + text.length + body.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(body, 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: unknown, begin: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("writing", () => {
  it("gives the bytes that the format prescribes", () => {
    const bytes = writeSafetensors({ w: { shape: [2], data: Float32Array.of(1, -2) } }, { step: "7" });
    const header = '{"__metadata__":{"step":"7"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    expect(header.length).toBe(82);
    const expected = file(header.padEnd(88, " "), Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0));
    expect(bytes).toEqual(expected);
  });

  it("depends on the content, not on the order of keys", () => {
    const a = { shape: [1], data: Float32Array.of(1) };
    const b = { shape: [3], data: Uint8Array.of(1, 2, 3) };
    const c = { shape: [], data: Float64Array.of(3) };
    expect(writeSafetensors({ a, b, c }, { x: "1", y: "2" })).toEqual(
      writeSafetensors({ c, b, a }, { y: "2", x: "1" }),
    );
  });

  it("aligns the values: the header to 8 bytes, each tensor to its element size", () => {
    const bytes = writeSafetensors({
      a: { shape: [3], data: Uint8Array.of(1, 2, 3) },
      b: { shape: [1], data: Float32Array.of(1) },
      c: { shape: [1], data: Float64Array.of(1) },
      d: { shape: [1], data: Int32Array.of(1) },
    });
    const headerBytes = new DataView(bytes.buffer).getUint32(0, true);
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
    expect(Object.keys(header)).toEqual(["c", "b", "d", "a"]);
    expect(header.c.data_offsets).toEqual([0, 8]);
    expect(header.a.data_offsets).toEqual([16, 19]);
  });

  it("refuses what it could not read back", () => {
    const data = Float32Array.of(1, 2, 3);
    expect(() => writeSafetensors({ w: { shape: [2, 2], data } })).toThrow(
      'tensor "w": shape [2, 2] needs 4 values, got 3',
    );
    expect(() => writeSafetensors({ w: { shape: [-3], data } })).toThrow(
      "shape must be a list of integers >= 0, got [-3]",
    );
    expect(() => writeSafetensors({ __metadata__: { shape: [3], data } })).toThrow("which the format reserves");
    expect(() => writeSafetensors({ w: { shape: [1], data: [1] as never } })).toThrow(
      'tensor "w": data must be a Float32Array',
    );
    expect(() => writeSafetensors({}, { step: 7 as never })).toThrow('metadata "step" must be a string, got number');
  });
});

describe("round trip", () => {
  it("keeps every type, shape and bit", () => {
    const tensors = {
      f64: { shape: [2, 2], data: Float64Array.of(Math.PI, -0, Number.MIN_VALUE, Infinity) },
      f32: { shape: [3, 1], data: Float32Array.of(0.1, NaN, -Infinity) },
      i32: { shape: [2], data: Int32Array.of(-1, 2 ** 31 - 1) },
      u32: { shape: [1], data: Uint32Array.of(2 ** 32 - 1) },
      u8: { shape: [5], data: Uint8Array.of(0, 1, 2, 254, 255) },
      scalar: { shape: [], data: Float32Array.of(42) },
      empty: { shape: [0, 7], data: new Float32Array(0) },
      'né "quoted"\\\n😀': { shape: [1], data: Float32Array.of(1) },
      constructor: { shape: [1], data: Float32Array.of(2) },
    };
    const metadata = { format: "x", note: 'é "\\ {[' };
    const read = readSafetensors(writeSafetensors(tensors, metadata));
    expect({ ...read.metadata }).toEqual(metadata);
    expect({ ...read.tensors }).toEqual(tensors);
  });

  it("writes views and reads at any offset", () => {
    const data = Float32Array.of(0, 1, 2, 3).subarray(1, 3);
    const bytes = writeSafetensors({ w: { shape: [2], data } });
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    const read = readSafetensors(shifted.subarray(3));
    expect(read.tensors.w.data).toEqual(Float32Array.of(1, 2));
    shifted.fill(0); // the tensors are copies
    expect(read.tensors.w.data).toEqual(Float32Array.of(1, 2));
  });

  it("treats a name like __proto__ as any other", () => {
    const header = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const { tensors } = readSafetensors(file(header, Uint8Array.of(9)));
    expect(Object.keys(tensors)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>).dtype).toBeUndefined();
    expect(readSafetensors(writeSafetensors(tensors)).tensors).toEqual(tensors);
  });

  it("reads a file without tensors", () => {
    expect(Object.keys(readSafetensors(writeSafetensors({})).tensors)).toEqual([]);
    expect(Object.keys(readSafetensors(file("{}")).tensors)).toEqual([]);
  });
});

describe("reading a damaged or hostile file", () => {
  const good = writeSafetensors({
    a: { shape: [2], data: Float32Array.of(1, 2) },
    b: { shape: [1], data: Uint8Array.of(3) },
  });

  it("refuses every truncation and every surplus byte", () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => readSafetensors(good.subarray(0, length)), `${length} bytes`).toThrow();
    }
    const longer = new Uint8Array(good.length + 1);
    longer.set(good);
    expect(() => readSafetensors(longer)).toThrow(
      "must end with its last tensor at byte 9 of the values, got 10 bytes",
    );
  });

  it.each<[string, Uint8Array, string]>([
    ["too short", new Uint8Array(7), "must hold at least 8 bytes, got 7"],
    ["a header beyond the limit", Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0x80), "must be at most 100000000 bytes"],
    ["a header beyond the end", Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b), "must be 9 bytes long, got 1"],
    ["no header", new Uint8Array(8), 'must begin with "{"'],
    ["no UTF-8", Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0xff), "must be UTF-8"],
    ["a space before the header", file(" {}"), 'must begin with "{", got " "'],
    ["no JSON", file("{]"), "must be JSON"],
    ["text after the JSON", file("{}x"), "must be JSON"],
    ["an entry that is none", file({ w: 3 }), 'tensor "w": entry must be an object, got number'],
    ["an array as entry", file({ w: [] }), 'tensor "w": entry must be an object, got an array'],
    ["a missing field", file({ w: { dtype: "U8", shape: [1] } }, 1), 'tensor "w": data_offsets must be [begin, end]'],
    ["a field too many", file({ w: { ...entry("U8", [1], 0, 1), x: 1 } }, 1), 'got "x"'],
    [
      "an unknown type",
      file({ w: entry("F16", [1], 0, 2) }, 2),
      'dtype must be one of F64, F32, U32, I32, U8, got "F16"',
    ],
    ["a type from the prototype", file({ w: entry("toString", [1], 0, 2) }, 2), 'got "toString"'],
    [
      "a negative dimension",
      file({ w: entry("U8", [-1], 0, 1) }, 1),
      "shape must be a list of integers >= 0, got [-1]",
    ],
    ["a fractional dimension", file({ w: entry("U8", [0.5], 0, 1) }, 1), "got [0.5]"],
    ["a shape that is none", file({ w: entry("U8", 1, 0, 1) }, 1), "shape must be a list"],
    ["a product that overflows", file({ w: entry("U8", [2 ** 40, 2 ** 40], 0, 1) }, 1), "is too large"],
    ["shape against bytes", file({ w: entry("F32", [3], 0, 8) }, 8), "F32 of shape [3] takes 12 bytes, got 8"],
    ["offsets reversed", file({ w: entry("U8", [1], 1, 0) }, 1), "begin <= end, got [1,0]"],
    ["negative offsets", file({ w: entry("U8", [1], -1, 0) }, 1), "got [-1,0]"],
    ["offsets that are text", file({ w: entry("U8", [1], "0", "1") }, 1), 'got ["0","1"]'],
    [
      "data beyond the end",
      file({ w: entry("U8", [4], 0, 4) }, 3),
      "must end within the file's 3 bytes of values, got 4",
    ],
    [
      "a hole",
      file({ v: entry("U8", [1], 0, 1), w: entry("U8", [1], 2, 3) }, 3),
      'tensor "w": data must begin at byte 1',
    ],
    [
      "an overlap",
      file({ v: entry("U8", [2], 0, 2), w: entry("U8", [2], 1, 3) }, 3),
      'tensor "w": data must begin at byte 2',
    ],
    ["the same bytes twice", file({ v: entry("U8", [1], 0, 1), w: entry("U8", [1], 0, 1) }, 1), "must begin at byte 1"],
    [
      "a name twice",
      file(
        '{"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0077":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}',
        1,
      ),
      'must name each key once, got "w" twice',
    ],
    ["a field twice", file('{"w":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'), 'got "dtype" twice'],
    ["metadata twice", file('{"__metadata__":{"a":"1","a" : "2"}}'), 'got "a" twice'],
    ["metadata that is a number", file({ __metadata__: { a: 1 } }), 'metadata "a" must be a string, got number'],
    ["metadata that is a list", file({ __metadata__: [] }), "must be an object of strings, got an array"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message);
  });

  it("reads Node's Buffer, whose slice shares its memory, too", () => {
    const bytes = writeSafetensors({ w: { shape: [2], data: Float64Array.of(1, -2) } });
    // As Node's pool hands them out: somewhere inside a larger array.
    const pool = new Uint8Array(bytes.length + 3);
    pool.set(bytes, 3);
    class Sharing extends Uint8Array {
      override slice(start?: number, end?: number) {
        return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
      }
    }
    const { tensors } = readSafetensors(new Sharing(pool.buffer, 3, bytes.length));
    expect(tensors.w.data).toEqual(Float64Array.of(1, -2));
  });

  it("is not misled by braces, quotes and colons inside strings", () => {
    const metadata = { a: '{"b":1,"b":2}', b: "\\", c: '":' };
    expect({ ...readSafetensors(writeSafetensors({}, metadata)).metadata }).toEqual(metadata);
  });
});
