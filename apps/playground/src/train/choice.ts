import { didYouMean, type EnvironmentEntry, environments, findEnvironment } from "@advantage/envs";
import {
  type Algorithm,
  algorithms,
  type Field,
  type PreparedRun,
  prepareRun,
  requirementProblem,
  settingText,
  spaceProblem,
  UserError,
} from "@advantage/rl";
import type { TrainAddress } from "../address.js";

/** What an address asks for, checked: everything that the form shows. */
export interface Choice {
  readonly algorithm: Algorithm;
  readonly environment: EnvironmentEntry;
  /** The environments that the algorithm can be trained on. */
  readonly fitting: readonly EnvironmentEntry[];
  /** The settings as they would be without any of one's own, by name, as they are typed. */
  readonly base: Readonly<Record<string, string>>;
  readonly presetSource: string | undefined;
  /** What is wrong with a setting, by its name. */
  readonly problems: Readonly<Record<string, string>>;
  /** What is wrong besides. */
  readonly problem: string | undefined;
  /** The parsed settings of one's own. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Ready to start; absent where something is wrong. */
  readonly prepared: PreparedRun | undefined;
}

const fittingOf = new Map<string, readonly EnvironmentEntry[]>();

/** The environments of the catalogue that an algorithm can be trained on. */
export function fittingEnvironments(algorithm: Algorithm): readonly EnvironmentEntry[] {
  let fitting = fittingOf.get(algorithm.id);
  if (!fitting) {
    fitting = environments.filter((entry) => {
      const env = entry.make();
      if (spaceProblem(algorithm, env) || requirementProblem(algorithm, entry)) return false;
      try {
        prepareRun(algorithm, entry.id);
        return true;
      } catch (error) {
        if (error instanceof UserError) return false;
        throw error;
      }
    });
    fittingOf.set(algorithm.id, fitting);
  }
  return fitting;
}

/** The environment to begin with: one with settings known to work, else the first that fits. */
export function firstEnvironment(algorithm: Algorithm): EnvironmentEntry {
  const fitting = fittingEnvironments(algorithm);
  return fitting.find(({ id }) => Object.hasOwn(algorithm.presets, id)) ?? fitting[0];
}

export function choiceOf(address: TrainAddress): Choice {
  const notes: string[] = [];
  let algorithm = algorithms.find(({ id }) => id === address.algorithm);
  if (!algorithm) {
    notes.push(
      `There is no algorithm '${address.algorithm}'.${didYouMean(
        address.algorithm,
        algorithms.map(({ id }) => id),
      )}`,
    );
    algorithm = algorithms.find(({ id }) => id === "ppo") ?? algorithms[0];
  }
  const fitting = fittingEnvironments(algorithm);
  const environment = environmentOf(algorithm, address.environment, notes);
  const preset = address.preset === "auto" ? algorithm.presets[environment.id] : undefined;
  const known: Record<string, unknown> = { ...algorithm.config.defaults, ...preset?.config };
  const base = Object.fromEntries(Object.keys(algorithm.config.fields).map((name) => [name, settingText(known[name])]));

  const problems: Record<string, string> = {};
  const settings: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(address.settings)) {
    const field = algorithm.config.fields[name] as Field | undefined;
    if (!field) {
      notes.push(
        `${algorithm.title} has no setting '${name}'.${didYouMean(name, Object.keys(algorithm.config.fields))}`,
      );
      continue;
    }
    try {
      settings[name] = algorithm.config.fromFlag(name, text);
    } catch (error) {
      problems[name] = (error as Error).message.replace(field.flag, name);
    }
  }

  let prepared: PreparedRun | undefined;
  if (notes.length === 0 && Object.keys(problems).length === 0) {
    try {
      prepared = prepareRun(algorithm, environment.id, settings, { preset: address.preset });
    } catch (error) {
      notes.push((error as Error).message);
    }
  }
  return {
    algorithm,
    environment,
    fitting,
    base,
    presetSource: preset?.source,
    problems,
    problem: notes.length > 0 ? notes.join(" ") : undefined,
    settings,
    prepared,
  };
}

function environmentOf(algorithm: Algorithm, id: string, notes: string[]): EnvironmentEntry {
  const first = firstEnvironment(algorithm);
  if (id === "") return first;
  let found: EnvironmentEntry;
  try {
    found = findEnvironment(id);
  } catch (error) {
    notes.push((error as Error).message);
    return first;
  }
  if (fittingEnvironments(algorithm).includes(found)) return found;
  const env = found.make();
  notes.push(
    `${spaceProblem(algorithm, env) ?? requirementProblem(algorithm, found) ?? `${algorithm.id} cannot be trained on ${id}`}. Shown instead: ${first.id}.`,
  );
  return first;
}
