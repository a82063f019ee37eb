import { describeSpace, type EnvironmentOptions, type Space, sameSpace } from "@advantage/envs";
import type { Dataset } from "../core/dataset.js";
import { RunError } from "../core/errors.js";
import type { Model } from "../core/model.js";
import type { Policy } from "../core/policy.js";
import type { Task } from "../core/task.js";
import { type EnvLike, envSource } from "./env-source.js";
import { policyProblem, sameShape } from "./policy-problem.js";

/** The parts of a task as one gives them: the environment may be an object, a function that makes one, or an id. */
export interface TaskParts<Observation = unknown, Action = unknown> {
  readonly env?: EnvLike<Observation, Action>;
  readonly dataset?: Dataset;
  readonly teachers?: readonly Policy[];
  readonly model?: Model;
}

/** An environment, which is a task of its own, or the parts of a task. */
export type TaskLike<Observation = unknown, Action = unknown> =
  | EnvLike<Observation, Action>
  | TaskParts<Observation, Action>;

/**
 * The task that is given by an environment or by its parts.
 *
 * @param options  what the environment is made with, where it is given by its id or by a function that takes options
 * @throws RunError if there is nothing to learn from, or the parts are not of the same spaces
 */
export function taskOf(given: TaskLike, options?: EnvironmentOptions): Task {
  if (!isParts(given)) {
    const env = envSource(given, options);
    return { id: env.id, observationSpace: env.observationSpace, actionSpace: env.actionSpace, env };
  }
  const { dataset, teachers, model } = given;
  const env = given.env === undefined ? undefined : envSource(given.env, options);
  const whole = env ?? dataset ?? model;
  if (whole === undefined)
    throw new RunError("a task must have an environment, a dataset or a model, got none of them");
  const { observationSpace, actionSpace } = whole;
  const id = env?.id ?? dataset?.id ?? "model";
  if (dataset) requireSpaces(`the dataset ${dataset.id}`, dataset, id, whole);
  if (model) requireSpaces("the model", model, id, whole);
  for (const teacher of teachers ?? []) {
    const problem = policyProblem(teacher, { id, observationSpace, actionSpace });
    if (problem) throw new RunError(problem);
  }
  return {
    id,
    observationSpace,
    actionSpace,
    ...(env && { env }),
    ...(dataset && { dataset }),
    ...(teachers && { teachers }),
    ...(model && { model }),
  };
}

/** The environment of a task, if it has one. */
export function envPart(given: TaskLike): EnvLike | undefined {
  return isParts(given) ? given.env : given;
}

/** Whoever can be stepped is an environment, whatever else it has. */
function isParts(given: TaskLike): given is TaskParts {
  if (typeof given !== "object" || given === null || "reset" in given || "step" in given) return false;
  return ["env", "dataset", "teachers", "model"].some((part) => part in given);
}

interface Spaces {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
}

/** @throws RunError unless the spaces of a part of the task are the task's */
function requireSpaces(what: string, part: Spaces, id: string, task: Spaces): void {
  for (const [name, space, same] of [
    ["observations", "observationSpace", sameShape],
    ["actions", "actionSpace", sameSpace],
  ] as const) {
    if (same(part[space], task[space])) continue;
    throw new RunError(
      `${what} has ${name} ${describeSpace(part[space])}, those of ${id} are ${describeSpace(task[space])}: they must be of the same task`,
    );
  }
}
