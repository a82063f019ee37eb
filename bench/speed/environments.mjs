import { Random } from "@advantage/engine";
import { allocateActions, environments as catalog, vectorise } from "@advantage/envs";
import { secondsPerCall } from "./timing.mjs";

const numEnvs = 1024;

/** Environment steps per second of 1,024 copies stepped together, resets and f32 observations included. */
export function* environments() {
  for (const { id, make } of catalog) {
    const env = vectorise(make, numEnvs);
    const random = Random.fromSeed(1);
    env.reset(random.fork("env"));
    const actions = allocateActions(env.actionSpace, numEnvs);
    for (let i = 0; i < actions.length; i++) {
      actions[i] = env.actionSpace.kind === "box" ? random.uniform(-1, 1) : random.int(env.actionSpace.n);
    }
    const seconds = secondsPerCall(() => env.step(actions));
    const cartPole = id === "CartPole-v1";
    yield {
      name: `${id}, ${numEnvs.toLocaleString("en-US")} at once`,
      value: numEnvs / seconds,
      unit: "steps/s",
      bar: cartPole ? 20e6 : null,
      peer: cartPole ? { name: "NumPy, the same", value: 18e6 } : null,
    };
  }
}
