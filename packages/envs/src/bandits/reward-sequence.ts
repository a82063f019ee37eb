import { parseForeignJson, printable, shown } from "@advantage/engine";

/** What an adversary has decided to pay: rewards[t · arms + a] in round t for arm a. */
export interface RewardSequence {
  readonly rounds: number;
  readonly arms: number;
  /** [rounds × arms], finite */
  readonly rewards: Float64Array;
}

/** A sequence from the rewards of each round, one number for each arm. Throws an error that names the round if it is not one. */
export function rewardSequence(rounds: readonly ArrayLike<number>[]): RewardSequence {
  if (!Array.isArray(rounds) || rounds.length === 0) {
    throw new RangeError("a reward sequence must have at least 1 round, got none");
  }
  const arms = rounds[0]?.length ?? 0;
  if (arms === 0) throw new RangeError("a reward sequence must have at least 1 arm, got none in round 0");
  const rewards = new Float64Array(rounds.length * arms);
  rounds.forEach((round, t) => {
    if (round?.length !== arms) {
      throw new RangeError(
        `round ${t} must have a reward for each of ${arms} arms, got ${round?.length ?? shown(round)}`,
      );
    }
    for (let arm = 0; arm < arms; arm++) {
      if (typeof round[arm] !== "number" || !Number.isFinite(round[arm])) {
        throw new RangeError(
          `the reward of round ${t}, arm ${arm} must be finite, got ${typeof round[arm] === "number" ? round[arm] : shown(round[arm])}`,
        );
      }
      rewards[t * arms + arm] = round[arm];
    }
  });
  return { rounds: rounds.length, arms, rewards };
}

/** A number as people write it: `0.5`, `-3`, `1e-3`; not `0x10`. */
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a sequence from a text: JSON (`[[0.5, 0], [0, 1]]`, or `{ "rewards": … }`), or one round a line with its rewards separated by
 * commas, semicolons or white space. There, empty lines and what follows a # are skipped, as is a first line without a number (CSV
 * headings).
 */
export function parseRewardSequence(text: string): RewardSequence {
  const start = text.trimStart()[0];
  if (start === "[" || start === "{") {
    let json: unknown;
    try {
      json = parseForeignJson(text);
    } catch (error) {
      throw new RangeError(
        `a reward sequence that begins with ${start} must be JSON, but it is ${(error as Error).message}`,
      );
    }
    const rounds = Array.isArray(json) ? json : (json as { rewards?: unknown }).rewards;
    return rewardSequence(rounds as number[][]);
  }
  const rounds: number[][] = [];
  let heading = true;
  text.split(/\r?\n/).forEach((line, i) => {
    const content = line.split("#")[0].trim();
    if (content === "") return;
    const words = content.split(/\s*[,;]\s*|\s+/);
    const numbers = words.map((word) => (DECIMAL.test(word) ? Number(word) : Number.NaN));
    if (heading && numbers.every(Number.isNaN)) {
      heading = false;
      return;
    }
    heading = false;
    const wrong = numbers.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new RangeError(
        `line ${i + 1} of a reward sequence must hold numbers, got '${printable(words[wrong].slice(0, 60))}'`,
      );
    rounds.push(numbers);
  });
  return rewardSequence(rounds);
}

/**
 * Two arms: first (½, 0), then (0, 1) and (1, 0) in turn. Whoever plays the arm that has paid most so far gets almost nothing, while each
 * arm pays about half of the rounds: why following the leader is not enough. Shalev-Shwartz 2012, "Online learning and online convex
 * optimization", example 2.2.
 */
export function alternatingSequence(rounds: number): RewardSequence {
  if (!Number.isSafeInteger(rounds) || rounds < 1)
    throw new RangeError(`rounds must be an integer >= 1, got ${rounds}`);
  return rewardSequence(Array.from({ length: rounds }, (_, t) => (t === 0 ? [0.5, 0] : t % 2 === 1 ? [0, 1] : [1, 0])));
}
