import { largest, Random, smallest } from "@advantage/engine";
import type { RestorableEnv } from "@advantage/envs";
import { type Explanation, type Memory, type Policy, readable } from "@advantage/rl";

/** Draws that stand for the probabilities of a policy that cannot name them. */
const DRAWS = 100;
const MAX_BARS = 12;

interface Shown {
  readonly observation: unknown;
  readonly policy: Policy;
  /** What a policy that remembers knew before it saw this observation. */
  readonly memory: Memory | undefined;
  /** What a policy that looks ahead does so in, in the state on show. */
  readonly env: RestorableEnv | undefined;
  /** What the discrete actions do; absent where that is not known. */
  readonly actionNames: readonly string[] | undefined;
}

/** What the policy makes of the state on show: how likely each action is and what it is worth, or where its real-valued actions lie. */
export function ExplanationBars({ observation, policy, memory, env, actionNames }: Shown) {
  const { actionSpace } = policy;
  const explanation = policy.explain?.(observation, { memory, env }) ?? {};
  const act = (random?: Random) =>
    policy.act(observation, { deterministic: random === undefined, random, memory: memory?.copy(), env });
  if (actionSpace.kind === "discrete" && actionSpace.n <= MAX_BARS) {
    const greedy = (act() as number) - actionSpace.start;
    const shares = Array.from(explanation.probabilities ?? drawn(act, actionSpace.n, actionSpace.start));
    const { actionValues, returns } = explanation;
    const nameOf = (i: number) => actionNames?.[i] ?? String(i + actionSpace.start);
    return (
      <>
        <div
          class="actions"
          role="img"
          aria-label={`Action probabilities: ${shares.map((share, i) => `${nameOf(i)} ${percent(share)}`).join(", ")}`}
        >
          {shares.map((share, i) => (
            <span key={i} class={i === greedy ? "bar greedy" : "bar"} title={`${nameOf(i)}: ${percent(share)}`}>
              <small>{actionValues ? readable(actionValues[i]) : percent(share)}</small>
              <i style={{ height: `${Math.max(2, 36 * share)}px` }} />
              <small class={actionNames ? "named" : ""}>{nameOf(i)}</small>
            </span>
          ))}
        </div>
        {returns && <ReturnHistograms returns={returns} greedy={greedy} />}
      </>
    );
  }
  if (actionSpace.kind === "box" && actionSpace.size <= MAX_BARS) {
    const values = Array.from(act() as Float32Array);
    return (
      <div class="actions real" role="img" aria-label={`Action: ${values.map((value) => value.toFixed(2)).join(", ")}`}>
        {values.map((value, i) => {
          const [low, high] = [actionSpace.low[i], actionSpace.high[i]];
          const bounded = Number.isFinite(low + high);
          const share = (of: number) => (bounded ? 100 * Math.min(1, Math.max(0, (of - low) / (high - low))) : 50);
          const std = explanation.gaussian?.std[i];
          const mean = explanation.gaussian?.mean[i] ?? value;
          return (
            <span key={i} class="gauge" title={`action ${i}: ${value.toFixed(3)} in [${low}, ${high}]`}>
              {std !== undefined && bounded && (
                <u style={{ left: `${share(mean - std)}%`, right: `${100 - share(mean + std)}%` }} />
              )}
              <i style={{ left: `${share(value)}%` }} />
              <small>
                {value.toFixed(2)}
                {std === undefined ? "" : ` ± ${std.toFixed(2)}`}
              </small>
            </span>
          );
        })}
      </div>
    );
  }
  return null;
}

/** The return's distribution under each action: C51's histogram over its fixed places, QR-DQN's quantiles binned. */
function ReturnHistograms({ returns, greedy }: { returns: NonNullable<Explanation["returns"]>; greedy: number }) {
  const all = returns.flatMap(({ at }) => Array.from(at));
  const [low, high] = [smallest(all), largest(all)];
  const bins = 40;
  return (
    <div class="returns">
      {returns.map(({ at, mass }, action) => {
        const heights = new Array<number>(bins).fill(0);
        Array.from(at).forEach((place, i) => {
          const bin = high > low ? Math.min(bins - 1, Math.floor(((place - low) / (high - low)) * bins)) : 0;
          heights[bin] += mass[i];
        });
        const top = Math.max(largest(heights), 1e-9);
        return (
          <svg
            key={action}
            class={action === greedy ? "greedy" : ""}
            viewBox={`0 0 ${bins} 20`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`Return of action ${action}, from ${readable(low)} to ${readable(high)}`}
          >
            <title>{`return of action ${action}, ${readable(low)} to ${readable(high)}`}</title>
            {heights.map((height, i) => (
              <rect key={i} x={i} y={20 - (20 * height) / top} width="0.9" height={(20 * height) / top} />
            ))}
          </svg>
        );
      })}
    </div>
  );
}

function drawn(act: (random: Random) => unknown, n: number, start: number): number[] {
  const random = Random.fromSeed(0);
  const counts = new Array<number>(n).fill(0);
  for (let draw = 0; draw < DRAWS; draw++) counts[(act(random) as number) - start] += 1 / DRAWS;
  return counts;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
