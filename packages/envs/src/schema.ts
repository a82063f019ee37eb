import { printable, shown } from "@advantage/engine";
import * as z from "zod";
import { ConfigError } from "./errors.js";
import { nearestName } from "./nearest-name.js";

/** What kind of value a field of a schema takes: it decides the flag, the form and the JSON Schema. */
export type FieldKind =
  | "int"
  | "real"
  | "schedule"
  | "choice"
  | "flag"
  | "sizes"
  | "text"
  | "limit"
  | "numbers"
  | "lines"
  | "lookup"
  | "matrix";

/** A setting that may move during training: a constant, or a straight line over the run from `from` to `to`. */
export type Schedule = number | ScheduleLine;

/** A straight line over the run. */
export interface ScheduleLine {
  readonly from: number;
  readonly to: number;
  /** Share of the run, in (0, 1], after which `to` is reached and kept; 1 if left out. */
  readonly until?: number;
}

/** One setting, as the command's help, the docs' tables and the playground's form show it. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  readonly optional: boolean;
  /** `undefined` for optional settings. */
  readonly default: unknown;
  /** Bounds of `int`, `real` and `schedule`: `min` and `max` belong to the range, `above` and `below` do not. */
  readonly bounds: Bounds;
  /** The options of a `choice`. */
  readonly options: readonly string[];
  /** The symbol of the literature: "γ". */
  readonly symbol?: string;
  readonly help: string;
  /** Another name for it, as a library that users come from calls it. */
  readonly alias?: string;
  /** On the command line: "--total-steps". */
  readonly flag: string;
  /** In words: "[0, 1]", "> 0", "clip | none". */
  readonly range: string;
}

/** What is true of every config: types, validation, command-line flags and documentation from one definition. */
export interface Schema<Config> {
  /** By name, in the order of definition. */
  readonly fields: Readonly<Record<string, Field>>;
  readonly defaults: Config;
  /**
   * The whole config: what is missing or `undefined` gets its default, `null` clears an optional setting.
   *
   * @throws ConfigError with one line per problem; unknown settings are problems
   */
  parse(settings: unknown): Config;
  /**
   * The value that a text of the command line stands for: `64,64`, `true`, `1e-3`, `3e-4:0` for a schedule, `none`.
   *
   * @throws ConfigError
   */
  fromFlag(name: string, text: string): unknown;
  /** What of a config differs from the defaults, in the order of definition. */
  changes(config: Config): Partial<Config>;
  /** As JSON Schema. */
  json(): unknown;
}

/** The type of a schema's configs. */
export type ConfigOf<S> = S extends Schema<infer Config> ? Config : never;

/** The fields of an interface of options, each of which may be left out: `schema({ … } satisfies FieldsOf<FrozenLakeOptions>)`. */
export type FieldsOf<Options> = { readonly [Name in keyof Options]-?: FieldDefinition<Options[Name]> };

/** A field before it has a name. */
export interface FieldDefinition<T> {
  readonly kind: FieldKind;
  /** Made when first asked for: few of the schemas that a program imports are used. */
  type(): z.ZodType<T>;
  readonly optional: boolean;
  readonly default: T | undefined;
  readonly bounds: Bounds;
  readonly options: readonly string[];
  readonly symbol?: string;
  readonly help: string;
  readonly alias?: string;
  readonly range: string;
  /** What a value must be, given a wrong one: "must be in [0, 1]". */
  rule(wrong: unknown): string;
  /** The value that a text stands for; anything of another type where it stands for none. */
  fromText(text: string): unknown;
}

/** Limits of a number: at least `min`, at most `max`, strictly `above` and `below`. Absent ones do not limit. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
  readonly below?: number;
}

interface Described<T> {
  readonly default?: T;
  readonly symbol?: string;
  readonly help: string;
  readonly alias?: string;
}

/** A whole number. */
export function int(options: Described<number> & Bounds): FieldDefinition<number> {
  const range = rangeOf(options);
  const rule = `must be a whole number${range ? ` ${inWords(options)}` : ""}`;
  return {
    ...described("int", options),
    bounds: boundsOf(options),
    range: range || "whole number",
    type: () => bounded(z.int(), options),
    rule: () => rule,
    fromText: numberFromText,
  };
}

/** A real number, finite. */
export function real(options: Described<number> & Bounds): FieldDefinition<number> {
  const range = rangeOf(options);
  return {
    ...described("real", options),
    bounds: boundsOf(options),
    range: range || "number",
    type: () => bounded(z.number(), options),
    rule: (wrong) => numberRule(wrong, options),
    fromText: numberFromText,
  };
}

