import { Random } from "@advantage/engine";
import { type Discrete, type RestorableEnv, spaceFromJson } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import type { Algorithm, EpisodeEnd } from "../../core/algorithm.js";
import { RunError } from "../../core/errors.js";
import type { TreeNode } from "../../core/figure.js";
import type { Policy } from "../../core/policy.js";
import { type ConfigOf, int, schema } from "../../core/schema.js";
import { readPolicyFile, writePolicyFile } from "../../policies/policy-file.js";
import { evaluate } from "../../runner/evaluate.js";
import { run } from "../../runner/run.js";
import { conformanceChecks } from "../conformance.js";
import { identity, takeaway } from "../probe-environments.js";

const config = schema({
  totalSteps: int({ default: 100, min: 1, help: "moves to play" }),
  seed: int({ default: 1, min: 0, help: "where every random stream starts" }),
  depth: int({ default: 2, min: 1, max: 4, help: "moves to look ahead" }),
});

/** A game that is played, with its stream: what resuming needs of it. */
class Game {
  readonly env: RestorableEnv;
  #return = 0;
  #length = 0;
  readonly #random: Random;

  constructor(env: RestorableEnv, random: Random) {
    this.env = env;
    this.#random = random;
    env.reset(random);
  }

  move(action: unknown, step: number): EpisodeEnd[] {
    const { reward, terminated, truncated } = this.env.step(action);
    requireFinite(reward, this.env.id, `step ${step}`);
    this.#return += reward;
    this.#length += 1;
    if (!terminated && !truncated) return [];
    const end = { step, return: this.#return, length: this.#length };
    this.env.reset(this.#random);
    [this.#return, this.#length] = [0, 0];
    return [end];
  }

  snapshot() {
    return { env: this.env.snapshot(), random: this.#random.snapshot(), sum: this.#return, length: this.#length };
  }

  restore(saved: ReturnType<Game["snapshot"]>) {
    this.#random.restore(saved.random);
    this.env.restore(saved.env, this.#random);
    [this.#return, this.#length] = [saved.sum, saved.length];
  }
}

interface LookaheadState {
  step: number;
  readonly game: Game;
  readonly random: Random;
}

/** Looks a few moves ahead with alternating best moves, and learns nothing: its training is games that player 0 plays against one who moves at random. */
const lookahead: Algorithm<ConfigOf<typeof config>, LookaheadState, "game" | "snapshot"> = {
  id: "lookahead",
  title: "Minimax",
  summary: "Takes the move that is best if both players take their best for a few moves.",
  family: "planning",
  papers: [
    {
      title: "Programming a Computer for Playing Chess",
      authors: "Shannon",
      year: 1950,
      url: "https://doi.org/10.1080/14786445008521796",
    },
  ],
  notes: ["P 2"],
  config,
  metrics: {
    value: { meaning: "Value of the state for player 0, as far as it is seen.", healthy: "1 where it is won" },
  },
  presets: {},
  observationKinds: ["discrete", "multiDiscrete"],
  actionKinds: ["discrete"],
  needs: ["game", "snapshot"],
  init: ({ env, random }) => ({
    step: 0,
    game: new Game(env.make() as RestorableEnv, random.fork("env")),
    random: random.fork("opponent"),
  }),
  *train({ config: c }, state) {
    const { game, random } = state;
    while (state.step < c.totalSteps) {
      const { value = 0, children = [] } = searched(game.env, c.depth);
      const legal = game.env.legalActions?.() ?? [];
      const best = legal[children.findIndex(({ chosen }) => chosen)];
      const action = game.env.toMove?.() === 0 ? best : legal[random.int(legal.length)];
      state.step += 1;
      const episodes = game.move(action, state.step);
      yield { step: state.step, episodes, metrics: { value } };
    }
  },
  policy: ({ config: { depth }, observationSpace, actionSpace }) =>
    lookaheadPolicy({ depth, observationSpace, actionSpace: actionSpace as Discrete }),
  figures({ config: { depth }, env }) {
    const game = env.make() as RestorableEnv;
    game.reset(Random.fromSeed(0));
    const caption = "What the first player sees: values are player 0's.";
    return [{ kind: "tree", title: "The first move", caption, root: { ...searched(game, depth), label: "start" } }];
  },
};

/** The tree of so many moves; the game is left as it was found. */
function searched(game: RestorableEnv, depth: number): Omit<TreeNode, "label"> {
  const sign = game.toMove?.() === 0 ? 1 : -1;
  const before = game.snapshot();
  const children = (game.legalActions?.() ?? []).map((action): TreeNode => {
    const { reward, terminated, truncated } = game.step(action);
    requireFinite(reward, game.id, "a step ahead");
    const below = terminated || truncated || depth === 1 ? {} : searched(game, depth - 1);
    game.restore(before, Random.fromSeed(0));
    return { ...below, label: `take ${Number(action) + 1}`, value: reward + (below.value ?? 0) };
  });
  const values = children.map(({ value = 0 }) => sign * value);
  const best = values.indexOf(values.reduce((a, b) => Math.max(a, b)));
  return { value: children[best].value, children: children.map((child, i) => ({ ...child, chosen: i === best })) };
}

function requireFinite(reward: number, id: string, where: string): void {
  if (!Number.isFinite(reward)) throw new RunError(`${id}: reward must be finite, got ${reward} in ${where}`);
}

interface LookaheadParts extends Pick<Policy, "observationSpace"> {
  readonly depth: number;
  readonly actionSpace: Discrete;
}

function lookaheadPolicy({ depth, observationSpace, actionSpace }: LookaheadParts): Policy {
  return {
    observationSpace,
    actionSpace,
    needs: "snapshot",
    act(_observation, { env } = {}) {
      if (env === undefined)
        throw new RunError("a policy that looks ahead needs the environment: act(observation, { env })");
      const best = searched(env, depth).children?.findIndex(({ chosen }) => chosen) ?? 0;
      return env.legalActions?.()[best];
    },
    actBatch() {
      throw new RunError("a policy that looks ahead acts in one environment at a time");
    },
    save: () => writePolicyFile({ kind: "lookahead", depth, observationSpace, actionSpace }, {}),
  };
}

function loadLookahead(bytes: Uint8Array): Policy {
  const { depth, observationSpace, actionSpace } = readPolicyFile(bytes).description;
  return lookaheadPolicy({
    depth: depth as number,
    observationSpace: spaceFromJson(observationSpace),
    actionSpace: spaceFromJson(actionSpace) as Discrete,
  });
}

describe("an algorithm that looks ahead in a game", () => {
  const checks = conformanceChecks(lookahead, { loadPolicy: loadLookahead });
  it.each(checks.map(({ name, check }) => [name, check] as const))("%s", (_, check) => check());

  describe("is found out where it", () => {
    const problem = async (change: Partial<typeof lookahead>) => {
      const saves = conformanceChecks({ ...lookahead, ...change }, { loadPolicy: loadLookahead });
      try {
        await saves.find(({ name }) => name.startsWith("saves and loads"))?.check();
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    const acting = (act: Policy["act"]): Partial<typeof lookahead> => ({
      policy: (context, state) => ({ ...lookahead.policy(context, state), act }),
    });

    it("leaves the game elsewhere", async () => {
      const moved = acting((_, { env } = {}) => {
        env?.step(0);
        return 0;
      });
      expect(await problem(moved)).toContain(
        "the environment that a policy has looked ahead in must equal itself before",
      );
    });

    it("takes a move that is not allowed", async () => {
      // A pile of one is reached after two moves.
      expect(await problem(acting(() => 1))).toContain("an action must be in the space and legal, got 1");
    });

    it("draws two ways that are taken", async () => {
      const both = { label: "on", chosen: true };
      const figures: (typeof lookahead)["figures"] = () => [
        { kind: "tree", title: "Two", caption: "Both", root: { label: "now", children: [both, both] } },
      ];
      expect(await problem({ figures })).toBe("one child of 'now' in figure 'Two' may be chosen, got 2");
    });
  });

  it("plays a game of four stones that it sees to its end as it is to be played", async () => {
    const { policy, summary } = await run(lookahead, () => takeaway(4), { depth: 4, evaluationEpisodes: 3 });
    // Player 0 leaves three stones and wins, whatever player 1 does.
    expect(summary.evaluation).toMatchObject({ episodes: 3, mean: 1, min: 1 });
    // From three, player 1 to move has lost; from two, who moves takes both.
    const game = takeaway(2) as RestorableEnv<Int32Array, number>;
    const observation = game.reset(Random.fromSeed(0));
    expect(policy.act(observation as never, { env: game as RestorableEnv })).toBe(1);
  });

  it("is given a copy of the environment, which it may step as it likes", async () => {
    const policy = lookaheadPolicy({ ...takeaway(4), depth: 2 } as unknown as LookaheadParts);
    const careless: Policy = {
      ...policy,
      act(observation, options) {
        const action = policy.act(observation, options);
        options?.env?.step(action);
        return action;
      },
    };
    const options = { episodes: 4 };
    expect(await evaluate(careless, () => takeaway(4), options)).toEqual(
      await evaluate(policy, () => takeaway(4), options),
    );
  });

  it("is refused where nothing can be put back, when training and when acting", async () => {
    const bare = () => {
      const { snapshot: _, restore: __, fresh: ___, ...game } = takeaway(4);
      return game;
    };
    await expect(run(lookahead, bare)).rejects.toThrow(
      "lookahead needs an environment whose state can be saved and put back; Takeaway-v0 has no snapshot() and restore().",
    );
    const policy = lookaheadPolicy({ ...takeaway(4), depth: 2 } as unknown as LookaheadParts);
    await expect(evaluate(policy, bare)).rejects.toThrow("the policy looks ahead");
    await expect(run(lookahead, () => identity())).rejects.toThrow("lookahead needs a game of two");
  });
});
