import {
  didYouMean,
  type EnvironmentEntry,
  type EnvironmentOptions,
  environments,
  findEnvironment,
  nearestName,
} from "@advantage/envs";
import {
  type AnyAlgorithm,
  algorithms,
  type Field,
  needProblem,
  type PreparedRun,
  prepareRun,
  settingText,
  spaceProblem,
  taskOf,
  UserError,
} from "@advantage/rl";
import { OPTION, type TrainAddress } from "../address.js";

/** What an address asks for, checked: everything that the form shows. */
export interface Choice {
  readonly algorithm: AnyAlgorithm;
  readonly environment: EnvironmentEntry;
  /** The environments that the algorithm can be trained on. */
  readonly fitting: readonly EnvironmentEntry[];
  /** The settings as they would be without any of one's own, by name, as they are typed. */
  readonly base: Readonly<Record<string, string>>;
  readonly presetSource: string | undefined;
  /** What is wrong with a setting, by its name. */
  readonly problems: Readonly<Record<string, string>>;
  /** What is wrong besides, with ways out. */
  readonly faults: readonly Fault[];
  /** The parsed settings of one's own. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The parsed options of the environment that were given. */
  readonly options: EnvironmentOptions;
  /** Ready to start; absent where something is wrong. */
  readonly prepared: PreparedRun | undefined;
}

/** What is wrong with an address, in a sentence, and what would mend it. */
export interface Fault {
  readonly text: string;
  readonly ways: readonly { readonly label: string; readonly change: Partial<TrainAddress> }[];
}

const fittingOf = new Map<string, readonly EnvironmentEntry[]>();

/** The environments of the catalogue that an algorithm can be trained on. */
export function fittingEnvironments(algorithm: AnyAlgorithm): readonly EnvironmentEntry[] {
  let fitting = fittingOf.get(algorithm.id);
  if (!fitting) {
    fitting = environments.filter((entry) => {
      const env = entry.make();
      if (spaceProblem(algorithm, env) || needProblem(algorithm, taskOf(entry.make))) return false;
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
export function firstEnvironment(algorithm: AnyAlgorithm): EnvironmentEntry {
  const fitting = fittingEnvironments(algorithm);
  return fitting.find(({ id }) => Object.hasOwn(algorithm.presets, id)) ?? fitting[0];
}

export function choiceOf(address: TrainAddress): Choice {
  const faults: Fault[] = [];
  let algorithm = algorithms.find(({ id }) => id === address.algorithm);
  if (!algorithm) {
    const ids = algorithms.map(({ id }) => id);
    const nearest = nearestName(address.algorithm, ids) ?? "ppo";
    faults.push({
      text: `There is no algorithm '${address.algorithm}'.${didYouMean(address.algorithm, ids)}`,
      ways: [{ label: `Take ${nearest}`, change: { algorithm: nearest } }],
    });
    algorithm = algorithms.find(({ id }) => id === nearest) ?? algorithms[0];
  }
  const fitting = fittingEnvironments(algorithm);
  const environment = environmentOf(algorithm, address.environment, faults);
  const preset = address.preset === "auto" ? algorithm.presets[environment.id] : undefined;
  const known: Record<string, unknown> = { ...algorithm.config.defaults, ...preset?.config };
  const base = Object.fromEntries([
    ...Object.keys(algorithm.config.fields).map((name) => [name, settingText(known[name])]),
    ...Object.values(environment.config.fields).map(({ name, default: usual }) => [OPTION + name, settingText(usual)]),
  ]);

  const problems: Record<string, string> = {};
  const settings: Record<string, unknown> = {};
  const options: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(address.settings)) {
    if (name.startsWith(OPTION)) {
      const option = name.slice(OPTION.length);
      if (!Object.hasOwn(environment.config.fields, option)) {
        faults.push(unknownOption(environment, name, address.settings));
        continue;
      }
      try {
        options[option] = environment.config.fromFlag(option, text);
      } catch (error) {
        problems[name] = (error as Error).message.replace(/^--\S+/, option);
      }
      continue;
    }
    const field = algorithm.config.fields[name] as Field | undefined;
    if (!field) {
      faults.push(unknownSetting(algorithm, name, address.settings));
      continue;
    }
    try {
      settings[name] = algorithm.config.fromFlag(name, text);
    } catch (error) {
      problems[name] = (error as Error).message.replace(field.flag, name);
    }
  }

  let prepared: PreparedRun | undefined;
  if (faults.length === 0 && Object.keys(problems).length === 0) {
    try {
      prepared = prepareRun(algorithm, environment.id, settings, {
        preset: address.preset,
        environmentOptions: options,
      });
    } catch (error) {
      faults.push({ text: (error as Error).message, ways: [] });
    }
  }
  return {
    algorithm,
    environment,
    fitting,
    base,
    presetSource: preset?.source,
    problems,
    faults,
    settings,
    options,
    prepared,
  };
}

function unknownSetting({ title, config }: AnyAlgorithm, name: string, settings: TrainAddress["settings"]): Fault {
  const names = Object.keys(config.fields);
  const { [name]: value, ...others } = settings;
  const nearest = nearestName(name, names);
  return {
    text: `${title} has no setting '${name}'.${didYouMean(name, names)}`,
    ways: [
      ...(nearest !== undefined && !Object.hasOwn(settings, nearest)
        ? [{ label: `Take it for ${nearest}`, change: { settings: { ...others, [nearest]: value } } }]
        : []),
      { label: `Remove ${name}`, change: { settings: others } },
    ],
  };
}

function unknownOption({ id, config }: EnvironmentEntry, name: string, settings: TrainAddress["settings"]): Fault {
  const { [name]: _value, ...others } = settings;
  const option = name.slice(OPTION.length);
  return {
    text: `${id} has no option '${option}'.${didYouMean(option, Object.keys(config.fields))}`,
    ways: [{ label: `Remove ${option}`, change: { settings: others } }],
  };
}

function environmentOf(algorithm: AnyAlgorithm, id: string, faults: Fault[]): EnvironmentEntry {
  const first = firstEnvironment(algorithm);
  if (id === "") return first;
  const instead = (shown: EnvironmentEntry, text: string): EnvironmentEntry => {
    faults.push({ text, ways: [{ label: `Take ${shown.id}`, change: { environment: shown.id } }] });
    return shown;
  };
  let found: EnvironmentEntry;
  try {
    found = findEnvironment(id);
  } catch (error) {
    const fitting = fittingEnvironments(algorithm);
    const nearest = nearestName(
      id,
      fitting.map((entry) => entry.id),
    );
    return instead(fitting.find((entry) => entry.id === nearest) ?? first, (error as Error).message);
  }
  if (fittingEnvironments(algorithm).includes(found)) return found;
  const env = found.make();
  return instead(
    first,
    `${spaceProblem(algorithm, env) ?? needProblem(algorithm, taskOf(found.make)) ?? `${algorithm.id} cannot be trained on ${id}`}. Shown instead: ${first.id}.`,
  );
}
