import { placeText, stepUnderWay, type WatchedPlace } from "@advantage/rl";

/** Milliseconds between two looks, at most. */
const LOOK_EVERY = 1000;

/**
 * Looks again and again at where environments are stepped, until one and the same step has been under way for so long. It counts its looks, not the
 * clock: a process that was suspended has not waited.
 *
 * @param places   may grow meanwhile
 * @param seconds  that a step may take
 * @param tell     is told once which step it is, in the beginning of a sentence
 * @returns what ends it
 */
export function limitSteps(
  places: readonly WatchedPlace[],
  seconds: number,
  tell: (sentence: string) => void,
): () => void {
  const every = Math.min(LOOK_EVERY, 250 * seconds);
  const seen = new Map<WatchedPlace, { readonly step: number; readonly looks: number }>();
  const timer = setInterval(() => {
    for (const place of places) {
      const step = stepUnderWay(place);
      if (step === undefined) {
        seen.delete(place);
        continue;
      }
      const before = seen.get(place);
      const looks = before?.step === step ? before.looks + 1 : 0;
      seen.set(place, { step, looks });
      if (looks * every < 1000 * seconds) continue;
      clearInterval(timer);
      tell(`${placeText(place)} has not returned for ${seconds} ${seconds === 1 ? "second" : "seconds"}`);
      return;
    }
  }, every);
  return () => clearInterval(timer);
}
