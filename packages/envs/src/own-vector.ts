import type { Env, VectorEnv } from "./env.js";
import { display, flatSize } from "./flatten.js";

/** The arrays of a vector environment, the type of each and how many elements each environment has in it. */
const ARRAYS = {
  observation: [Float32Array, true],
  nextObservation: [Float32Array, true],
  reward: [Float64Array, false],
  terminated: [Uint8Array, false],
  truncated: [Uint8Array, false],
} as const;

/**
 * What keeps an environment's own vector from being stepped, as sentences without the environment's name; an empty list if nothing does.
 *
 * @param env  the environment that it is a vector of
 */
export function vectorProblems(vector: VectorEnv, env: Env, numEnvs: number): string[] {
  const what = `vector(${numEnvs})`;
  if (typeof vector !== "object" || vector === null)
    return [`${what} must return a vector environment, got ${display(vector)}`];
  const problems: string[] = [];
  const size = flatSize(env.observationSpace);
  if (vector.numEnvs !== numEnvs) problems.push(`${what}.numEnvs must be ${numEnvs}, got ${display(vector.numEnvs)}`);
  if (vector.observationSize !== size)
    problems.push(`${what}.observationSize must be ${size}, got ${display(vector.observationSize)}`);
  for (const [name, [Kind, ofObservations]] of Object.entries(ARRAYS)) {
    const array = vector[name as keyof typeof ARRAYS];
    const length = numEnvs * (ofObservations ? size : 1);
    if (!(array instanceof Kind))
      problems.push(`${what}.${name} must be a ${Kind.name} from the beginning on, got ${display(array)}`);
    else if (array.length !== length)
      problems.push(`${what}.${name} must have ${length} elements, got ${array.length}`);
  }
  for (const method of ["reset", "step", "snapshot", "restore"] as const) {
    if (typeof vector[method] !== "function")
      problems.push(`${what}.${method} must be a function, got ${display(vector[method])}`);
  }
  return problems;
}

/**
 * An environment's own vector as those who step it know one: a plain object with one set of arrays. A class with getters comes out of
 * `{ ...vector }` without them; one that makes new arrays in every step leaves who kept the first ones with old numbers.
 *
 * @throws TypeError if it cannot be stepped
 */
export function ownVector(env: Env, numEnvs: number, first: number): VectorEnv {
  const vector = (env.vector as NonNullable<Env["vector"]>)(numEnvs, first);
  const [problem] = vectorProblems(vector, env, numEnvs);
  if (problem !== undefined) throw new TypeError(`${env.id}: ${problem}`);
  const { observation, nextObservation, reward, terminated, truncated } = vector;
  const carry = () => {
    if (vector.observation !== observation) observation.set(vector.observation);
    if (vector.nextObservation !== nextObservation) nextObservation.set(vector.nextObservation);
    if (vector.reward !== reward) reward.set(vector.reward);
    if (vector.terminated !== terminated) terminated.set(vector.terminated);
    if (vector.truncated !== truncated) truncated.set(vector.truncated);
  };
  return {
    id: vector.id,
    numEnvs,
    observationSpace: vector.observationSpace,
    actionSpace: vector.actionSpace,
    observationSize: vector.observationSize,
    observation,
    nextObservation,
    reward,
    terminated,
    truncated,
    restorable: vector.restorable === true,
    reset(rng) {
      vector.reset(rng);
      carry();
    },
    step(actions) {
      vector.step(actions);
      carry();
    },
    snapshot: () => vector.snapshot(),
    restore(snapshot) {
      vector.restore(snapshot);
      carry();
    },
    ...(vector.render !== undefined && {
      render: (index: number) => (vector.render as NonNullable<VectorEnv["render"]>)(index),
    }),
  };
}
