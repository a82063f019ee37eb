import { describe, expect, it } from "vitest";
import { parseForeignJson, printable, shown } from "./foreign-json.js";

describe("parseForeignJson", () => {
  it("gives what JSON.parse gives, in objects without a prototype", () => {
    const text = '{"a":[1,{"b":"[{\\"\\\\"}],"constructor":null,"n":1e-7}';
    const value = parseForeignJson(text) as Record<string, unknown>;
    expect(JSON.stringify(value)).toBe(text);
    expect(value.toString).toBeUndefined();
    expect((value.a as Record<string, unknown>[])[1].constructor).toBeUndefined();
    expect(parseForeignJson('[1,{"a":1}]')).toEqual([1, { a: 1 }]);
    for (const plain of ["1", '"x"', "null", "[]"]) expect(parseForeignJson(plain)).toEqual(JSON.parse(plain));
  });

  it.each([
    ["", "not whole JSON"],
    ['{"a":', "not whole JSON"],
    ['"\\', "not whole JSON"],
    ['{"__proto__":{"x":1}}', "'__proto__'"],
    ['[1,[{"a":[{"__proto__":1}]}]]', "'__proto__'"],
    ['{"\\u005f_proto__":1}', "'__proto__'"],
    ["[".repeat(100_000), "nested more than 400 deep"],
    [`${'{"a":'.repeat(401)}1${"}".repeat(401)}`, "nested more than 400 deep"],
  ])("refuses %#", (text, message) => {
    expect(() => parseForeignJson(text)).toThrow(SyntaxError);
    expect(() => parseForeignJson(text)).toThrow(message);
  });

  it("takes brackets in strings for text", () => {
    expect(parseForeignJson(JSON.stringify(["[".repeat(1000)]))).toEqual(["[".repeat(1000)]);
  });
});

describe("shown", () => {
  it.each([
    [1, "1"],
    ["a", '"a"'],
    [undefined, "undefined"],
    [Number.NaN, "null"],
    [Object.create(null), "{}"],
    [[1, { a: 2 }], '[1,{"a":2}]'],
    [1n, "what has no JSON"],
    ["x".repeat(100), `"${"x".repeat(79)}…`],
    ["\u001b[2J\u009b", '"\\u001b[2J\\u009b"'],
  ])("%# in a line", (value, text) => {
    expect(shown(value)).toBe(text);
  });

  it("escapes what a terminal obeys", () => {
    expect(printable("a\n\tb\u001b]0;x\u0007\u202ec")).toBe("a\n\tb\\u001b]0;x\\u0007\\u202ec");
  });
});
