import { box, discrete } from "@advantage/envs";

/** What a step costs, in microseconds. */
export const stepMicroseconds = 20;

/** A walk along a line whose steps take their time, as those of a game or a simulator do: what threads are for. */
export default function slowEnvironment() {
  let random;
  let step = 0;
  let x = 0;
  return {
    id: "Slow-v0",
    observationSpace: box({ low: -100, high: 100, shape: [4] }),
    actionSpace: discrete(2),
    reset(rng) {
      random = rng;
      step = 0;
      x = random.uniform(-1, 1);
      return Float32Array.of(x, 0, 0, 0);
    },
    step(action) {
      const end = performance.now() + stepMicroseconds / 1000;
      while (performance.now() < end);
      step += 1;
      x += (action - 0.5) * random.uniform();
      return {
        observation: Float32Array.of(x, step / 100, 0, 0),
        reward: -Math.abs(x),
        terminated: false,
        truncated: step === 100,
      };
    },
  };
}
