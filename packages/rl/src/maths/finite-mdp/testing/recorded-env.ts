import type { Env } from "@advantage/envs";

/** One step, as the environment saw it. */
export interface RecordedStep {
  readonly observation: number;
  readonly action: number;
  readonly reward: number;
  readonly next: number;
  /** Whether the task ended. */
  readonly over: boolean;
}

/** The environment, and everything that all made of it were asked and answered. */
export function recorded(make: () => Env<number, number>): {
  readonly env: () => Env<number, number>;
  readonly log: readonly RecordedStep[];
} {
  const log: RecordedStep[] = [];
  const wrap = (env: Env<number, number>): Env<number, number> => {
    let observation = 0;
    return {
      ...env,
      reset(random) {
        observation = env.reset(random);
        return observation;
      },
      step(action) {
        const { observation: next, reward, terminated, truncated } = env.step(action);
        log.push({ observation, action, reward, next, over: terminated });
        observation = next;
        return { observation: next, reward, terminated, truncated };
      },
      fresh: () => wrap(env.fresh!()),
    };
  };
  return { env: () => wrap(make()), log };
}
