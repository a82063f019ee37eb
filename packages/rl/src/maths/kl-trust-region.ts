import { math } from "@advantage/engine";
import { greedyPolicy } from "./finite-mdp/bellman.js";

/** One step of policy iteration that is charged for the largest KL divergence over the states. */
export interface PenalisedStep {
  /** π_old  [S·A] */
  readonly policy: Float64Array;
  /** A(s, a) of π_old  [S·A] */
  readonly advantage: Float64Array;
  /** How much each state counts: p^π_old(s) ≥ 0  [S] */
  readonly visits: Float64Array;
  readonly numActions: number;
  /** C ≥ 0 */
  readonly penalty: number;
}

/** Maximum over all policies of a surrogate less a KL penalty, with what certifies it. */
export interface PenalisedOptimum {
  /** The maximiser  [S·A] */
  readonly policy: Float64Array;
  /** Σ_s p(s) Σ_a π(a|s) A(s, a) */
  readonly gain: number;
  /** max_s KL(π_old(·|s) ‖ π(·|s)); ∞ where nothing is charged and an action is dropped. */
  readonly maxKl: number;
  /** The maximum found: gain − C·maxKl, at least 0. */
  readonly objective: number;
  /** No policy reaches more than objective + optimalityGap: a certificate by duality. */
  readonly optimalityGap: number;
}

/**
 * The maximiser over all policies of
 *
 *     f(π) = Σ_s p(s) Σ_a π(a|s) A(s, a) − C·max_s KL(π_old(·|s) ‖ π(·|s)),
 *
 * line 4 of algorithm 1 of Schulman et al. 2015 (arXiv:1502.05477), solved exactly.
 *
 * The states meet only in the largest divergence δ. Given δ, each state has a problem of its own,
 *
 *     g_s(δ) = max_π { Σ_a π(a) A(s, a) : KL(π_old(·|s) ‖ π) ≤ δ },
 *
 * whose stationary points are π(a) = μ·π_old(a)/(κ − A(a)) with κ > max_a A(a): one number κ, found from KL = δ, and μ = g_s′(δ) makes
 * the probabilities sum to 1. What is left, max_δ Σ_s p(s) g_s(δ) − C δ, is concave in one variable with the derivative
 * Σ_s p(s) μ_s(δ) − C, which falls from ∞ (where some advantage is not 0) to 0: its root is found by Newton's method.
 *
 * Certificate: for all weights w_s ≥ 0 with Σ_s w_s ≤ C,  max f ≤ Σ_s max_π [p(s) ⟨π, A(s, ·)⟩ − w_s KL_s]. With w_s = p(s) μ_s the inner
 * maxima are attained by the policies found, so that max f − f(found) ≤ C·max KL − Σ_s w_s KL_s.
 *
 * States that are never visited (p = 0) take the same step: it costs nothing, and no state's value falls.
 * Advantages of the size of rounding (1e-13 of the largest) count as 0.
 */
export function maximisePenalised({ policy, advantage, visits, numActions, penalty }: PenalisedStep): PenalisedOptimum {
  requireStep({ policy, advantage, visits, numActions, penalty });
  const states = problems({ policy, advantage, visits, numActions });
  if (states.length === 0) return standingStill(policy);
  if (penalty === 0 || states.every(({ weight }) => weight === 0)) {
    return unpenalised({ policy, advantage, visits, numActions, penalty });
  }

  solveAll(states, penalty);
  const next = policy.slice();
  let gain = 0;
  let maxKl = 0;
  let charged = 0;
  for (const state of states) {
    writePolicy(state, next);
    gain += state.weight * state.gain;
    maxKl = Math.max(maxKl, state.kl);
    charged += state.weight * state.multiplier * state.kl;
  }
  const objective = gain - penalty * maxKl;
  if (!(objective > 0)) return standingStill(policy);
  return { policy: next, gain, maxKl, objective, optimalityGap: Math.max(0, penalty * maxKl - charged) };
}

function standingStill(policy: Float64Array): PenalisedOptimum {
  return { policy: policy.slice(), gain: 0, maxKl: 0, objective: 0, optimalityGap: 0 };
}

/** The problem of a state in which some advantage is not 0, and its solution for the radius tried last. */
interface StateProblem {
  readonly row: number;
  /** p(s) */
  readonly weight: number;
  /** π_old(a|s)  [A] */
  readonly old: Float64Array;
  /** A(s, a), Σ_a π_old(a|s) A(s, a) = 0 to the last bit that counts  [A] */
  readonly advantage: Float64Array;
  /** max_a A(s, a) > 0 */
  readonly best: number;
  /** Whether π_old never takes the actions that attain it. */
  readonly bestIsNew: boolean;
  /** log(κ − max_a A): where the search goes on from. */
  v: number;
  /** Share of the mass that is left for actions that π_old never takes, if one of them is the best. */
  rest: number;
  kl: number;
  /** g_s(δ) */
  gain: number;
  /** μ = g_s′(δ) */
  multiplier: number;
  /** μ′(δ) */
  curvature: number;
}

