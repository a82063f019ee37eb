import { hold, Params, Random } from "@advantage/engine";
import { describe, expect, it } from "vitest";
import { type PpoState, ppo } from "../algorithms/policy-gradient/ppo.js";
import type { Algorithm, Context, Progress } from "../core/algorithm.js";
import type { Dataset } from "../core/dataset.js";
import { actorPolicy } from "../policies/actor-policy.js";
import { conformanceChecks } from "./conformance.js";
import { continuousTarget, identity } from "./probe-environments.js";

/** A suite that cannot fail proves nothing: each of these algorithms has one fault, and the check that names it has to see it. */

type Ppo = typeof ppo;
type Config = Context<Ppo["config"]["defaults"]>;

/** The problem that the check finds; undefined if it passes. */
async function problem(algorithm: Algorithm<never, never>, name: string): Promise<string | undefined> {
  const small = { ...algorithm, actionKinds: ["discrete"] } as unknown as Ppo;
  const check = conformanceChecks(small, { environments: [identity] }).find((check) => check.name.startsWith(name));
  if (check === undefined) throw new Error(`no check '${name}'`);
  try {
    await check.check();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

const faulty = (change: Partial<Ppo>) => ({ ...ppo, ...change }) as unknown as Algorithm<never, never>;
const eachProgress = (change: (progress: Progress, state: PpoState) => Progress) =>
  faulty({
    *train(context, state) {
      for (const progress of ppo.train(context, state) as Generator<Progress>) yield change(progress, state);
    },
  });

describe("the conformance suite sees", () => {
  it("nothing in a sound algorithm", async () => {
    for (const name of ["describes itself", "gives the same numbers", "resumes exactly", "saves and loads"])
      expect(await problem(faulty({}), name)).toBeUndefined();
  });

  it("what a description lacks", async () => {
    expect(await problem(faulty({ id: "My PPO" }), "describes")).toBe('id must be in kebab case, got "My PPO"');
    expect(await problem(faulty({ papers: [] }), "describes")).toBe("papers must name at least one publication");
    expect(await problem(faulty({ notes: [] }), "describes")).toBeUndefined(); // an algorithm that no course treats
    expect(await problem(faulty({ notes: [" "] }), "describes")).toBe(
      "notes must be sections of course notes, or none",
    );
    expect(await problem(faulty({ needs: [] }), "describes")).toBe("needs must say what it learns from, got none");
    expect(await problem(faulty({ needs: ["env", "env"] }), "describes")).toBe(
      "needs must name each once, got env, env",
    );
    const metrics = { ...ppo.metrics, step: { meaning: "a step", healthy: "rises" } };
    expect(await problem(faulty({ metrics }), "describes")).toContain("'step' has the name of one that every run logs");
  });

  it("presets that do not parse, or of nothing", async () => {
    const preset = (name: string, config: Readonly<Record<string, unknown>>) =>
      faulty({ presets: { [name]: { source: "a book", config } } });
    expect(await problem(preset("CartPole-v1", { discount: 2 }), "has presets")).toContain(
      "discount must be in [0, 1]",
    );
    expect(await problem(preset("CartPole-v9", {}), "has presets")).toContain("Did you mean 'CartPole-v1'?");
  });

  it("metrics that are not documented, not logged or no numbers", async () => {
    const extra = eachProgress((progress) => ({ ...progress, metrics: { ...progress.metrics, surprise: 1 } }));
    expect(await problem(extra, "logs the metrics")).toContain("metric 'surprise' is not documented");
    const more = faulty({ metrics: { ...ppo.metrics, silence: { meaning: "none", healthy: "none" } } });
    // `std` is of real-valued actions, which are not tried here.
    expect(await problem(more, "logs the metrics")).toBe("documented metrics that no setting logs: std, silence");
    const nan = eachProgress((progress) => ({ ...progress, metrics: { loss: Number.NaN } }));
    expect(await problem(nan, "logs the metrics")).toContain("metric 'loss' is NaN at step 16");
    const back = eachProgress((progress) => ({ ...progress, step: 16 }));
    expect(await problem(back, "logs the metrics")).toContain("steps must rise, got 16 after 16");
  });

  it("a fault that only two settings together show", async () => {
    const alone = (config: object, name: string, value: unknown) =>
      (config as Readonly<Record<string, unknown>>)[name] === value;
    const pair = faulty({
      *train(context, state) {
        const { config } = context;
        const wrong = alone(config, "normaliseReward", true) && alone(config, "activation", "relu");
        for (const progress of ppo.train(context, state) as Generator<Progress>)
          yield wrong ? { ...progress, metrics: { ...progress.metrics, surprise: 1 } } : progress;
      },
    });
    const found = await problem(pair, "logs the metrics");
    expect(found).toContain("metric 'surprise' is not documented");
    expect(found).toContain('"activation":"relu"');
    expect(found).toContain('"normaliseReward":true');
  });

  it("an algorithm that learns from what it does not need", async () => {
    const greedy = faulty({
      *train(context, state) {
        const { dataset } = context as unknown as { dataset: Dataset };
        for (const progress of ppo.train(context, state) as Generator<Progress>)
          yield { ...progress, metrics: { loss: dataset.rewards[0] } };
      },
    });
    expect(await problem(greedy, "gives the same numbers")).toContain("undefined");
    // Given a dataset, as it then says, it has one.
    expect(await problem(faulty({ ...greedy, needs: ["env", "dataset"] } as never), "gives the same")).toBeUndefined();
  });

  it("numbers from elsewhere than the seed", async () => {
    const random = Random.fromSeed(0);
    const drifting = eachProgress((progress) => ({ ...progress, metrics: { loss: random.uniform() } }));
    expect(await problem(drifting, "gives the same numbers")).toContain(
      "a run must equal another one with the same seed",
    );
    const deaf = faulty({
      init: (context) => ppo.init({ ...context, random: Random.fromSeed(1) } as Config),
    });
    expect(await problem(deaf, "gives the same numbers")).toBe("a run with another seed must give other numbers");
  });

  it("what is kept outside of the state", async () => {
    const local = faulty({
      *train(context, state) {
        let count = 0;
        for (const progress of ppo.train(context, state) as Generator<Progress>) {
          count += 1;
          yield { ...progress, metrics: { ...progress.metrics, loss: count } };
        }
      },
    });
    expect(await problem(local, "resumes exactly")).toMatch(
      /a run resumed after 1 .* must equal the uninterrupted one/,
    );
    const hidden = Params.pack({ weight: hold([4]) });
    const shared = faulty({
      *train(context, state) {
        for (const progress of ppo.train(context, state) as Generator<Progress>) {
          hidden.tree.weight.data[0] += 1;
          yield { ...progress, metrics: { ...progress.metrics, loss: hidden.tree.weight.data[0] } };
        }
      },
    });
    expect(await problem(shared, "resumes exactly")).toContain("must equal");
  });

  it("a run that cannot be stopped for long", async () => {
    const deaf = faulty({
      *train(context, state) {
        let pulls = 0;
        for (const progress of ppo.train(context, state) as Generator<Progress>) if (++pulls % 9 === 0) yield progress;
      },
    });
    expect(await problem(faulty({}), "can be stopped soon")).toBeUndefined();
    expect(await problem(deaf, "can be stopped soon")).toBe(
      "18432 steps passed without a point to stop at, on Identity-v0 at step 18432",
    );
  });

  it("a policy that goes on changing with training", async () => {
    const live = faulty({
      policy: ({ config, env }, state) =>
        actorPolicy({
          algorithm: "ppo",
          environment: env.id,
          observationSpace: env.observationSpace,
          spec: {
            observationSize: 3,
            actionSpace: env.actionSpace,
            hiddenSizes: config.hiddenSizes,
            activation: config.activation as "tanh",
            stateDependentExploration: false,
          },
          params: { tree: state.params.tree.actor, leaves: [] } as never,
          normaliser: null,
        }),
    });
    expect(await problem(live, "saves and loads")).toContain(
      "policy() must give it copies of what training changes (Params.copyOf)",
    );
  });

  it("tensors that pile up", async () => {
    const kept: unknown[] = [];
    const leaking = eachProgress((progress) => {
      kept.push(hold([4]));
      return progress;
    });
    expect(await problem(leaking, "leaks nothing")).toMatch(
      /the live tensors grew from \d+ at progress 13 to \d+ by progress 14/,
    );
  });

  it("no leak in what is made once, when learning begins", async () => {
    const kept: unknown[] = [];
    let progresses = 0;
    const late = eachProgress((progress) => {
      progresses += 1;
      if (progresses === 6) kept.push(hold([4]));
      return progress;
    });
    expect(await problem(late, "leaks nothing")).toBeUndefined();
    expect(kept.length).toBe(1);
  });

  it("that no environment fits", () => {
    expect(() => conformanceChecks(ppo, { environments: [continuousTarget] })).toThrow(
      "ppo: no environment to try discrete actions on; pass one",
    );
  });
});