/**
 * A real number that may move linearly over the run: `3e-4`, or `{ from: 3e-4, to: 0 }` (`3e-4:0` on the command line), or with an end of its
 * own, as a share of the run: `{ from: 1, to: 0.05, until: 0.16 }` (`1:0.05@0.16`).
 */
export function schedule(options: Described<Schedule> & Bounds): FieldDefinition<Schedule> {
  const range = rangeOf(options);
  return {
    ...described("schedule", options),
    bounds: boundsOf(options),
    range: `${range || "number"}, or from:to[@until]`,
    type: () => {
      const value = bounded(z.number(), options);
      const until = z.number().gt(0).lte(1).optional();
      return z.union([value, z.strictObject({ from: value, to: value, until })]);
    },
    rule: (wrong) =>
      typeof wrong === "object" && wrong !== null
        ? `must be a number or { from, to, until? }, each end ${range ? inWords(options) : "a number"}, until a share of the run in (0, 1]`
        : numberRule(wrong, options),
    fromText: (text) => {
      const [ends, until] = text.split("@");
      const [from, to, ...more] = ends.split(":").map(numberFromText);
      if (more.length > 0 || text.split("@").length > 2 || (to === undefined && until !== undefined)) return text;
      if (to === undefined) return from;
      return { from, to, ...(until === undefined ? {} : { until: numberFromText(until) }) };
    },
  };
}

/** One of several words. */
export function choice<const Options extends readonly string[]>(
  options: Options,
  about: Described<Options[number]>,
): FieldDefinition<Options[number]> {
  return {
    ...described("choice", about),
    options,
    range: options.join(" | "),
    type: () => z.enum(options),
    rule: () => `must be one of ${options.join(", ")}`,
    fromText: (text) => text,
  };
}

/** On or off. */
export function flag(options: Described<boolean>): FieldDefinition<boolean> {
  return {
    ...described("flag", options),
    range: "true | false",
    type: () => z.boolean(),
    rule: () => "must be true or false",
    fromText: (text) => (text === "true" ? true : text === "false" ? false : text),
  };
}

/** Entries that a list of sizes may have: networks have a few layers. */
const MOST_SIZES = 100;

/** A list of whole numbers ≥ 1, such as the widths of hidden layers; may be empty (`none` on the command line). */
export function sizes(options: Described<readonly number[]>): FieldDefinition<readonly number[]> {
  return {
    ...described("sizes", options),
    range: "whole numbers ≥ 1",
    type: () => z.array(z.int().min(1)).max(MOST_SIZES),
    rule: (wrong) =>
      Array.isArray(wrong) && wrong.length > MOST_SIZES
        ? `must be a list of at most ${MOST_SIZES} whole numbers`
        : "must be a list of whole numbers of at least 1",
    fromText: (text) => (text === "none" || text === "" ? [] : text.split(",").map(numberFromText)),
  };
}

/** A text, such as the path of a dataset. */
export function text(options: Described<string>): FieldDefinition<string> {
  return {
    ...described("text", options),
    range: "text",
    type: () => z.string(),
    rule: () => "must be a text",
    fromText: (value) => value,
  };
}

/** A number of steps that may be without end: a whole number ≥ 1, or ∞ (`none` on the command line, `null` in JSON). */
export function limit(options: Described<number>): FieldDefinition<number> {
  return {
    ...described("limit", options),
    bounds: { min: 1 },
    range: "≥ 1, or none",
    type: () =>
      z.preprocess(
        (value) => value ?? Infinity,
        z.custom<number>((value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 1)),
      ),
    rule: () => "must be a whole number of at least 1, or Infinity",
    fromText: (text) => (text === "none" ? Infinity : numberFromText(text)),
  };
}

/** A list of real numbers, of one length where that is given; `none` on the command line for an empty one. */
export function numbers<List extends readonly number[] = readonly number[]>(
  options: Described<List> & Bounds & { readonly length?: List["length"] },
): FieldDefinition<List> {
  const { length } = options;
  const range = rangeOf(options);
  const each = range ? `, each ${inWords(options)}` : "";
  return {
    ...described("numbers", options),
    bounds: boundsOf(options),
    range: `${length ?? "any"} number${length === 1 ? "" : "s"}${range ? `, each ${range}` : ""}`,
    type: () => {
      const list = z.array(bounded(z.number(), options));
      return (length === undefined ? list : list.length(length)) as unknown as z.ZodType<List>;
    },
    rule: () => `must be a list of ${length === undefined ? "" : `${length} `}numbers${each}`,
    fromText: (text) => (text === "none" || text === "" ? [] : text.split(",").map(numberFromText)),
  };
}

