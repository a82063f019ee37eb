interface TrajectorySnapshot {
  readonly states: Int32Array;
  readonly rewards: Float64Array;
}

/** The states and rewards of the episode that runs, for learners that wait for its end. Grows as it must. */
export class Trajectory {
  /** s_t, the first `length` of them. */
  states = new Int32Array(64);
  /** r_t */
  rewards = new Float64Array(64);
  length = 0;

  push(state: number, reward: number): void {
    if (this.length === this.states.length) this.#hold(this.states, this.rewards, 2 * this.length);
    this.states[this.length] = state;
    this.rewards[this.length] = reward;
    this.length += 1;
  }

  clear(): void {
    this.length = 0;
  }

  snapshot(): TrajectorySnapshot {
    return { states: this.states.slice(0, this.length), rewards: this.rewards.slice(0, this.length) };
  }

  restore({ states, rewards }: TrajectorySnapshot): void {
    this.#hold(states, rewards, Math.max(states.length, 64));
    this.length = states.length;
  }

  #hold(states: Int32Array, rewards: Float64Array, size: number): void {
    this.states = new Int32Array(size);
    this.rewards = new Float64Array(size);
    this.states.set(states);
    this.rewards.set(rewards);
  }
}