function problems({ policy, advantage, visits, numActions }: Omit<PenalisedStep, "penalty">): StateProblem[] {
  let scale = 0;
  for (const value of advantage) scale = Math.max(scale, Math.abs(value));
  const states: StateProblem[] = [];
  for (let row = 0; row < policy.length; row += numActions) {
    const old = policy.slice(row, row + numActions);
    const own = advantage.slice(row, row + numActions);
    let mean = 0;
    for (let a = 0; a < numActions; a++) mean += old[a] * own[a];
    let best = -Infinity;
    for (let a = 0; a < numActions; a++) {
      own[a] -= mean;
      best = Math.max(best, own[a]);
    }
    if (!(best > 1e-13 * scale)) continue;
    const weight = visits[row / numActions];
    const bestIsNew = own.every((value, a) => value < best || old[a] === 0);
    const empty = { rest: 0, kl: 0, gain: 0, multiplier: 0, curvature: 0 };
    states.push({ row, weight, old, advantage: own, best, bestIsNew, v: Number.NaN, ...empty });
  }
  return states;
}

/** The δ at which Σ_s p(s) μ_s(δ) = C, from the side on which it is at most C; leaves every state solved for it. */
function solveAll(states: readonly StateProblem[], penalty: number): void {
  // For small δ, μ_s = √(Var_s/(2δ)) with Var_s the variance of the advantages: the first guess.
  let spread = 0;
  for (const state of states) spread += state.weight * Math.sqrt(variance(state) / 2);
  let delta = spread > 0 ? Math.min((spread / penalty) * (spread / penalty), 4) : 1;
  let low = 0; // Σ p μ > C
  let high = Infinity; // Σ p μ ≤ C
  for (let iteration = 0; iteration < 100; iteration++) {
    const { sum, slope } = priceAt(states, delta);
    if (sum <= penalty) {
      if (penalty - sum <= 1e-12 * penalty) return;
      high = delta;
    } else {
      low = delta;
    }
    if (high <= low * (1 + 1e-15)) break;
    // Newton on log Σ p μ, which is nearly straight in log δ for small δ and in δ for large; aimed a little to the feasible side.
    const change = (math.log((penalty * (1 - 3e-13)) / sum) * sum) / slope;
    delta = change > 0 ? delta * math.exp(Math.min(change / delta, 3)) : delta + change;
    if (!(delta > low && delta < high)) {
      delta = high === Infinity ? 4 * low : low === 0 ? high / 4 : Math.sqrt(low) * Math.sqrt(high);
    }
  }
  priceAt(states, high);
}

/** Σ_s p(s) μ_s(δ), and its derivative. */
function priceAt(states: readonly StateProblem[], delta: number): { sum: number; slope: number } {
  let sum = 0;
  let slope = 0;
  for (const state of states) {
    solveState(state, delta);
    sum += state.weight * state.multiplier;
    slope += state.weight * state.curvature;
  }
  return { sum, slope };
}

/** Solves KL = δ for the state: Newton's method on log KL in v = log(κ − max A), inside a bracket. */
function solveState(state: StateProblem, delta: number): void {
  const { best } = state;
  if (Number.isNaN(state.v)) {
    const kappa = Math.sqrt(variance(state) / (2 * delta)); // KL ≈ Var/(2κ²)
    state.v = math.log(Math.max(kappa - best, 1e-3 * best));
  }
  let low = math.log(best) - 300; // KL above δ, or as far as it goes: then all of the mass is on the best actions
  let high = Infinity;
  let v = Math.max(state.v, low);
  for (let iteration = 0; iteration < 200; iteration++) {
    const slope = tryAt(state, v); // dKL/dv < 0
    const error = state.kl - delta;
    if (Math.abs(error) <= 4e-16 * delta) break;
    if (error > 0) low = v;
    else high = v;
    let next = v - (math.log(state.kl / delta) * state.kl) / slope;
    if (!(next > low && next < high)) next = high === Infinity ? v + 2 : (low + high) / 2;
    if (next === v || high - low <= 1e-15 * Math.abs(v)) break;
    v = next;
  }
  state.v = v;
  if (state.kl >= delta * (1 - 1e-6)) return;
  if (state.bestIsNew) exceedSupport(state, delta);
  else state.curvature = 0; // nothing is left to give to the best actions
}

/**
 * The policy π(a) = π_old(a)/(w(a) Z) with w(a) = (κ − A(a))/κ, Z = Σ_a π_old(a)/w(a), its divergence, gain, multiplier and their slopes.
 * With x = w − 1 = −A/κ and Σ π_old x = 0:  Z − 1 = Σ π_old x²/w,  KL = Σ π_old (log w − x) + log Z,  gain = κ (Z − 1)/Z,  μ = κ/Z,
 * nothing of which cancels for small steps.
 *
 * @returns dKL/dv
 */
