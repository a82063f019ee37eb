import { describe, expect, expectTypeOf, it } from "vitest";
import { ConfigError } from "./errors.js";
import {
  type ConfigOf,
  choice,
  flag,
  int,
  numberFromText,
  optional,
  real,
  type Schedule,
  schedule,
  schema,
  sizes,
  text,
} from "./schema.js";

const config = schema({
  totalSteps: int({ default: 100_000, min: 1, help: "environment steps to train for" }),
  discount: real({ default: 0.99, min: 0, max: 1, symbol: "γ", help: "weight of the future" }),
  learningRate: schedule({ default: 3e-4, min: 0, symbol: "α", help: "step size" }),
  temperature: real({ default: 1, above: 0, help: "of the softmax" }),
  surrogate: choice(["clip", "none"], { default: "clip", help: "the objective" }),
  normaliseAdvantage: flag({ default: true, help: "to mean 0 and deviation 1" }),
  hiddenSizes: sizes({ default: [64, 64], help: "widths of the hidden layers" }),
  targetKl: optional(real({ min: 0, help: "stops an update early" })),
  dataset: optional(text({ help: "path" })),
});
type Config = ConfigOf<typeof config>;

function problemsOf(settings: unknown): readonly string[] {
  try {
    config.parse(settings);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("parse", () => {
  it("gives every missing setting its default, in the order of definition", () => {
    expect(config.parse({ discount: 0.9, totalSteps: undefined })).toEqual({
      totalSteps: 100_000,
      discount: 0.9,
      learningRate: 3e-4,
      temperature: 1,
      surrogate: "clip",
      normaliseAdvantage: true,
      hiddenSizes: [64, 64],
      targetKl: undefined,
      dataset: undefined,
    });
    expect(Object.keys(config.parse({ discount: 0.5 }))).toEqual(Object.keys(config.fields));
    expect(config.defaults).toEqual(config.parse({}));
  });

  it("lists every problem, with the rule and the value", () => {
    expect(
      problemsOf({
        totalSteps: 0.5,
        discount: 1.2,
        learningRate: { from: 1, to: -1 },
        temperature: 0,
        surrogate: "clap",
        normaliseAdvantage: "yes",
        hiddenSizes: [64, 0],
        targetKl: "small",
        discont: 1,
      }),
    ).toEqual([
      "unknown setting 'discont'. Did you mean 'discount'?",
      "totalSteps must be a whole number of at least 1, got 0.5",
      "discount must be in [0, 1], got 1.2",
      'learningRate must be a number or { from, to, until? }, each end of at least 0, until a share of the run in (0, 1], got {"from":1,"to":-1}',
      "temperature must be above 0, got 0",
      'surrogate must be one of clip, none, got "clap"',
      'normaliseAdvantage must be true or false, got "yes"',
      "hiddenSizes must be a list of whole numbers of at least 1, got [64,0]",
      'targetKl must be a number of at least 0, got "small"',
    ]);
    expect(problemsOf({ discount: Number.NaN })).toEqual(["discount must be in [0, 1], got NaN"]);
    expect(problemsOf({ discount: "0.9" })).toEqual(['discount must be a number in [0, 1], got "0.9"']);
    expect(problemsOf({ discount: null })).toEqual(["discount must be a number in [0, 1], got null"]);
    expect(problemsOf([])).toEqual(["settings must be an object, got []"]);
    expect(problemsOf({ zzzzzzzzzzzz: 1 })).toEqual(["unknown setting 'zzzzzzzzzzzz'."]);
  });

  it("clears an optional setting by null", () => {
    expect(config.parse({ targetKl: 0.01 }).targetKl).toBe(0.01);
    expect(config.parse({ targetKl: null }).targetKl).toBeUndefined();
  });

  it("survives JSON", () => {
    const parsed = config.parse({ targetKl: undefined, learningRate: { from: 1e-3, to: 0 } });
    expect(config.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  it("is typed", () => {
    expectTypeOf<Config["surrogate"]>().toEqualTypeOf<"clip" | "none">();
    expectTypeOf<Config["targetKl"]>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Config["hiddenSizes"]>().toEqualTypeOf<readonly number[]>();
    expectTypeOf<Config["learningRate"]>().toEqualTypeOf<Schedule>();
  });

  it("refuses a definition without a default", () => {
    expect(() => schema({ seed: int({ help: "" }) })).toThrow("setting 'seed' needs a default");
  });
});

describe("fromFlag", () => {
  it("reads the texts of the command line", () => {
    expect(config.fromFlag("totalSteps", "1e5")).toBe(100_000);
    expect(config.fromFlag("totalSteps", "100_000")).toBe(100_000);
    for (const text of ["_", "_1", "1_", "1__0"])
      expect(() => config.fromFlag("totalSteps", text)).toThrow(`got ${text}`);
    expect(config.fromFlag("learningRate", "3e-4")).toBe(3e-4);
    expect(config.fromFlag("learningRate", "3e-4:0")).toEqual({ from: 3e-4, to: 0 });
    expect(config.fromFlag("learningRate", "1:0.05@0.16")).toEqual({ from: 1, to: 0.05, until: 0.16 });
    for (const wrong of ["1:0@0", "1:0@2", "1@0.5", "1:0@0.5@1", "1:2:3"]) {
      expect(() => config.fromFlag("learningRate", wrong)).toThrow();
    }
    expect(config.fromFlag("hiddenSizes", "400,300")).toEqual([400, 300]);
    expect(config.fromFlag("hiddenSizes", "none")).toEqual([]);
    expect(config.fromFlag("normaliseAdvantage", "false")).toBe(false);
    expect(config.fromFlag("targetKl", "none")).toBeNull();
    expect(config.fromFlag("targetKl", "0.5")).toBe(0.5);
    expect(config.fromFlag("surrogate", "none")).toBe("none");
  });

  it("says what is wrong with a text", () => {
    expect(() => config.fromFlag("discount", "1.2")).toThrow("--discount must be in [0, 1], got 1.2");
    expect(() => config.fromFlag("discount", "high")).toThrow("--discount must be a number in [0, 1], got high");
    expect(() => config.fromFlag("discount", "")).toThrow("--discount must be a number in [0, 1], got");
    expect(() => config.fromFlag("totalSteps", "1.5")).toThrow(
      "--total-steps must be a whole number of at least 1, got 1.5",
    );
    expect(() => config.fromFlag("normaliseAdvantage", "maybe")).toThrow("--normalise-advantage must be true or false");
  });
});

describe("fields", () => {
  it("describe the settings for help, tables and forms", () => {
    expect(config.fields.discount).toEqual({
      name: "discount",
      kind: "real",
      optional: false,
      default: 0.99,
      bounds: { min: 0, max: 1 },
      options: [],
      symbol: "γ",
      help: "weight of the future",
      flag: "--discount",
      range: "[0, 1]",
    });
    const ranges = Object.fromEntries(Object.values(config.fields).map((field) => [field.flag, field.range]));
    expect(ranges).toEqual({
      "--total-steps": "≥ 1",
      "--discount": "[0, 1]",
      "--learning-rate": "≥ 0, or from:to[@until]",
      "--temperature": "> 0",
      "--surrogate": "clip | none",
      "--normalise-advantage": "true | false",
      "--hidden-sizes": "whole numbers ≥ 1",
      "--target-kl": "≥ 0, or none",
      "--dataset": "text, or none",
    });
  });

  it("become JSON Schema", () => {
    expect(config.json()).toMatchObject({
      type: "object",
      additionalProperties: false,
      properties: { discount: { type: "number", minimum: 0, maximum: 1, default: 0.99 } },
    });
  });
});

it.each([
  ["100k", 100_000],
  ["1.1k", 1100],
  ["2M", 2e6],
  ["1_000k", 1e6],
  ["1e5", 100_000],
  ["100_000", 100_000],
  ["k", "k"],
  ["1e3k", "1e3k"],
  ["many", "many"],
])("%s is %s", (text, number) => {
  expect(numberFromText(text)).toBe(number);
});

it("names a setting whose parts have an unknown name", () => {
  const wrong = { learningRate: { from: 1, to: 0, by: 2 } };
  expect(() => config.parse(wrong)).toThrow(
    /^learningRate must be a number or \{ from, to, until\? \}.*got \{"from":1,"to":0,"by":2\}$/,
  );
  expect(() => config.parse({ hiddenSizes: Array(101).fill(1) })).toThrow(
    "hiddenSizes must be a list of at most 100 whole numbers",
  );
});
