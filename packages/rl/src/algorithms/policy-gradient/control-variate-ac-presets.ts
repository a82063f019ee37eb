import type { Preset } from "../../core/algorithm.js";

/** Settings known to work, by environment. */
export const controlVariateAcPresets: Readonly<Record<string, Preset>> = {};
