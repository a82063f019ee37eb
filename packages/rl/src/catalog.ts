import { ppo } from "./algorithms/policy-gradient/ppo.js";
import type { Algorithm } from "./core/algorithm.js";

/** Every algorithm, in the order of the syllabus. Adding one is one file and one line here. */
// biome-ignore lint/suspicious/noExplicitAny: a list of algorithms of different configs and states
export const algorithms: readonly Algorithm<any, any>[] = [ppo];