/** A text of several lines, such as a map; commas may stand for the ends of lines on the command line. */
export function lines(options: Described<readonly string[]>): FieldDefinition<readonly string[]> {
  return {
    ...described("lines", options),
    range: "lines of text",
    type: () => z.array(z.string()),
    rule: () => "must be a list of texts",
    fromText: (value) => value.replace(/\r?\n$/, "").split(/\r?\n|,/),
  };
}

/** Numbers by name: `{ G: 1, H: -1 }`, `G:1,H:-1` on the command line. */
export function lookup(
  options: Described<Readonly<Record<string, number>>>,
): FieldDefinition<Readonly<Record<string, number>>> {
  return {
    ...described("lookup", options),
    range: "numbers by name",
    type: () => z.record(z.string(), z.number()),
    rule: () => "must hold a number by each name",
    fromText: (value) =>
      value === "none" || value === ""
        ? {}
        : Object.fromEntries(
            value.split(",").map((pair) => {
              const at = pair.lastIndexOf(":");
              return [pair.slice(0, Math.max(at, 0)), numberFromText(pair.slice(at + 1))];
            }),
          ),
  };
}

/** Rows of numbers: `[[1, 0], [0, 1]]`, `1,0;0,1` on the command line. */
export function matrix(
  options: Described<readonly (readonly number[])[]>,
): FieldDefinition<readonly (readonly number[])[]> {
  return {
    ...described("matrix", options),
    range: "rows of numbers",
    type: () => z.array(z.array(z.number())),
    rule: () => "must be rows of numbers",
    fromText: (value) => value.split(";").map((row) => row.split(",").map(numberFromText)),
  };
}

/** A setting that may be absent: `undefined` unless given, and `none` on the command line clears it. */
export function optional<T>(field: FieldDefinition<T>): FieldDefinition<T | undefined> {
  return {
    ...field,
    optional: true,
    default: undefined,
    range: `${field.range}, or none`,
    type: () => z.preprocess((value) => value ?? undefined, field.type().optional()),
    fromText: (text) => (text === "none" ? null : field.fromText(text)),
  };
}

/**
 * A strict schema: unknown settings are errors.
 *
 * @param of what has these options, for the errors, where they are not an algorithm's settings: "FrozenLake-v1"
 */
export function schema<Config extends object>(
  definitions: {
    readonly [Name in keyof Config]: FieldDefinition<Config[Name]>;
  },
  of?: string,
): Schema<{ readonly [Name in keyof Config]: Config[Name] }> {
  const byName = new Map(Object.entries(definitions) as [string, FieldDefinition<unknown>][]);
  for (const [name, field] of byName)
    if (!field.optional && field.default === undefined) throw new Error(`setting '${name}' needs a default`);

  const fields: Record<string, Field> = {};
  for (const [name, { type: _type, rule: _rule, fromText: _fromText, ...about }] of byName)
    fields[name] = { name, flag: flagOf(name), ...about };

  let made: z.ZodType<Record<string, unknown>> | undefined;
  let defaults: Config | undefined;

  function strict(): z.ZodType<Record<string, unknown>> {
    made ??= z.strictObject(
      Object.fromEntries(
        [...byName].map(([name, { type, optional, default: value }]) => [
          name,
          optional ? type() : type().default(value),
        ]),
      ),
    );
    return made;
  }

  function parse(settings: unknown): Config {
    if (typeof settings !== "object" || settings === null || Array.isArray(settings))
      throw new ConfigError([`${of ? `the options of ${of}` : "settings"} must be an object, got ${show(settings)}`]);
    const given = settings as Record<string, unknown>;
    const result = strict().safeParse(given);
    if (result.success) return Object.freeze(inOrder(result.data)) as Config;

    // One sentence per setting, whatever zod found inside it.
    const wrong = new Set(
      result.error.issues.flatMap((issue) =>
        "keys" in issue && issue.path.length === 0 ? [] : [String(issue.path[0])],
      ),
    );
    const unknown = Object.keys(given).filter((name) => !byName.has(name));
    throw new ConfigError([
      ...unknown.map((name) => unknownSetting(name)),
      ...[...wrong]
        .filter((name) => byName.has(name))
        .map((name) => `${name} ${byName.get(name)!.rule(given[name])}, got ${show(given[name])}`),
    ]);
  }

  function inOrder(data: Record<string, unknown>): Record<string, unknown> {
    return Object.fromEntries([...byName.keys()].map((name) => [name, data[name]]));
  }

  function unknownSetting(name: string): string {
    const names = new Map(
      [...byName].flatMap(
        ([known, { alias = known }]) =>
          [
            [known, known],
            [alias, known],
          ] as const,
      ),
    );
    const nearest = nearestName(name, names.keys());
    const meant = nearest === undefined ? "" : ` Did you mean '${names.get(nearest)}'?`;
    if (of === undefined) return `unknown setting '${printable(name.slice(0, 60))}'.${meant}`;
    const known = [...byName.keys()];
    const there = known.length === 0 ? " It has none." : ` It has ${known.join(", ")}.`;
    return `${of} has no option '${name}'.${meant || there}`;
  }

  return {
    fields,
    get defaults() {
      defaults ??= parse({});
      return defaults;
    },
    parse,
    fromFlag(name, value) {
      const field = byName.get(name);
      if (!field) throw new ConfigError([unknownSetting(name)]);
      const parsed = field.fromText(value.trim());
      if (field.optional && parsed === null) return null;
      if (field.type().safeParse(parsed).success) return parsed;
      throw new ConfigError([`${flagOf(name)} ${field.rule(parsed)}, got ${printable(value.slice(0, 80))}`]);
    },
    changes(config) {
      const { defaults } = this;
      const names = [...byName.keys()] as (keyof Config)[];
      const changed = names.filter((name) => JSON.stringify(config[name]) !== JSON.stringify(defaults[name]));
      return Object.fromEntries(changed.map((name) => [name, config[name]])) as Partial<Config>;
    },
    json: () => z.toJSONSchema(strict(), { io: "input", unrepresentable: "any" }),
  };
}

