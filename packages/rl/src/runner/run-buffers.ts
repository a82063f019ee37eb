import { flatSize } from "@advantage/envs";
import type { BaseConfig, RunContext } from "../core/algorithm.js";
import { gates } from "../networks/cell.js";

/** Settings by which networks and environments are sized, where an algorithm has them. */
interface Sizes {
  readonly numEnvs?: number;
  readonly hiddenSizes?: readonly number[];
  readonly memory?: "none" | "history" | keyof typeof gates;
  readonly historyLength?: number;
  readonly memorySize?: number;
}

/** Bytes of an environment's own objects and of its random stream, at least. */
const ENVIRONMENT = 1024;

/** A number, its gradient and two moments of it, in f32. */
const TRAINED = 4 * 4;

/**
 * Bytes that a run of any algorithm takes beside the buffers that the algorithm tells of, by name: the environments, their observations, and two
 * networks of the sizes that are set (policy and value) with what trains them.
 */
export function runBuffers({
  config,
  observationSpace,
  actionSpace,
}: Pick<RunContext<BaseConfig>, "config" | "observationSpace" | "actionSpace">): Record<string, number> {
  const { numEnvs = 1, hiddenSizes, memory = "none", historyLength = 1, memorySize = 1 } = config as BaseConfig & Sizes;
  const observation = flatSize(observationSpace);
  let features = memory === "history" ? historyLength * observation : observation;
  const sizes = {
    environments: numEnvs * ENVIRONMENT,
    observations: 3 * 4 * numEnvs * features, // before and after a step, and in the checkpoint
  };
  if (hiddenSizes === undefined) return sizes;
  let parameters = 0;
  if (memory === "gru" || memory === "lstm") {
    parameters += gates[memory] * memorySize * (features + memorySize + 2);
    features = memorySize;
  }
  for (const width of [...hiddenSizes, flatSize(actionSpace)]) {
    parameters += (features + 1) * width;
    features = width;
  }
  return { ...sizes, networks: 2 * TRAINED * parameters };
}
