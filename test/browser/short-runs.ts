import { type Policy, type RunResult, run } from "advantage";
import { ppo } from "advantage/algorithms";
import { cartPole, mountainCarContinuous, pendulum } from "advantage/envs";
import { WALL_CLOCK_METRICS } from "advantage/runner";

/** Everything of a few short runs that may not depend on where they ran: metrics, evaluation, the policy's bytes. */
export async function shortRuns(): Promise<Record<string, unknown>> {
  const options = { seed: 1, evaluationEpisodes: 5 };
  return {
    // Discrete actions; real ones with state-dependent noise; normalisation.
    cartPole: numbersOf(await run(ppo, cartPole(), { ...options, totalSteps: 4_096 })),
    pendulum: numbersOf(await run(ppo, pendulum(), { ...options, totalSteps: 4_096 })),
    mountainCarContinuous: numbersOf(await run(ppo, mountainCarContinuous(), { ...options, totalSteps: 4_096 })),
  };
}

function numbersOf({ history, summary, policy }: RunResult): unknown {
  return {
    history: history.map((event) =>
      Object.fromEntries(Object.entries(event).filter(([name]) => !WALL_CLOCK_METRICS.includes(name))),
    ),
    evaluation: summary.evaluation,
    stochasticEvaluation: summary.stochasticEvaluation,
    policy: bytesOf(policy),
  };
}

function bytesOf(policy: Policy): string {
  return Array.from(policy.save(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
