import type { Preset } from "../../core/algorithm.js";

/** Settings of the control learners, by environment. */
export const controlPresets: Readonly<Record<string, Preset>> = {};

/** Of Dyna-Q. */
export const dynaQPresets: Readonly<Record<string, Preset>> = {};