function tryAt(state: StateProblem, v: number): number {
  const { old, advantage, best } = state;
  const u = math.exp(v);
  const kappa = best + u;
  let excess = 0; // Z − 1
  let logs = 0;
  for (let a = 0; a < old.length; a++) {
    if (old[a] === 0) continue;
    const x = -advantage[a] / kappa;
    const w = (u + (best - advantage[a])) / kappa;
    excess += (old[a] * x * x) / w;
    logs += old[a] * logMinus(x, w);
  }
  const z = 1 + excess;
  let spread = 0; // Var(1/w) = Σ π_old (1/w − Z)²
  let second = 0; // Σ π_old/w²
  for (let a = 0; a < old.length; a++) {
    if (old[a] === 0) continue;
    const x = -advantage[a] / kappa;
    const w = (u + (best - advantage[a])) / kappa;
    const distance = -x / w - excess; // 1/w − Z
    spread += old[a] * distance * distance;
    second += old[a] / (w * w);
  }
  state.rest = 0;
  state.kl = Math.max(0, logs + math.log1p(excess));
  state.gain = (kappa * excess) / z;
  state.multiplier = kappa / z;
  state.curvature = (-state.multiplier * second) / spread;
  return (-u * spread) / (kappa * z);
}

/**
 * The best action is one that π_old never takes, and the ball is so large that κ = max A: the actions that π_old takes share
 * μ Σ π_old/(κ − A), with log μ = Σ π_old log(κ − A) − δ from KL = δ; the rest goes to the best one.
 */
function exceedSupport(state: StateProblem, delta: number): void {
  const { old, advantage, best } = state;
  let logs = 0;
  let z = 0;
  let mean = 0;
  for (let a = 0; a < old.length; a++) {
    if (old[a] === 0) continue;
    logs += old[a] * math.log(best - advantage[a]);
    z += old[a] / (best - advantage[a]);
    mean += (old[a] * advantage[a]) / (best - advantage[a]);
  }
  const multiplier = math.exp(logs - delta);
  state.rest = 1 - multiplier * z;
  state.kl = delta;
  state.gain = multiplier * mean + state.rest * best;
  state.multiplier = multiplier;
  state.curvature = -multiplier;
}

function writePolicy({ row, old, advantage, best, v, rest, multiplier }: StateProblem, out: Float64Array): void {
  const u = rest > 0 ? 0 : math.exp(v);
  let sum = 0;
  let ties = 0;
  for (let a = 0; a < old.length; a++) {
    out[row + a] = old[a] === 0 ? 0 : (multiplier * old[a]) / (u + (best - advantage[a]));
    sum += out[row + a];
    if (rest > 0 && advantage[a] === best) ties += 1;
  }
  if (rest > 0) for (let a = 0; a < old.length; a++) if (advantage[a] === best) out[row + a] += rest / ties;
  const total = rest > 0 ? sum + rest : sum; // 1, but for rounding
  for (let a = 0; a < old.length; a++) out[row + a] /= total;
}

/** Nothing is charged: the greedy policy. */
function unpenalised({ policy, advantage, visits, numActions }: PenalisedStep): PenalisedOptimum {
  const next = greedyPolicy(advantage, numActions);
  let gain = 0;
  let maxKl = 0;
  for (let row = 0; row < policy.length; row += numActions) {
    let kl = 0;
    for (let i = row; i < row + numActions; i++) {
      gain += visits[row / numActions] * next[i] * advantage[i];
      if (policy[i] > 0) kl += next[i] > 0 ? policy[i] * math.log(policy[i] / next[i]) : Infinity;
    }
    maxKl = Math.max(maxKl, kl);
  }
  return { policy: next, gain, maxKl, objective: gain, optimalityGap: 0 };
}

function variance({ old, advantage }: StateProblem): number {
  let sum = 0;
  for (let a = 0; a < old.length; a++) sum += old[a] * advantage[a] * advantage[a];
  // Only an action that π_old never takes is better than the others.
  return sum > 0 ? sum : Number.MIN_VALUE;
}

/** log(w) − x for w = 1 + x, without cancellation for small x: −x²/2 + x³/3 − … */
function logMinus(x: number, w: number): number {
  if (Math.abs(x) > 0.05) return math.log(w) - x;
  let sum = 0;
  for (let n = 13; n >= 2; n--) sum = x * ((n % 2 === 0 ? -1 : 1) / n + sum);
  return x * sum;
}

function requireStep({ policy, advantage, visits, numActions, penalty }: PenalisedStep): void {
  if (advantage.length !== policy.length) {
    throw new RangeError(`advantage must hold ${policy.length} numbers, got ${advantage.length}`);
  }
  if (visits.length * numActions !== policy.length) {
    throw new RangeError(`visits must hold ${policy.length / numActions} numbers, got ${visits.length}`);
  }
  if (!(penalty >= 0 && penalty < Infinity)) throw new RangeError(`penalty must be >= 0 and finite, got ${penalty}`);
}
