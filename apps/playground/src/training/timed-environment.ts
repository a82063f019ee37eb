import type { Env, VectorEnv } from "@advantage/envs";
import type { EnvSource } from "@advantage/rl";
import { StepTime } from "./step-time.js";

/** Environments of a source, with an estimate of the milliseconds spent in their steps. The numbers are untouched. */
export function timedEnvironment(source: EnvSource): { readonly env: EnvSource; milliseconds(): number } {
  const time = new StepTime(costOfTheClock());
  const timed = <E extends Env | VectorEnv>(env: E): E => {
    const step = env.step.bind(env) as (action: never) => unknown;
    const sampled = (action: never) => {
      if (!time.due()) return step(action);
      const from = performance.now();
      const result = step(action);
      time.add(performance.now() - from);
      return result;
    };
    return Object.assign(env, { step: sampled });
  };
  return {
    env: {
      ...source,
      make: () => timed(source.make()),
      vector: (numEnvs, first) => timed(source.vector(numEnvs, first)),
    },
    milliseconds: () => time.milliseconds,
  };
}

/** Milliseconds that two looks at the clock are apart: more than a step of a small map takes. */
function costOfTheClock(): number {
  const looks = 20_000;
  const start = performance.now();
  let end = start;
  for (let look = 0; look < looks; look++) end = performance.now();
  return (end - start) / looks;
}