/** `totalSteps` → `--total-steps`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function described<T>(kind: FieldKind, options: Described<T>) {
  return {
    kind,
    optional: false,
    default: options.default,
    bounds: {} as Bounds,
    options: [] as readonly string[],
    symbol: options.symbol,
    help: options.help,
    ...(options.alias === undefined ? {} : { alias: options.alias }),
  };
}

function bounded<T extends z.ZodNumber>(type: T, { min, max, above, below }: Bounds): T {
  if (min !== undefined) type = type.gte(min) as T;
  if (max !== undefined) type = type.lte(max) as T;
  if (above !== undefined) type = type.gt(above) as T;
  if (below !== undefined) type = type.lt(below) as T;
  return type;
}

function boundsOf({ min, max, above, below }: Bounds): Bounds {
  return { min, max, above, below };
}

/** "[0, 1)", "≥ 0", "> 0", "" without bounds. */
function rangeOf({ min, max, above, below }: Bounds): string {
  const low = above ?? min;
  const high = below ?? max;
  if (low !== undefined && high !== undefined)
    return `${above === undefined ? "[" : "("}${low}, ${high}${below === undefined ? "]" : ")"}`;
  if (low !== undefined) return `${above === undefined ? "≥" : ">"} ${low}`;
  if (high !== undefined) return `${below === undefined ? "≤" : "<"} ${high}`;
  return "";
}

/** "in [0, 1)", "of at least 0", "above 0". */
function inWords(bounds: Bounds): string {
  const { min, max, above, below } = bounds;
  const low = above ?? min;
  const high = below ?? max;
  if (low !== undefined && high !== undefined) return `in ${rangeOf(bounds)}`;
  if (low !== undefined) return above === undefined ? `of at least ${low}` : `above ${low}`;
  return below === undefined ? `of at most ${high}` : `below ${high}`;
}

function numberRule(wrong: unknown, bounds: Bounds): string {
  if (wrong === Infinity || wrong === -Infinity) return "must be finite";
  if (typeof wrong !== "number" || !rangeOf(bounds)) return `must be a number ${inWordsOrNothing(bounds)}`.trimEnd();
  return `must be ${inWords(bounds).replace(/^of /, "")}`;
}

function inWordsOrNothing(bounds: Bounds): string {
  return rangeOf(bounds) ? inWords(bounds) : "";
}

/**
 * The number that a text stands for, the text itself if for none: `100_000`, `1e5`, `100k`, `1.5M`. Underscores may stand between digits, to
 * group them.
 */
export function numberFromText(value: string): unknown {
  const ungrouped = value.replace(/(?<=\d)_(?=\d)/g, "");
  const [, digits = ungrouped, unit] = /^(.*\d\.?)([kM])$/.exec(ungrouped.trim()) ?? [];
  // In the decimal's own notation: 1.1 * 1000 is 1100.0000000000002.
  const number = Number(unit === undefined || /e/i.test(digits) ? ungrouped : `${digits}e${unit === "k" ? 3 : 6}`);
  return value.trim() === "" || Number.isNaN(number) ? value : number;
}

function show(value: unknown): string {
  return typeof value === "number" ? String(value) : shown(value);
}
