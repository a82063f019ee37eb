import { Random } from "@advantage/engine";
import { type FieldsOf, int, real, schema } from "../schema.js";
import { buildMdp, type FiniteMdp } from "./finite-mdp.js";
import { sampleEnv, type TabularEnv } from "./sample-env.js";

/** Size, seed and discount of a random MDP. */
export interface RandomMdpOptions {
  readonly states: number;
  readonly actions: number;
  /** The same seed gives the same MDP, bit for bit. Default: 0. */
  readonly seed?: number;
  /** γ in [0, 1). Default: 0.95. */
  readonly discount?: number;
}

/** Options of the garnet MDP. */
export interface GarnetOptions extends RandomMdpOptions {
  /** b: how many different states can follow a state and an action, in [1, states]. */
  readonly branching: number;
}

/**
 * A Garnet, a "generic average reward non-stationary environment test-bench" problem: from each (s, a) one of `branching` different
 * states follows, chosen without replacement; their probabilities are the gaps between branching − 1 uniform cuts of [0, 1]; each
 * transition's reward is drawn from N(0, 1); ρ₀ is uniform. Continuing.
 *
 * Archibald, McKinnon & Thomas 1995, "On the generation of Markov decision processes", J. Oper. Res. Soc. 46(3); Bhatnagar, Sutton,
 * Ghavamzadeh & Lee 2009, "Natural actor-critic algorithms", Automatica 45(11). Theirs add noise to the rewards as they are drawn;
 * here a transition's reward is its mean.
 */
export function garnet({ states, actions, branching, seed = 0, discount = 0.95 }: GarnetOptions): FiniteMdp {
  requireCount("states", states);
  requireCount("actions", actions);
  if (!Number.isSafeInteger(branching) || branching < 1 || branching > states) {
    throw new RangeError(`branching must be an integer in [1, ${states}], the number of states, got ${branching}`);
  }
  const random = Random.fromSeed(seed);
  const successors = random.fork("successors");
  const chances = random.fork("probabilities");
  const rewards = random.fork("rewards");
  const order = new Int32Array(states).map((_, state) => state);
  const cuts = new Float64Array(branching + 1);
  cuts[branching] = 1;
  return buildMdp(
    {
      numStates: states,
      numActions: actions,
      capacity: states * actions * branching,
      initial: uniform(states),
      discount,
    },
    (_state, _action, add) => {
      chances.fillUniform(cuts.subarray(1, branching));
      cuts.subarray(1, branching).sort();
      for (let i = 0; i < branching; i++) {
        const j = i + successors.int(states - i); // the first `branching` steps of a Fisher–Yates shuffle
        const next = order[j];
        order[j] = order[i];
        order[i] = next;
        add(cuts[i + 1] - cuts[i], next, rewards.normal(), false);
      }
    },
  );
}

/**
 * A random MDP in which every state can follow every other: the rows of p are uniform on the simplex, the rewards r(s, a) uniform in
 * [0, 1), ρ₀ is uniform. Continuing. The usual test problem for bounds that hold for rewards in [0, 1].
 */
export function randomMdp({ states, actions, seed = 0, discount = 0.95 }: RandomMdpOptions): FiniteMdp {
  requireCount("states", states);
  requireCount("actions", actions);
  const random = Random.fromSeed(seed);
  const chances = random.fork("probabilities");
  const rewards = random.fork("rewards");
  const cuts = new Float64Array(states + 1);
  cuts[states] = 1;
  return buildMdp(
    {
      numStates: states,
      numActions: actions,
      capacity: states * actions * states,
      initial: uniform(states),
      discount,
    },
    (_state, _action, add) => {
      chances.fillUniform(cuts.subarray(1, states));
      cuts.subarray(1, states).sort();
      const reward = rewards.uniform();
      for (let next = 0; next < states; next++) add(cuts[next + 1] - cuts[next], next, reward, false);
    },
  );
}

/** Options of the MDP of one step. */
export interface OneStepMdpOptions {
  /** Default: 4. */
  readonly states?: number;
  /** Default: 3. */
  readonly actions?: number;
  /** Default: 0. */
  readonly seed?: number;
}

/**
 * A one-step MDP: s ~ ρ₀ (uniform), the agent acts once, gets r(s, a), uniform in [0, 1) from the seed, and the episode ends. The problem
 * in which the policy gradient is derived first, J(θ) = Σ_s ρ₀(s) Σ_a π_θ(a|s) r(s, a): a contextual bandit.
 */
export function oneStepMdp({ states = 4, actions = 3, seed = 0 }: OneStepMdpOptions = {}): FiniteMdp {
  requireCount("states", states);
  requireCount("actions", actions);
  const rewards = Random.fromSeed(seed).fork("rewards");
  return buildMdp(
    { numStates: states, numActions: actions, initial: uniform(states), discount: 1 },
    (state, _action, add) => add(1, state, rewards.uniform(), true),
  );
}

const count = (usual: number, help: string) => int({ default: usual, min: 1, help });
const seed = int({ default: 0, min: 0, help: "seed of the problem: the same one gives the same MDP" });

/** Schema of the options of the garnet MDP: types, ranges, defaults. */
export const garnetConfig = schema(
  {
    states: count(20, "number of states"),
    actions: count(4, "number of actions"),
    branching: count(3, "how many different states can follow a state and an action, at most all"),
    seed,
    discount: real({ default: 0.95, min: 0, below: 1, symbol: "γ", help: "weight of the future that the model names" }),
  } satisfies FieldsOf<GarnetOptions>,
  "Garnet-v0",
);

/** Schema of the options of the MDP of one step: types, ranges, defaults. */
export const oneStepConfig = schema(
  {
    states: count(4, "number of states"),
    actions: count(3, "number of actions"),
    seed,
  } satisfies FieldsOf<OneStepMdpOptions>,
  "OneStepMdp-v0",
);

/** `Garnet-v0`: a Garnet of 20 states, 4 actions and 3 successors unless told otherwise, cut after 200 steps. */
export function garnetEnv(options: Partial<GarnetOptions> = {}): TabularEnv {
  const config = garnetConfig.parse(options);
  return sampleEnv(garnet(config), { id: "Garnet-v0", options: garnetConfig.changes(config), timeLimit: 200 });
}

/** `OneStepMdp-v0`: see `oneStepMdp`. */
export function oneStepEnv(options: OneStepMdpOptions = {}): TabularEnv {
  const config = oneStepConfig.parse(options);
  return sampleEnv(oneStepMdp(config), { id: "OneStepMdp-v0", options: oneStepConfig.changes(config) });
}

function uniform(n: number): Float64Array {
  return new Float64Array(n).fill(1 / n);
}

function requireCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} must be an integer >= 1, got ${value}`);
}
