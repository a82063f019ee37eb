import type { Env, EnvironmentOptions, Space, VectorEnv } from "@advantage/envs";
import type { Dataset } from "./dataset.js";
import type { Model } from "./model.js";
import type { Policy } from "./policy.js";

/** Where an algorithm gets its environments from: it decides how many it steps, and how. */
export interface EnvSource {
  readonly id: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** The options that it is made with where they differ from the defaults; absent where none do. */
  readonly options?: EnvironmentOptions;
  /** A fresh single environment. */
  make(): Env;
  /** N fresh environments, stepped together; `first` (default 0) is the number of the first of them, where they are a part of more. */
  vector(numEnvs: number, first?: number): VectorEnv;
}

/** What there is to learn from. At least one of the four is given; all are of the same spaces. */
export interface Task {
  /** The environment's, where there is one; else the dataset's. */
  readonly id: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** What is acted in, in training or only to evaluate what was learnt. */
  readonly env?: EnvSource;
  readonly dataset?: Dataset;
  /** Policies to be imitated, at least one. */
  readonly teachers?: readonly Policy[];
  /** What actions lead to. */
  readonly model?: Model;
}

/** What an algorithm cannot do without, and the part of a task that brings it. */
export interface NeededParts {
  /** An environment, to step in it. */
  readonly env: "env";
  /** Rewards of all actions after each step: `env.roundRewards()`. */
  readonly "full-information": "env";
  /** An environment whose state can be saved and put back, to look ahead in it. */
  readonly snapshot: "env";
  /** A game of turns, which says whose move it is and what the legal ones are. */
  readonly game: "env";
  /** A goal as part of the observation, and the reward that any other goal would have given. */
  readonly goals: "env";
  /** The whole model of a finite environment: `env.mdp()`. */
  readonly mdp: "env";
  /** The model of a finite one with what is observed of each state: `env.pomdp()`. */
  readonly pomdp: "env";
  /** Transitions that someone collected before. */
  readonly dataset: "dataset";
  /** A policy to imitate. */
  readonly teacher: "teachers";
  /** What actions lead to, in states that are asked for. */
  readonly dynamics: "model";
}

/** A name of something that an algorithm cannot do without, beside the spaces: `"env"`, `"mdp"`, `"dataset"`, `"teacher"`, … */
export type Need = keyof NeededParts;

/** Needs that an environment meets. */
export type EnvironmentNeed = { [N in Need]: NeededParts[N] extends "env" ? N : never }[Need];

/** Needs of those that learn from steps they make in an environment: the others compute with what they are given. */
const STEPPING: readonly Need[] = ["env", "full-information", "snapshot", "game", "goals"];

/** Whether an algorithm steps an environment while it learns, so that there are training episodes to show. */
export function stepsEnvironment({ needs }: { readonly needs: readonly Need[] }): boolean {
  return needs.some((need) => STEPPING.includes(need));
}
