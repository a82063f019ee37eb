import type { Random } from "@advantage/engine";
import type { BoxActionEnv, Step } from "../env.js";
import { ConfigError } from "../errors.js";
import { rectangle } from "../finite-mdp/layout-scene.js";
import { requireIndex } from "../finite-mdp/sample-env.js";
import { display } from "../flatten.js";
import type { Scene, Shape } from "../scene.js";
import { type FieldsOf, int, numbers, optional, real, schema } from "../schema.js";
import { box } from "../spaces/box.js";
import { type Discrete, discrete } from "../spaces/discrete.js";
import { describeSpace } from "../spaces/space.js";

/** Options of the quadratic bandit. */
export interface QuadraticBanditOptions {
  /** λ: how steeply the reward falls along each axis, all above 0  [d]. Default: 1, 100. */
  readonly curvatures?: readonly number[];
  /** a*: the best action, in [−1, 1]  [d]. Default: 0.6 and −0.6 in turn. */
  readonly best?: readonly number[];
  /** Standard deviation of a normal variate added to every reward. Default: 0. */
  readonly noise?: number;
  /** Default: 1000. */
  readonly rounds?: number;
}

/** Schema of the options of the quadratic bandit: types, ranges, defaults. */
export const quadraticBanditConfig = schema(
  {
    curvatures: numbers({
      default: [1, 100],
      above: 0,
      symbol: "λ",
      help: "how steeply the reward falls along each axis",
    }),
    best: optional(
      numbers({
        min: -1,
        max: 1,
        symbol: "a*",
        help: "the best action, a number for each axis; none: 0.6 and −0.6 in turn",
      }),
    ),
    noise: real({ default: 0, min: 0, help: "standard deviation of a normal variate added to every reward" }),
    rounds: int({ default: 1000, min: 1, symbol: "T", help: "rounds of an episode" }),
  } satisfies FieldsOf<QuadraticBanditOptions>,
  "QuadraticBandit-v0",
);

/** A bandit whose actions are points; what it knows of itself is for judging a learner. */
export interface QuadraticBanditEnv extends BoxActionEnv<number> {
  readonly observationSpace: Discrete;
  /** a*  [d] */
  readonly bestAction: readonly number[];
  /** 𝔼[r | a]; of the nearest point of the box for one outside. */
  meanReward(action: ArrayLike<number>): number;
  /** The largest slope of the mean reward in the box. */
  readonly lipschitz: number;
  snapshot(): QuadraticBanditSnapshot;
  restore(snapshot: unknown, rng: Random): void;
  render(): Scene;
  fresh(): QuadraticBanditEnv;
}

/** State of the quadratic bandit as it is kept in a checkpoint. */
export interface QuadraticBanditSnapshot {
  /** Rounds played since the reset. */
  readonly round: number;
  /** The point played last, before it was brought into the box  [d]; empty before the first. */
  readonly action: readonly number[];
}

/**
 * `QuadraticBandit-v0`: points of [−1, 1]^d are actions, and what one pays falls with the square of its distance from the best, along each axis
 * as steeply as its curvature says:
 *
 *     r(a) = 1 − Σᵢ λᵢ (aᵢ − a*ᵢ)² / Z,    Z = Σᵢ λᵢ (1 + |a*ᵢ|)²: from 0 in the farthest corner to 1.
 *
 * The ratio of the curvatures is the condition number of the problem. An episode is `rounds` steps in the one state 0, then it is truncated.
 */
export function quadraticBandit(options: QuadraticBanditOptions = {}): QuadraticBanditEnv {
  const config = quadraticBanditConfig.parse(options);
  const { curvatures, noise, rounds, best = curvatures.map((_, i) => (i % 2 === 0 ? 0.6 : -0.6)) } = config;
  requireAxes(curvatures, best);
  const id = "QuadraticBandit-v0";
  const size = curvatures.length;
  const largest = curvatures.reduce((sum, curvature, i) => sum + curvature * (1 + Math.abs(best[i])) ** 2, 0);
  const observationSpace = discrete(1);
  const actionSpace = box({ low: -1, high: 1, shape: [size] });
  let rng: Random | undefined;
  let round = 0;
  let played: readonly number[] = [];

  const meanReward = (action: ArrayLike<number>) => {
    let loss = 0;
    for (let i = 0; i < size; i++) {
      const distance = Math.min(Math.max(action[i], -1), 1) - best[i];
      loss += curvatures[i] * distance * distance;
    }
    return 1 - loss / largest;
  };
  const slopes = curvatures.map((curvature, i) => (2 * curvature * (1 + Math.abs(best[i]))) / largest);

  return {
    id,
    observationSpace,
    actionSpace,
    options: quadraticBanditConfig.changes(config),
    bestAction: best,
    meanReward,
    lipschitz: Math.sqrt(slopes.reduce((sum, slope) => sum + slope * slope, 0)),
    reset(stream) {
      rng = stream;
      round = 0;
      played = [];
      return 0;
    },
    step(action): Step<number> {
      if (rng === undefined) throw new Error(`${id}: call reset(rng) before step(action)`);
      if (action?.length !== size || !Array.from(action).every(Number.isFinite)) {
        throw new RangeError(
          `${id}: action must be finite and of ${describeSpace(actionSpace)}, got ${display(action)}`,
        );
      }
      round += 1;
      played = Array.from(action);
      const reward = meanReward(action) + (noise === 0 ? 0 : noise * rng.normal());
      return { observation: 0, reward, terminated: false, truncated: round >= rounds };
    },
    snapshot: () => ({ round, action: [...played] }),
    restore(snapshot, stream) {
      const saved = snapshot as QuadraticBanditSnapshot;
      requireIndex(id, "round", saved?.round, Number.MAX_SAFE_INTEGER);
      const finite = Array.isArray(saved.action) && saved.action.every(Number.isFinite);
      if (!finite || (saved.action.length !== size && saved.action.length !== 0)) {
        throw new RangeError(`${id}: the snapshot's action must be ${size} finite numbers or none`);
      }
      rng = stream;
      round = saved.round;
      played = [...saved.action];
    },
    render: () => scene(best, played, round),
    fresh: () => quadraticBandit(config),
  };
}

/** The first two axes: the box, the best point and the one played last. */
function scene(best: readonly number[], played: readonly number[], round: number): Scene {
  const at = (point: readonly number[]): readonly [number, number] => [
    Math.min(Math.max(point[0], -1), 1),
    point.length > 1 ? Math.min(Math.max(point[1], -1), 1) : 0,
  ];
  const shapes: Shape[] = [
    { kind: "polygon", points: rectangle(-1, -1, 1, 1), fill: "faint" },
    { kind: "circle", centre: at(best), radius: 0.06, fill: "muted" },
    { kind: "text", at: [0, 1.12], text: `round ${round}`, size: 0.12, colour: "ink" },
  ];
  if (played.length > 0) shapes.push({ kind: "circle", centre: at(played), radius: 0.04, fill: "accent" });
  return { view: [-1.2, -1.2, 1.2, 1.3], shapes };
}

function requireAxes(curvatures: readonly number[], best: readonly number[]): void {
  if (curvatures.length === 0) throw new ConfigError(["curvatures must be at least one number, got none"]);
  if (best.length !== curvatures.length) {
    throw new ConfigError([`best must be ${curvatures.length} numbers, one for each curvature, got ${display(best)}`]);
  }
}
