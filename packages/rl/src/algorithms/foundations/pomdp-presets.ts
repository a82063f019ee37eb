import type { Preset } from "../../core/index.js";

export const pomdpPresets: Readonly<Record<string, Preset>> = {
  "TMaze-v0": {
    source:
      "the shortest window that still holds the sign at the junction, N + 1; γ of Bakker 2001, which is the problem's own",
    config: { historyLength: 11 },
  },
};
