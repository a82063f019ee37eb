import { shown } from "@advantage/engine";
import type { AnyAlgorithm } from "./algorithm.js";

const KINDS = ["discrete", "multiDiscrete", "multiBinary", "box", "dict"];

/**
 * What a value lacks to be an algorithm, in a sentence each; empty if nothing. It is looked at, not run: the conformance suite
 * (`conformanceChecks`) takes an algorithm through its whole life.
 */
export function algorithmProblems(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [`an algorithm must be an object, got ${shown(value)}`];
  const { id, title, summary, config, metrics, presets, observationKinds, actionKinds, needs, ...life } =
    value as Partial<AnyAlgorithm>;
  const problems: string[] = [];
  const must = (condition: boolean, rule: string, got: unknown) => {
    if (!condition) problems.push(`${rule}, got ${shown(got)}`);
  };
  const record = (part: unknown) => typeof part === "object" && part !== null;
  must(typeof id === "string" && /^[a-z][a-z0-9-]*$/.test(id), "id must be in kebab case", id);
  must(typeof title === "string" && title.trim() !== "", "title must be a text", title);
  must(typeof summary === "string" && /^\S.*\.$/s.test(summary), "summary must be a sentence", summary);
  const isSchema = record(config) && typeof config!.parse === "function" && record(config!.fields);
  must(isSchema, "config must be a schema, made with schema({ … })", config);
  if (isSchema)
    for (const name of ["totalSteps", "seed"])
      if (!Object.hasOwn(config!.fields, name)) problems.push(`config must have the setting '${name}'`);
  must(record(metrics), "metrics must be an object that documents them by name", metrics);
  must(record(presets), "presets must be an object, by the names of environments", presets);
  for (const [name, kinds] of Object.entries({ observationKinds, actionKinds })) {
    const known = Array.isArray(kinds) && kinds.length > 0 && kinds.every((kind) => KINDS.includes(kind));
    must(known, `${name} must be a list of ${KINDS.join(", ")}`, kinds);
  }
  must(Array.isArray(needs), 'needs must be a list, such as ["env"]', needs);
  for (const name of ["init", "train", "policy"] as const)
    must(typeof life[name] === "function", `${name} must be a function`, life[name]);
  return problems;
}
