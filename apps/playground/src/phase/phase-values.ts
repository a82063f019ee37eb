import { allocateActions, flatSize } from "@advantage/envs";
import type { Policy } from "@advantage/rl";
import { gridOf, planeOf, RESOLUTION } from "./planes.js";

/** Numbers over a plane of states, row by row from the top. */
export interface PhaseValues {
  readonly title: string;
  readonly values: Float32Array;
  /** How many actions the values count; absent where they are real numbers. */
  readonly choices?: number;
}

/**
 * What there is to draw over the plane of an environment's states: the greedy actions, and the values if they are known. Nothing of a policy
 * that remembers: its actions are not functions of the state.
 */
export function phaseValues(
  environment: string,
  policy: Policy,
  stateValues: ((observations: Float32Array, count: number) => Float32Array) | undefined,
): PhaseValues[] {
  const { observationSpace, actionSpace } = policy;
  const plane = planeOf(environment, observationSpace);
  if (!plane || policy.memory) return [];
  const count = RESOLUTION * RESOLUTION;
  const grid = gridOf(plane, flatSize(observationSpace));
  const drawn: PhaseValues[] = [];
  if (actionSpace.kind === "discrete" || (actionSpace.kind === "box" && actionSpace.size === 1)) {
    const actions = allocateActions(actionSpace, count);
    policy.actBatch(grid, count, actions);
    const choices = actionSpace.kind === "discrete" ? { choices: actionSpace.n } : {};
    drawn.push({ title: "Greedy action", values: Float32Array.from(actions), ...choices });
  }
  if (stateValues) drawn.push({ title: "Value of each state", values: stateValues(grid, count) });
  return drawn;
}
