import { discrete } from "@advantage/envs";
import { describe, expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import type { Algorithm, AnyAlgorithm, BaseConfig } from "../core/algorithm.js";
import { int, schema } from "../core/schema.js";
import type { Need, Task } from "../core/task.js";
import { type DatasetColumns, datasetOf } from "../data/dataset.js";
import { tabularPolicy } from "../policies/tabular-policy.js";
import { identity } from "../testing/probe-environments.js";
import { meets, needProblem } from "./needs.js";
import { prepareRun } from "./prepare.js";
import { run } from "./run.js";
import { taskOf } from "./task-of.js";

const columns: DatasetColumns = {
  id: "clicks",
  observationSpace: discrete(2),
  actionSpace: discrete(2),
  observations: Float32Array.of(1, 0, 0, 1),
  actions: Int32Array.of(1, 0),
  rewards: [1, 2],
  nextObservations: Float32Array.of(0, 1, 1, 0),
  terminated: [0, 1],
  truncated: [0, 0],
};
const clicks = datasetOf(columns);

const teacher = tabularPolicy({
  algorithm: "q-learning",
  environment: "clicks",
  observationSpace: discrete(2),
  actionSpace: discrete(2),
  probabilities: Float64Array.of(1, 0, 0, 1),
});

/** Adds up the rewards of its dataset, one a step. */
const { title, summary, family, papers, notes, metrics, actionKinds } = counter;
const adder: Algorithm<BaseConfig, { step: number; sum: number }, "dataset"> = {
  ...{ title, summary, family, papers, notes, metrics, actionKinds },
  id: "adder",
  config: schema({ totalSteps: int({ default: 4, help: "steps" }), seed: int({ default: 1, help: "seed" }) }),
  presets: {},
  observationKinds: ["discrete"],
  needs: ["dataset"],
  init: () => ({ step: 0, sum: 0 }),
  *train({ config, dataset }, state) {
    while (state.step < config.totalSteps) {
      state.sum += dataset.rewards[state.step % dataset.count];
      state.step += 1;
      yield { step: state.step, episodes: [], metrics: { loss: state.sum } };
    }
  },
  policy: () => teacher,
};

describe("a task", () => {
  it("is an environment", () => {
    const { id, env, dataset } = taskOf(walk());
    expect([id, env?.id, dataset]).toEqual(["Walk-v0", "Walk-v0", undefined]);
  });

  it("is named after its environment, or its dataset", () => {
    expect(taskOf({ dataset: clicks }).id).toBe("clicks");
    expect(taskOf({ dataset: clicks }).env).toBeUndefined();
    const two = () => identity(2);
    expect(taskOf({ env: two, dataset: clicks, teachers: [teacher] })).toMatchObject({
      id: "Identity-v0",
      dataset: clicks,
      teachers: [teacher],
    });
  });

  it("is refused where its parts are of different spaces, or there is none", () => {
    expect(() => taskOf({ env: () => identity(3), dataset: clicks })).toThrow(
      "the dataset clicks has observations Discrete(2), those of Identity-v0 are Discrete(3)",
    );
    expect(() => taskOf({ env: () => identity(3), teachers: [teacher] })).toThrow(
      "the policy takes observations Discrete(2), those of Identity-v0 are Discrete(3)",
    );
    expect(() => taskOf({ teachers: [teacher] })).toThrow("must have an environment, a dataset or a model");
    expect(() => taskOf({} as never)).toThrow("this is no environment");
  });
});

describe("an algorithm that needs a dataset", () => {
  const settings = { totalSteps: 4, evaluationEpisodes: 3 };

  it("is trained without an environment, and then not evaluated", async () => {
    const { summary, history } = await run(adder, { dataset: clicks }, settings);
    expect(history.map(({ loss }) => loss)).toEqual([1, 3, 4, 6]);
    expect(summary).toMatchObject({ algorithm: "adder", environment: "clicks", steps: 4 });
    expect(summary.evaluation).toBeUndefined();
  });

  it("is evaluated where there is an environment", async () => {
    const { summary } = await run(adder, { env: () => identity(2), dataset: clicks }, settings);
    expect(summary.evaluation).toMatchObject({ episodes: 3, mean: 4 }); // the teacher names each symbol
  });

  it("is refused without", () => {
    expect(() => prepareRun(adder, () => identity(2))).toThrow("adder needs a dataset of transitions; none is given.");
  });
});

describe("needs", () => {
  const needing = (...needs: Need[]): AnyAlgorithm => ({ ...(counter as AnyAlgorithm), id: "learner", needs });
  const problem = (task: Task, ...needs: Need[]) => needProblem(needing(...needs), task, []);
  const walking = taskOf(walk());

  it("are each told in a sentence where they are not met", () => {
    const lacking: readonly [Need, string][] = [
      ["dataset", "learner needs a dataset of transitions; none is given."],
      ["teacher", "learner needs a teacher to imitate; none is given."],
      ["dynamics", "learner needs a model of what actions lead to; none is given."],
      ["mdp", "learner needs the model of a finite environment; Walk-v0 has none."],
      ["pomdp", "learner needs the model of a finite partially observed environment; Walk-v0 has none."],
      [
        "full-information",
        "learner needs the rewards of all actions after each round; Walk-v0 shows only that of the action taken.",
      ],
      [
        "game",
        "learner needs a game of two, which says whose move it is and which moves are legal; Walk-v0 has no legalActions() and toMove().",
      ],
      ["goals", "learner needs an environment that tells the reward of other goals; Walk-v0 has no computeReward()."],
    ];
    for (const [need, sentence] of lacking) expect(problem(walking, need)).toBe(sentence);
    const { snapshot: _, restore: __, fresh: ___, ...bare } = walk();
    expect(
      problem(
        taskOf(() => bare),
        "snapshot",
      ),
    ).toBe(
      "learner needs an environment whose state can be saved and put back; Walk-v0 has no snapshot() and restore().",
    );
    expect(problem(taskOf({ dataset: clicks }), "env")).toBe("learner needs an environment to act in; clicks is none.");
  });

  it("are met by what a task has", () => {
    expect(problem(walking, "env", "snapshot")).toBeUndefined();
    expect(problem(taskOf({ dataset: clicks }), "dataset")).toBeUndefined();
    const game = () => ({ ...walk(), legalActions: () => [0, 1], toMove: () => 0, computeReward: () => 0 });
    expect(problem(taskOf(game), "game", "goals")).toBeUndefined();
    expect(meets({ id: "x", model: {} }, "dynamics")).toBe(true);
    expect(meets({ id: "x", teachers: [] }, "teacher")).toBe(false);
  });

  it("rule out what would not be looked at, but for an environment to evaluate in", () => {
    const both = taskOf({ env: () => identity(2), dataset: clicks });
    expect(problem(both, "env")).toBe("learner learns from no dataset: it needs an environment to act in.");
    expect(problem(both, "dataset")).toBeUndefined();
    const taught = taskOf({ env: () => identity(2), teachers: [teacher] });
    expect(problem(taught, "env", "snapshot")).toBe(
      "learner learns from no teacher: it needs an environment to act in and an environment whose state can be saved and put back.",
    );
  });
});
