import type { Env } from "../env.js";
import type { Box } from "../spaces/box.js";
import { describeSpace } from "../spaces/space.js";

/** The environment's observation space if it is a box, else an error that names the wrapper. */
export function requireBoxObservations(wrapper: string, env: Env): Box {
  const space = env.observationSpace;
  if (space.kind !== "box") {
    throw new TypeError(
      `${wrapper} needs box observations, ${env.id} has ${describeSpace(space)}: wrap it in flattenObservation first`,
    );
  }
  return space;
}

/** The environment's action space if it is a box, else an error that names the wrapper. */
export function requireBoxActions(wrapper: string, env: Env): Box {
  const space = env.actionSpace;
  if (space.kind !== "box") throw new TypeError(`${wrapper} needs box actions, ${env.id} has ${describeSpace(space)}`);
  return space;
}
