import { rowMax } from "../../maths/index.js";

/*
 * Models of an environment that are learnt as tables. A pair (s, a) is the entry s·A + a.
 */

interface CountedSnapshot {
  readonly tries: Int32Array;
  readonly reward: Float64Array;
  readonly first: Int32Array;
  readonly nextState: Int32Array;
  readonly count: Int32Array;
  readonly link: Int32Array;
}

/**
 * Maximum-likelihood model:  p̂(s′|s, a) = n(s, a, s′)/n(s, a),  r̂(s, a) the mean of the rewards. The memory grows with the number of different
 * transitions that were seen, of which those that ended the task need none.
 */
export class CountedModel {
  /** n(s, a)  [S·A] */
  readonly tries: Int32Array;
  /** r̂(s, a)  [S·A] */
  readonly reward: Float64Array;
  /** The first successor of each pair, −1 if there is none  [S·A] */
  readonly #first: Int32Array;
  /** s′, n(s, a, s′) and the pair's next successor (−1: no more), the first `#size` of them. */
  #nextState = new Int32Array(64);
  #count = new Int32Array(64);
  #link = new Int32Array(64);
  #size = 0;

  /** @param entries S·A */
  constructor(entries: number) {
    this.tries = new Int32Array(entries);
    this.reward = new Float64Array(entries);
    this.#first = new Int32Array(entries).fill(-1);
  }

  observe(entry: number, reward: number, nextState: number, terminated: boolean): void {
    this.tries[entry] += 1;
    this.reward[entry] += (reward - this.reward[entry]) / this.tries[entry];
    if (terminated) return; // nothing follows
    for (let k = this.#first[entry]; k !== -1; k = this.#link[k]) {
      if (this.#nextState[k] !== nextState) continue;
      this.#count[k] += 1;
      return;
    }
    if (this.#size === this.#nextState.length) this.#hold(2 * this.#size);
    this.#nextState[this.#size] = nextState;
    this.#count[this.#size] = 1;
    this.#link[this.#size] = this.#first[entry];
    this.#first[entry] = this.#size;
    this.#size += 1;
  }

  /** r̂(s, a) + γ Σ_s′ p̂(s′|s, a) max_a′ Q(s′, a′) */
  backup(entry: number, q: Float64Array, numActions: number, discount: number): number {
    let next = 0;
    for (let k = this.#first[entry]; k !== -1; k = this.#link[k])
      next += (this.#count[k] / this.tries[entry]) * rowMax(q, this.#nextState[k] * numActions, numActions);
    return this.reward[entry] + discount * next;
  }

  snapshot(): CountedSnapshot {
    return {
      tries: this.tries.slice(),
      reward: this.reward.slice(),
      first: this.#first.slice(),
      nextState: this.#nextState.slice(0, this.#size),
      count: this.#count.slice(0, this.#size),
      link: this.#link.slice(0, this.#size),
    };
  }

  restore({ tries, reward, first, nextState, count, link }: CountedSnapshot): void {
    this.tries.set(tries);
    this.reward.set(reward);
    this.#first.set(first);
    this.#size = nextState.length;
    this.#nextState = nextState.slice();
    this.#count = count.slice();
    this.#link = link.slice();
    this.#hold(Math.max(64, this.#size));
  }

  #hold(size: number): void {
    this.#nextState = longer(this.#nextState, size);
    this.#count = longer(this.#count, size);
    this.#link = longer(this.#link, size);
  }
}

function longer(array: Int32Array, size: number): Int32Array<ArrayBuffer> {
  const result = new Int32Array(size);
  result.set(array);
  return result;
}

/** The last M outcomes of each pair, those of the entry e from e·M on. */
export interface RememberedModel {
  /** How often each pair has been tried  [S·A] */
  readonly tries: Int32Array;
  /** [S·A × M] */
  readonly reward: Float64Array;
  /** [S·A × M] */
  readonly nextState: Int32Array;
  /** [S·A × M] */
  readonly terminated: Uint8Array;
}

/** @param entries S·A  @param outcomes M */
export function rememberedModel(entries: number, outcomes: number): RememberedModel {
  return {
    tries: new Int32Array(entries),
    reward: new Float64Array(entries * outcomes),
    nextState: new Int32Array(entries * outcomes),
    terminated: new Uint8Array(entries * outcomes),
  };
}
