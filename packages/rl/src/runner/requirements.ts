import { type EnvironmentEntry, environments } from "@advantage/envs";
import type { Algorithm, EnvSource, Requirement } from "../core/algorithm.js";

interface Rule {
  /** The method by which an environment meets it. */
  readonly method: string;
  readonly needs: string;
  readonly lacks: string;
  /** What to call the environments that meet it. */
  readonly those: string;
}

const RULES: Readonly<Record<Requirement, Rule>> = {
  mdp: {
    method: "mdp",
    needs: "the model of a finite environment",
    lacks: "has none",
    those: "Finite ones",
  },
  pomdp: {
    method: "pomdp",
    needs: "the model of a finite partially observed environment",
    lacks: "has none",
    those: "Those that have it",
  },
  "full-information": {
    method: "roundRewards",
    needs: "the rewards of all actions after each round",
    lacks: "shows only that of the action taken",
    those: "Those that show them",
  },
};

/**
 * What the algorithm needs of the environment beside its spaces and does not find; `undefined` if nothing is missing.
 *
 *     value-iteration needs the model of a finite environment; CartPole-v1 has none. Finite ones: FrozenLake-v1, …
 *
 * @param known the environments to name instead
 */
export function requirementProblem(
  algorithm: Pick<Algorithm, "id" | "requires">,
  env: Pick<EnvSource, "id" | "make">,
  known: readonly EnvironmentEntry[] = environments,
): string | undefined {
  const missing = algorithm.requires?.find((requirement) => !meets(env, requirement));
  if (missing === undefined) return undefined;
  const { needs, lacks, those } = RULES[missing];
  const others = known.filter((entry) => meets(entry, missing)).map(({ id }) => id);
  const named = others.length === 0 ? "" : ` ${those}: ${others.join(", ")}.`;
  return `${algorithm.id} needs ${needs}; ${env.id} ${lacks}.${named}`;
}

/** Whether an environment has what is required. */
export function meets({ make }: { readonly make: () => object }, requirement: Requirement): boolean {
  return typeof (make() as Record<string, unknown>)[RULES[requirement].method] === "function";
}
