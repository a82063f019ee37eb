import { algorithms } from "@advantage/rl";
import { describe, expect, it } from "vitest";
import { parseVariant } from "./variant.js";

const settingsOf = (text: string) => parseVariant(text, algorithms).settings;

describe("a variant", () => {
  it("is an algorithm with settings, in either spelling", () => {
    expect(parseVariant("ppo", algorithms)).toMatchObject({ label: "ppo", algorithm: { id: "ppo" }, settings: {} });
    expect(settingsOf("reinforce:baseline=learned,causality=false")).toEqual({ baseline: "learned", causality: false });
    expect(settingsOf("ppo:learning-rate=1e-3")).toEqual({ learningRate: 1e-3 });
    expect(settingsOf("ppo:learningRate=1e-3, numEnvs=4")).toEqual({ learningRate: 1e-3, numEnvs: 4 });
  });

  it("may have lists, schedules and nothing as values", () => {
    expect(settingsOf("ppo:hidden-sizes=64,64,clip=0.2:0")).toEqual({
      hiddenSizes: [64, 64],
      clip: { from: 0.2, to: 0 },
    });
    expect(settingsOf("ppo:hiddenSizes=none")).toEqual({ hiddenSizes: [] });
    expect(settingsOf("reinforce:max-grad-norm=none")).toEqual({ maxGradNorm: null });
  });

  it.each([
    ["poo", "unknown algorithm 'poo'. Did you mean 'ppo'?"],
    ["ppo:clop=0.1", "ppo:clop=0.1: unknown setting 'clop'. Did you mean 'clip'?"],
    ["ppo:", "ppo:: '' must have a value: setting=VALUE"],
    ["ppo:clip", "ppo:clip: 'clip' must have a value: clip=VALUE"],
    ["ppo:seed=3", "ppo:seed=3: seed is the same for all: use --seeds"],
    ["ppo:clip=0.1,clip=0.2", "ppo:clip=0.1,clip=0.2: clip is given twice"],
    ["ppo:num-envs=0", "ppo:num-envs=0: num-envs must be a whole number of at least 1, got 0"],
    ["reinforce:baseline=lerned", "baseline must be one of none, average, constant, optimal, learned, got lerned"],
    ["ppo:numEnvs=0,gaeLambda=2", "gaeLambda must be in [0, 1], got 2"],
  ])("%s is refused", (text, message) => {
    expect(() => settingsOf(text)).toThrow(message);
  });

  it("tells all its problems at once", () => {
    expect(() => settingsOf("ppo:num-envs=0,clop=1")).toThrow(/num-envs must be .*\n.*unknown setting 'clop'/s);
  });
});
