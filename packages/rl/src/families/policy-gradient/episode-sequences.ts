import { indices, type nn, ops, type Random, type Tensor, tensor } from "@advantage/engine";
import type { Context } from "../../core/index.js";
import { collectEpisodes, type Episodes, explorer, rowsTensor, type TrainingEnv } from "../../data/index.js";
import {
  type Actor,
  type ActorCritic,
  type ActorCriticParams,
  type ActorParams,
  alongSequences,
  type Cell,
  EpisodeMemory,
  type Sequences,
  wholeSequencesOf,
} from "../../networks/index.js";
import { moveStd, type NetworkConfig } from "./actor-critic-family.js";

/*
 * Whole episodes as networks with a recurrent cell take them: each is one sequence, run from an empty state to its end, however long, so that
 * gradients flow back to its first step.
 */

/**
 * The rows of some of the episodes as sequences; `undefined` where there is no cell.
 *
 * @param stateSize  numbers that the networks remember
 * @param starts     [m + 1]
 * @param from       the first row, with which an episode begins
 * @param to         one behind the last, with which one ends
 */
export function episodeSequences(
  stateSize: number,
  starts: Int32Array,
  from = 0,
  to = starts[starts.length - 1],
): Sequences | undefined {
  if (stateSize === 0) return undefined;
  return wholeSequencesOf(
    starts.filter((start) => start >= from && start <= to).map((start) => start - from),
    stateSize,
  );
}

/** V(sₜ) [B], and V of the episodes' true last observations [m]. */
export function episodeValues(
  networks: ActorCritic,
  params: ActorCriticParams,
  { observations, lastObservations, starts }: Pick<Episodes, "observations" | "lastObservations" | "starts">,
): { readonly values: Float32Array; readonly lastValues: Float32Array } {
  const episodes = starts.length - 1;
  const size = observations.length / starts[episodes];
  if (networks.stateSize === 0) {
    const valuesOf = (flat: Float32Array) => networks.value(params, rowsTensor(flat, size)).values();
    return { values: valuesOf(observations), lastValues: valuesOf(lastObservations) };
  }
  const { all, longer } = withLast({ observations, lastObservations, starts });
  const found = networks.value(params, all, wholeSequencesOf(longer, networks.stateSize)).data;
  const values = new Float32Array(starts[episodes]);
  for (let i = 0; i < episodes; i++) values.set(found.subarray(longer[i], longer[i + 1] - 1), starts[i]);
  return { values, lastValues: Float32Array.from({ length: episodes }, (_, i) => found[longer[i + 1] - 1]) };
}

/** What layers behind a cell read of the episodes' true last observations [m, …]: themselves where there is none. */
export function readLast(
  cell: Cell | undefined,
  params: { readonly memory?: nn.RecurrentParams },
  batch: Pick<Episodes, "observations" | "lastObservations" | "starts">,
): Tensor {
  const episodes = batch.starts.length - 1;
  if (cell === undefined) return rowsTensor(batch.lastObservations, batch.lastObservations.length / episodes);
  const { all, longer } = withLast(batch);
  const sequences = wholeSequencesOf(longer, cell.stateSize);
  const read = alongSequences(cell, params.memory!, all, sequences, sequences.states);
  return ops.gatherRows(read, indices(longer.subarray(1).map((end) => end - 1)));
}

/** Episodes with their last observations as one more step of each. */
function withLast({
  observations,
  lastObservations,
  starts,
}: Pick<Episodes, "observations" | "lastObservations" | "starts">) {
  const episodes = starts.length - 1;
  const size = observations.length / starts[episodes];
  const longer = starts.map((start, i) => start + i);
  const all = new Float32Array(observations.length + lastObservations.length);
  for (let i = 0; i < episodes; i++) {
    all.set(observations.subarray(starts[i] * size, starts[i + 1] * size), longer[i] * size);
    all.set(lastObservations.subarray(i * size, (i + 1) * size), (longer[i + 1] - 1) * size);
  }
  return { all: rowsTensor(all, size), longer };
}

/** V of the episodes' true last observations [m]. */
export function lastValuesOf(
  networks: ActorCritic,
  params: ActorCriticParams,
  batch: Pick<Episodes, "observations" | "lastObservations" | "starts">,
): Float32Array {
  if (networks.stateSize > 0) return episodeValues(networks, params, batch).lastValues;
  const size = batch.observations.length / batch.starts[batch.starts.length - 1];
  return networks.value(params, rowsTensor(batch.lastObservations, size)).values();
}

interface CollectingState {
  readonly step: number;
  /** Batches done. */
  readonly batch: number;
  readonly env: TrainingEnv;
  readonly policyRandom: Random;
}

/** Runs the next batch of m whole episodes by the policy as it is, with the σ that it has at this step of the run and the memory that its cell has of each of them while it runs. */
export function episodeCollector(
  context: Context<NetworkConfig & { readonly numEpisodes: number }>,
  state: CollectingState,
  actor: Actor,
  params: ActorParams,
): () => Episodes {
  const { config: c, env, random } = context;
  const { actionSpace } = env;
  const { cell } = actor;
  const memory = cell && new EpisodeMemory(c.numEnvs, cell.stateSize);
  const act = explorer(actor, params, state.policyRandom, {
    numEnvs: c.numEnvs,
    actionSpace,
    remember:
      cell &&
      memory &&
      ((observations) => {
        const next = cell.step(params.memory!, observations, tensor(memory.state, [memory.count, memory.size]));
        memory.state.set(next.data);
        memory.fresh.fill(0);
        return cell.output(next);
      }),
  });
  return () => {
    moveStd(context, params, state.step);
    return collectEpisodes(state.env, act, {
      actionSpace,
      numEpisodes: c.numEpisodes,
      step: state.step,
      random: random.fork("episodes").fork(String(state.batch)),
      memory,
    });
  };
}
