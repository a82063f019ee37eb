import { ConfigError } from "../core/errors.js";
import { readable } from "../core/readable.js";
import { bestOf, type Look } from "./looks.js";
import type { MetricsEvent } from "./metric-names.js";

/** When a run is to end before its last step; the first that is met ends it. */
export interface StopAt {
  /** A return that is enough: of a look's mean, or where there are no looks of the training return. */
  readonly return?: number;
  /** So many looks without a better one. */
  readonly plateau?: number;
  /** Seconds of training. */
  readonly seconds?: number;
}

/** What is known where a run may end. */
export interface StopMoment {
  readonly looks: readonly Look[];
  /** Whether there are looks at all. */
  readonly looking: boolean;
  readonly event?: MetricsEvent;
  readonly seconds: number;
}

/** Looks without a better one that are a plateau, unless it is said how many. */
const PLATEAU = 10;

/**
 * Why a run may end here, in words; `undefined` if it goes on.
 *
 * @returns such as "return 480 reached 475"
 */
export function stopReason(stop: StopAt, { looks, looking, event, seconds }: StopMoment): string | undefined {
  if (stop.return !== undefined) {
    const reached = looking ? looks.at(-1)?.evaluation.mean : event?.episodeReturn;
    if (reached !== undefined && reached >= stop.return)
      return `return ${readable(reached)} reached ${readable(stop.return)}`;
  }
  if (stop.plateau !== undefined && looks.length > stop.plateau) {
    const best = looks.indexOf(bestOf(looks)!);
    if (looks.length - 1 - best >= stop.plateau)
      return `plateau: ${stop.plateau} looks without a better return than ${readable(looks[best].evaluation.mean)}`;
  }
  if (stop.seconds !== undefined && seconds >= stop.seconds) return `${readable(stop.seconds)} seconds have passed`;
  return undefined;
}

/** @throws ConfigError if a rule is none, or has nothing to go by */
export function requireStopAt(stop: StopAt, looking: boolean): void {
  const problems: string[] = [];
  if (stop.return !== undefined && !Number.isFinite(stop.return))
    problems.push(`stopAt.return must be a finite number, got ${stop.return}`);
  if (stop.plateau !== undefined && !(Number.isSafeInteger(stop.plateau) && stop.plateau >= 1))
    problems.push(`stopAt.plateau must be a whole number of looks, at least 1, got ${stop.plateau}`);
  if (stop.seconds !== undefined && !(stop.seconds > 0))
    problems.push(`stopAt.seconds must be above 0, got ${stop.seconds}`);
  if (stop.plateau !== undefined && !looking)
    problems.push(
      "a plateau is counted in looks at the policy, and there are none: say how often to look (evaluationEvery, --eval-every)",
    );
  if (problems.length > 0) throw new ConfigError(problems);
}

const UNITS: Readonly<Record<string, number>> = { s: 1, sec: 1, min: 60, h: 3600 };

/**
 * The rules of a text: `return:475`, `plateau`, `plateau:20`, `90s`, `10min`, `2h`, several with commas between them.
 *
 * @throws RangeError with what a rule may be
 */
export function stopAtOf(text: string): StopAt {
  const rules = text.split(",").map((rule): StopAt => {
    const [, time, unit] = /^(\d+(?:\.\d+)?)(s|sec|min|h)$/.exec(rule) ?? [];
    if (time !== undefined) return { seconds: Number(time) * UNITS[unit] };
    const [, value] = /^return:(-?\d+(?:\.\d+)?)$/.exec(rule) ?? [];
    if (value !== undefined) return { return: Number(value) };
    const [plateau, looks = String(PLATEAU)] = /^plateau(?::(\d+))?$/.exec(rule) ?? [];
    if (plateau !== undefined) return { plateau: Number(looks) };
    throw new RangeError(`It must be return:475, plateau, plateau:20, 90s, 10min or 2h, or several with commas.`);
  });
  return Object.assign({}, ...rules);
}
