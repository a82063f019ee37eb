import { math } from "@advantage/engine";

type Floats = Float32Array | Float64Array;

function requireLength(name: string, array: { readonly length: number }, length: number): void {
  if (array.length !== length) throw new RangeError(`${name} must hold T = ${length} elements, got ${array.length}`);
}

function requireShare(name: string, value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be in [0, 1], got ${value}`);
}

/**
 * Discounted return of a whole episode:  G₀ = Σₜ γᵗ rₜ.  Sutton & Barto 2018, eq. 3.8.
 *
 * @param rewards   rₜ  [T]
 * @param discount  γ in [0, 1]
 */
export function discountedReturn({
  rewards,
  discount,
}: {
  readonly rewards: ArrayLike<number>;
  readonly discount: number;
}): number {
  requireShare("discount", discount);
  let value = 0;
  for (let t = rewards.length - 1; t >= 0; t--) value = rewards[t] + discount * value;
  return value;
}

/**
 * γᵗ, what a step counts for in the discounted return of its episode. Sutton & Barto 2018, section 13.3.
 *
 * @param times     t of each step within its episode  [B]
 * @param discount  γ in [0, 1]
 */
export function discountWeights({
  times,
  discount,
}: {
  readonly times: ArrayLike<number>;
  readonly discount: number;
}): Float32Array {
  requireShare("discount", discount);
  return Float32Array.from(times, (t) => (t === 0 ? 1 : math.pow(discount, t)));
}

/**
 * Reward to go from every step of one stretch of experience:  Gₜ = rₜ + γ Gₜ₊₁,  G_T = `bootstrap`.
 * Sutton & Barto 2018, eq. 3.9.
 *
 * @param rewards    rₜ  [T]
 * @param discount   γ in [0, 1]
 * @param bootstrap  V(s_T), the value of the state in which the stretch was cut; 0 where the episode terminated
 * @param returns    Gₜ, written and returned  [T]; may be `rewards` itself
 */
export function rewardToGo<Out extends Floats = Float64Array>({
  rewards,
  discount,
  bootstrap = 0,
  returns = new Float64Array(rewards.length) as Out,
}: {
  readonly rewards: ArrayLike<number>;
  readonly discount: number;
  readonly bootstrap?: number;
  readonly returns?: Out;
}): Out {
  requireShare("discount", discount);
  requireLength("returns", returns, rewards.length);
  let value = bootstrap;
  for (let t = rewards.length - 1; t >= 0; t--) {
    value = rewards[t] + discount * value;
    returns[t] = value;
  }
  return returns;
}

/**
 * n-step returns:  Gₜ = Σₖ₌₀ᵐ⁻¹ γᵏ rₜ₊ₖ + γᵐ V(sₜ₊ₘ),  m ≤ n steps. The sum stops early where an episode ends and at the end of the
 * arrays; the value is left out where the episode terminated and kept where it was truncated.
 * Sutton & Barto 2018, eq. 7.1.
 *
 * @param rewards     rₜ  [T]
 * @param nextValues  V of the state that step t really led to, before any reset  [T]
 * @param terminated  1 where the task ended  [T]
 * @param truncated   1 where the episode was cut  [T]
 * @param discount    γ in [0, 1]
 * @param n           ≥ 1
 * @param returns     Gₜ, written and returned  [T]
 */
export function nStepReturns<Out extends Floats = Float64Array>({
  rewards,
  nextValues,
  terminated,
  truncated,
  discount,
  n,
  returns = new Float64Array(rewards.length) as Out,
}: {
  readonly rewards: ArrayLike<number>;
  readonly nextValues: ArrayLike<number>;
  readonly terminated: ArrayLike<number>;
  readonly truncated: ArrayLike<number>;
  readonly discount: number;
  readonly n: number;
  readonly returns?: Out;
}): Out {
  const length = rewards.length;
  requireLength("nextValues", nextValues, length);
  requireLength("terminated", terminated, length);
  requireLength("truncated", truncated, length);
  requireLength("returns", returns, length);
  requireShare("discount", discount);
  if (!Number.isInteger(n) || n < 1) throw new RangeError(`n must be an integer >= 1, got ${n}`);
  for (let t = 0; t < length; t++) {
    let last = t; // t + m − 1
    while (last < t + n - 1 && last < length - 1 && !terminated[last] && !truncated[last]) last++;
    let value = terminated[last] ? 0 : nextValues[last];
    for (let k = last; k >= t; k--) value = rewards[k] + discount * value;
    returns[t] = value;
  }
  return returns;
}

/**
 * λ-returns:  G^λₜ = rₜ + γ[(1 − λ) V(sₜ₊₁) + λ G^λₜ₊₁].  A step that terminates has rₜ alone; after a truncated step, and after
 * the last one, V(sₜ₊₁) stands for the rest. λ = 0 is the one-step target, λ = 1 the bootstrapped Monte Carlo return.
 * Sutton & Barto 2018, eq. 12.20.
 *
 * @param rewards     rₜ  [T]
 * @param nextValues  V of the state that step t really led to, before any reset  [T]
 * @param terminated  1 where the task ended  [T]
 * @param truncated   1 where the episode was cut  [T]; none if left out
 * @param discount    γ in [0, 1]
 * @param lambda      λ in [0, 1]
 * @param returns     G^λₜ, written and returned  [T]
 */
export function lambdaReturns<Out extends Floats = Float64Array>({
  rewards,
  nextValues,
  terminated,
  truncated,
  discount,
  lambda,
  returns = new Float64Array(rewards.length) as Out,
}: {
  readonly rewards: ArrayLike<number>;
  readonly nextValues: ArrayLike<number>;
  readonly terminated: ArrayLike<number>;
  readonly truncated?: ArrayLike<number>;
  readonly discount: number;
  readonly lambda: number;
  readonly returns?: Out;
}): Out {
  const length = rewards.length;
  requireLength("nextValues", nextValues, length);
  requireLength("terminated", terminated, length);
  if (truncated !== undefined) requireLength("truncated", truncated, length);
  requireLength("returns", returns, length);
  requireShare("discount", discount);
  requireShare("lambda", lambda);
  let next = length > 0 ? nextValues[length - 1] : 0; // G^λ of the step after
  for (let t = length - 1; t >= 0; t--) {
    if (terminated[t]) next = rewards[t];
    else if (truncated?.[t]) next = rewards[t] + discount * nextValues[t];
    else next = rewards[t] + discount * ((1 - lambda) * nextValues[t] + lambda * next);
    returns[t] = next;
  }
  return returns;
}
