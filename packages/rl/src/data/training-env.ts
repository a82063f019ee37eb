import type { Random } from "@advantage/engine";
import type { ActionBatch, VectorEnv } from "@advantage/envs";
import type { EpisodeEnd } from "../core/algorithm.js";
import { pulse } from "../core/pulse.js";
import type { FrozenNormaliser } from "../maths/normaliser.js";
import { RunningMoments, type RunningMomentsState } from "./running-moments.js";

/** What a training environment does to observations and rewards. */
export interface TrainingEnvOptions {
  readonly normaliseObservation: boolean;
  readonly normaliseReward: boolean;
  /** γ of the running return whose variance scales the rewards. */
  readonly discount: number;
}

/** Limit of normalised observations and rewards; Stable-Baselines3's `VecNormalize`. */
const normalisedLimit = 10;

/**
 * The environments as a learner sees them: observations and rewards normalised by running statistics where asked for, and
 * finished episodes counted in raw rewards. Same arrays and same autoreset rule as the `VectorEnv` underneath.
 */
export class TrainingEnv {
  /** What the next action is chosen from [N × size]. */
  readonly observation: Float32Array;
  /** True successors [N × size]. */
  readonly nextObservation: Float32Array;
  /** [N] */
  readonly reward: Float64Array;
  readonly #env: VectorEnv;
  readonly #options: TrainingEnvOptions;
  readonly #moments: RunningMoments | null;
  readonly #returnMoments: RunningMoments | null;
  readonly #discountedReturn: Float64Array;
  readonly #episodeReturn: Float64Array;
  readonly #episodeLength: Int32Array;
  #finished: EpisodeEnd[] = [];

  /** Starts all episodes from `random`. */
  constructor(env: VectorEnv, random: Random, options: TrainingEnvOptions) {
    const { numEnvs, observationSize } = env;
    this.#env = env;
    this.#options = options;
    this.#moments = options.normaliseObservation ? new RunningMoments(observationSize) : null;
    this.#returnMoments = options.normaliseReward ? new RunningMoments(1) : null;
    this.#discountedReturn = new Float64Array(numEnvs);
    this.#episodeReturn = new Float64Array(numEnvs);
    this.#episodeLength = new Int32Array(numEnvs);
    this.observation = options.normaliseObservation ? new Float32Array(env.observation.length) : env.observation;
    this.nextObservation = options.normaliseObservation
      ? new Float32Array(env.observation.length)
      : env.nextObservation;
    this.reward = options.normaliseReward ? new Float64Array(numEnvs) : env.reward;
    env.reset(random);
    this.#normaliseObservations();
  }

  /** Drops the episodes that are running and starts new ones from `random`. */
  restart(random: Random): void {
    this.#env.reset(random);
    for (const record of [this.#discountedReturn, this.#episodeReturn, this.#episodeLength]) record.fill(0);
    this.#normaliseObservations();
  }

  get numEnvs(): number {
    return this.#env.numEnvs;
  }

  get observationSize(): number {
    return this.#env.observationSize;
  }

  /** Steps that the running episodes have behind them [N]. */
  get episodeLength(): Int32Array {
    return this.#episodeLength;
  }

  get terminated(): Uint8Array {
    return this.#env.terminated;
  }

  get truncated(): Uint8Array {
    return this.#env.truncated;
  }

  /** @param step environment steps done before this one, for the record of finished episodes */
  step(actions: ActionBatch, step: number): void {
    const env = this.#env;
    env.step(actions);
    pulse();
    for (let i = 0; i < env.numEnvs; i++) {
      this.#episodeReturn[i] += env.reward[i];
      this.#episodeLength[i] += 1;
      this.#discountedReturn[i] = this.#discountedReturn[i] * this.#options.discount + env.reward[i];
    }
    if (this.#returnMoments !== null) this.#normaliseRewards(this.#returnMoments);
    this.#normaliseObservations();
    this.#moments?.normalise(env.nextObservation, this.nextObservation, env.numEnvs, normalisedLimit);
    for (let i = 0; i < env.numEnvs; i++) {
      if (env.terminated[i] === 0 && env.truncated[i] === 0) continue;
      this.#finished.push({ step: step + i + 1, return: this.#episodeReturn[i], length: this.#episodeLength[i] });
      this.#episodeReturn[i] = 0;
      this.#episodeLength[i] = 0;
      this.#discountedReturn[i] = 0;
    }
  }

  /** The episodes that ended since the last call. */
  takeFinished(): readonly EpisodeEnd[] {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** The observation statistics as a policy carries them; null without normalisation. */
  frozenNormaliser(): FrozenNormaliser | null {
    const moments = this.#moments;
    if (moments === null) return null;
    return { mean: moments.mean.slice(), variance: moments.variance.slice(), clip: normalisedLimit };
  }

  /** Observations are normalised from here on by statistics that another run has gathered, and that go on. */
  takeObservationMoments(gathered: RunningMomentsState): void {
    this.#moments?.restore(gathered);
    this.#moments?.normalise(this.#env.observation, this.observation, this.numEnvs, normalisedLimit);
  }

  get normalisesObservations(): boolean {
    return this.#moments !== null;
  }

  snapshot(): unknown {
    return {
      env: this.#env.snapshot(),
      moments: this.#moments?.snapshot() ?? null,
      returnMoments: this.#returnMoments?.snapshot() ?? null,
      observation: this.observation.slice(),
      discountedReturn: this.#discountedReturn.slice(),
      episodeReturn: this.#episodeReturn.slice(),
      episodeLength: this.#episodeLength.slice(),
      finished: this.#finished.map((episode) => ({ ...episode })),
    };
  }

  restore(snapshot: unknown): void {
    const saved = snapshot as {
      env: unknown;
      moments: RunningMomentsState | null;
      returnMoments: RunningMomentsState | null;
      observation: Float32Array;
      discountedReturn: Float64Array;
      episodeReturn: Float64Array;
      episodeLength: Int32Array;
      finished: EpisodeEnd[];
    };
    this.#env.restore(saved.env);
    if (saved.moments !== null) this.#moments?.restore(saved.moments);
    if (saved.returnMoments !== null) this.#returnMoments?.restore(saved.returnMoments);
    this.observation.set(saved.observation);
    this.#discountedReturn.set(saved.discountedReturn);
    this.#episodeReturn.set(saved.episodeReturn);
    this.#episodeLength.set(saved.episodeLength);
    this.#finished = saved.finished.map((episode) => ({ ...episode }));
  }

  #normaliseObservations(): void {
    if (this.#moments === null) return;
    const { observation, numEnvs } = this.#env;
    this.#moments.update(observation, numEnvs);
    this.#moments.normalise(observation, this.observation, numEnvs, normalisedLimit);
  }

  /** r / √(Var[running discounted return] + ε): scaled, not centred, so that the sign of a reward stays. */
  #normaliseRewards(moments: RunningMoments): void {
    moments.update(this.#discountedReturn, this.numEnvs);
    const scale = 1 / Math.sqrt(moments.variance[0] + 1e-8);
    for (let i = 0; i < this.numEnvs; i++) {
      this.reward[i] = Math.min(Math.max(this.#env.reward[i] * scale, -normalisedLimit), normalisedLimit);
    }
  }
}
