import { Random } from "@advantage/engine";
import type { Policy } from "@advantage/rl";

/** Actions drawn to see how often each is taken. */
const DRAWS = 100;
const MAX_BARS = 12;

/** What the policy would do in the state on show: how often it takes each action when it samples, or its greedy real-valued action. */
export function ActionBars({ observation, policy }: { observation: unknown; policy: Policy }) {
  const { actionSpace } = policy;
  const greedy = policy.act(observation);
  if (actionSpace.kind === "discrete" && actionSpace.n <= MAX_BARS) {
    const random = Random.fromSeed(0);
    const counts = new Array<number>(actionSpace.n).fill(0);
    for (let draw = 0; draw < DRAWS; draw++)
      counts[(policy.act(observation, { deterministic: false, random }) as number) - actionSpace.start] += 1;
    return (
      <div
        class="actions"
        role="img"
        aria-label={`Action probabilities: ${counts.map((n, i) => `${i} ${n} %`).join(", ")}`}
      >
        {counts.map((n, i) => (
          <span key={i} class={i + actionSpace.start === greedy ? "bar greedy" : "bar"} title={`action ${i}: ${n} %`}>
            <i style={{ height: `${Math.max(2, n)}%` }} />
            <small>{i + actionSpace.start}</small>
          </span>
        ))}
      </div>
    );
  }
  if (actionSpace.kind === "box" && actionSpace.size <= MAX_BARS) {
    const values = Array.from(greedy as Float32Array);
    return (
      <div class="actions real" role="img" aria-label={`Action: ${values.map((value) => value.toFixed(2)).join(", ")}`}>
        {values.map((value, i) => {
          const [low, high] = [actionSpace.low[i], actionSpace.high[i]];
          const share = Number.isFinite(low + high) ? (value - low) / (high - low) : 0.5;
          return (
            <span key={i} class="gauge" title={`action ${i}: ${value.toFixed(3)} in [${low}, ${high}]`}>
              <i style={{ left: `${Math.min(100, Math.max(0, 100 * share))}%` }} />
              <small>{value.toFixed(2)}</small>
            </span>
          );
        })}
      </div>
    );
  }
  return null;
}
