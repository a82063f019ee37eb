import { type EnvironmentEntry, environments } from "@advantage/envs";
import type { AnyAlgorithm } from "../core/algorithm.js";
import type { Need, NeededParts } from "../core/task.js";

/** What of a task tells whether it has what is needed. */
export interface TaskFacts {
  readonly id: string;
  readonly env?: { readonly make: () => object };
  readonly dataset?: object;
  readonly teachers?: readonly object[];
  readonly model?: object;
}

interface Rule {
  /** What brings it, if it is not the environment. */
  readonly part?: Exclude<NeededParts[Need], "env">;
  /** Whether a task has it. */
  readonly met: (task: TaskFacts) => boolean;
  readonly needs: string;
  /** What there is instead. */
  readonly lacks: (id: string) => string;
  /** What to call the environments that have it, where some do and others do not. */
  readonly those?: string;
}

/** What each need asks, in words and of a task. */
const RULES: Readonly<Record<Need, Rule>> = {
  env: {
    met: ({ env }) => env !== undefined,
    needs: "an environment to act in",
    lacks: (id) => `${id} is none`,
  },
  "full-information": {
    met: has("roundRewards"),
    needs: "the rewards of all actions after each round",
    lacks: (id) => `${id} shows only that of the action taken`,
    those: "Those that show them",
  },
  snapshot: {
    met: has("snapshot", "restore"),
    needs: "an environment whose state can be saved and put back",
    lacks: (id) => `${id} has no snapshot() and restore()`,
    those: "Those that have them",
  },
  game: {
    met: has("legalActions", "toMove"),
    needs: "a game of two, which says whose move it is and which moves are legal",
    lacks: (id) => `${id} has no legalActions() and toMove()`,
    those: "Games",
  },
  goals: {
    met: has("computeReward"),
    needs: "an environment that tells the reward of other goals",
    lacks: (id) => `${id} has no computeReward()`,
    those: "Those that do",
  },
  mdp: {
    met: has("mdp"),
    needs: "the model of a finite environment",
    lacks: (id) => `${id} has none`,
    those: "Finite ones",
  },
  pomdp: {
    met: has("pomdp"),
    needs: "the model of a finite partially observed environment",
    lacks: (id) => `${id} has none`,
    those: "Those that have it",
  },
  dataset: {
    part: "dataset",
    met: ({ dataset }) => dataset !== undefined,
    needs: "a dataset of transitions",
    lacks: () => "none is given",
  },
  teacher: {
    part: "teachers",
    met: ({ teachers = [] }) => teachers.length > 0,
    needs: "a teacher to imitate",
    lacks: () => "none is given",
  },
  dynamics: {
    part: "model",
    met: ({ model }) => model !== undefined,
    needs: "a model of what actions lead to",
    lacks: () => "none is given",
  },
};

/** Parts of a task that only those may be given who learn from them; an environment serves everyone, to evaluate in. */
const PARTS: Readonly<Record<Exclude<NeededParts[Need], "env">, string>> = {
  dataset: "dataset",
  teachers: "teacher",
  model: "model",
};

/** What an algorithm needs, in words: "a dataset of transitions". */
export function needText(need: Need): string {
  return RULES[need].needs;
}

/**
 * What the algorithm needs of the task beside its spaces and does not find, or what it is given and would not look at; `undefined` if all fits.
 *
 *     value-iteration needs the model of a finite environment; CartPole-v1 has none. Finite ones: FrozenLake-v1, …
 *
 * @param known the environments to name instead
 */
export function needProblem(
  algorithm: Pick<AnyAlgorithm, "id" | "needs">,
  task: TaskFacts,
  known: readonly EnvironmentEntry[] = environments,
): string | undefined {
  const { id, needs } = algorithm;
  const missing = needs.find((need) => !meets(task, need));
  if (missing !== undefined) {
    const { needs: what, lacks, those } = RULES[missing];
    const others = those === undefined ? [] : known.filter((entry) => meets({ id: entry.id, env: entry }, missing));
    const named = others.length === 0 ? "" : ` ${those}: ${others.map((entry) => entry.id).join(", ")}.`;
    return `${id} needs ${what}; ${lacks(task.id)}.${named}`;
  }
  for (const part of Object.keys(PARTS) as (keyof typeof PARTS)[]) {
    if (task[part] !== undefined && !needs.some((need) => RULES[need].part === part))
      return `${id} learns from no ${PARTS[part]}: it needs ${needs.map(needText).join(" and ")}.`;
  }
  return undefined;
}

/** Whether a task has what is needed. */
export function meets(task: TaskFacts, need: Need): boolean {
  return RULES[need].met(task);
}

/** The rule that the environment has these methods. */
function has(...methods: readonly string[]): Rule["met"] {
  return ({ env }) => {
    if (env === undefined) return false;
    const made = env.make() as Record<string, unknown>;
    return methods.every((method) => typeof made[method] === "function");
  };
}
