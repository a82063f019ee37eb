import type { Preset } from "../../core/index.js";

const sutton = "Sutton & Barto 2018, example 6.2";

/** Settings of the learners of values, by environment. */
export const predictionPresets: Readonly<Record<string, Preset>> = {
  "RandomWalk-v0": { source: sutton, config: { totalSteps: 1000, discount: 1 } },
  "RandomWalk19-v0": { source: "Sutton & Barto 2018, example 7.1", config: { totalSteps: 10_000, discount: 1 } },
};
