import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { environments } from "@advantage/envs";
import { type Algorithm, type AnyAlgorithm, CheckpointError, type Context, type Policy, schema } from "@advantage/rl";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { type CommandLine, main } from "./main.js";

const walkEntry = {
  id: "Walk-v0",
  title: "Walk",
  family: "test",
  summary: "A walk.",
  source: "here",
  config: schema({}),
  make: () => walk(),
};
/** Known by its file: an environment of one's own. The walk comes to it by a global name. */
const ownEnvironment = `export default () => globalThis.walkOfTest("Own-v0");`;
Object.assign(globalThis, { walkOfTest: walk });

let folder: string;
let home: string;

beforeEach(() => {
  home = process.cwd();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "advantage-cli-"));
  process.chdir(folder);
});

afterEach(() => {
  process.chdir(home);
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Starts only where its teacher does what the policies of this test do. */
function taught(context: Context<never, "env" | "teacher">) {
  const [teacher] = context.teachers;
  if (teacher.act(Float32Array.of(0)) !== 1) throw new Error("this is another teacher");
  return counter.init(context);
}

async function advantage(args: string, { interruptAfter = Number.POSITIVE_INFINITY, presses = 1, isTTY = false } = {}) {
  let out = "";
  let err = "";
  let interrupt = () => {};
  const exits: number[] = [];
  const interrupting = {
    ...counter,
    *train(context: never, state: never) {
      let left = interruptAfter;
      const press = () => {
        if (left-- === 0) for (let count = 0; count < presses; count++) interrupt();
      };
      for (const progress of counter.train(context, state) as Iterable<never>) {
        press();
        yield progress;
      }
      press();
    },
  } as unknown as Algorithm;
  const line: CommandLine = {
    terminal: {
      out(text) {
        out += text;
      },
      err(text) {
        err += text;
      },
      isTTY,
      colours: false,
      columns: 100,
      rows: 30,
      animates: isTTY,
      onInterrupt(callback) {
        interrupt = callback;
        return () => {};
      },
      exit: (code) => void exits.push(code),
    },
    catalogue: {
      algorithms: [
        interrupting,
        { ...interrupting, id: "adder", actionKinds: ["box"] },
        { ...interrupting, id: "solver", needs: ["mdp"] },
        { ...interrupting, id: "pupil", needs: ["env", "teacher"], init: taught } as unknown as AnyAlgorithm,
      ],
      environments: [walkEntry, ...environments],
      loadPolicy(bytes): Policy {
        if (bytes.length < 10) throw new CheckpointError("policy is damaged");
        const policy = { observationSpace: walk().observationSpace, actionSpace: walk().actionSpace };
        const actBatch: Policy["actBatch"] = (_, count, actions) => void actions.fill(1, 0, count);
        return {
          ...policy,
          act: (_, options) => (options?.deterministic === false ? 0 : 1),
          actBatch,
          save: () => bytes,
        };
      },
    },
  };
  const code = await main(args === "" ? [] : args.split(" "), line);
  return { code, out, err, exits };
}

/** The environment is only in this test's catalogue, so it comes by its module. */
async function train(args: string, options = {}) {
  fs.writeFileSync("own.mjs", ownEnvironment);
  return advantage(`train counter ./own.mjs ${args}`.trim(), options);
}

describe("a teacher", () => {
  it("is the policy of a run, kept with what is learnt from it, so that resuming needs nothing else", async () => {
    await train("--run-dir master --total-steps 20");
    const { code, err } = await advantage("train pupil ./own.mjs --teacher master --run-dir run --total-steps 40");
    expect([code, err]).toEqual([0, ""]);
    const { command } = JSON.parse(fs.readFileSync("run/config.json", "utf8"));
    expect(command).toContain("train pupil ./own.mjs --teacher master --total-steps 40");
    expect(fs.readFileSync("run/teachers/1.safetensors")).toEqual(fs.readFileSync("master/policy/policy.safetensors"));
    fs.rmSync("master", { recursive: true });
    const resumed = await advantage("resume run --total-steps 60");
    expect(resumed.code).toBe(0);
    expect(JSON.parse(fs.readFileSync("run/summary.json", "utf8")).steps).toBe(60);
  });

  it("is refused by who learns from none, and missed by who does", async () => {
    await train("--run-dir master --total-steps 20");
    const refused = await train("--teacher master --run-dir run");
    expect(refused.err).toContain("counter learns from no teacher: it needs an environment to act in.");
    expect(refused.code).not.toBe(0);
    expect(fs.existsSync("run")).toBe(false);
    const missing = await advantage("train pupil ./own.mjs --run-dir run");
    expect(missing.err).toContain("pupil needs a teacher to imitate; none is given.");
    expect((await advantage("train pupil ./own.mjs --teacher nobody")).err).toContain("there is no run nobody");
  });

  it("is in the help of who learns from one", async () => {
    expect((await advantage("train pupil --help")).out).toContain("--teacher <run>");
    expect((await advantage("train counter --help")).out).not.toContain("--teacher");
  });
});

describe("train", () => {
  it("trains on an environment of one's own and says where the report is", async () => {
    const { code, out, err } = await train("--run-dir run --total-steps 100");
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain("Counter on Own-v0, 100 steps, seed 1");
    expect(out).toMatch(/Evaluation +6\.?\d* ± .* \(100 episodes/);
    expect(out).toContain(`Report            ${path.join("run", "report.html")}`);
    expect(JSON.parse(fs.readFileSync("run/config.json", "utf8"))).toMatchObject({
      environment: "Own-v0",
      environmentModule: path.join("..", "own.mjs"),
      command: expect.stringContaining("train counter ./own.mjs --total-steps 100"),
    });
  });

  it("prints nothing but the summary with --json", async () => {
    const { out, err } = await train("--json --seed 4 --eval-episodes 5 --run-dir run");
    expect(err).toBe("");
    const summary = JSON.parse(out);
    expect(Object.keys(summary)).toEqual([
      "algorithm",
      "environment",
      "seed",
      "steps",
      "seconds",
      "stepsPerSecond",
      "evaluation",
      "stochasticEvaluation",
      "runDirectory",
    ]);
    expect(summary).toMatchObject({
      algorithm: "counter",
      environment: "Own-v0",
      seed: 4,
      steps: 200,
      runDirectory: "run",
    });
    expect(Object.keys(summary.evaluation)).toEqual([
      "episodes",
      "mean",
      "std",
      "min",
      "max",
      "median",
      "quantiles",
      "deterministic",
    ]);
  });

  it("takes every setting as a flag", async () => {
    const config = async (args: string, directory: string) => {
      expect((await train(`${args} --run-dir ${directory} --quiet`)).code).toBe(0);
      return JSON.parse(fs.readFileSync(path.join(directory, "config.json"), "utf8")).config;
    };
    expect(await config("--no-careful --num-envs 1 --learning-rate=1e-1 --total-steps 1_000", "a")).toMatchObject({
      careful: false,
      numEnvs: 1,
      learningRate: 0.1,
      totalSteps: 1000,
    });
    expect((await config("--careful false", "b")).careful).toBe(false);
    expect((await config("--careful=true", "c")).careful).toBe(true);
    expect((await config("--careful", "d")).careful).toBe(true);
    expect(fs.existsSync("a/metrics.csv")).toBe(false);
    await config("--csv --tensorboard --total-steps 10", "e");
    expect(fs.readdirSync("e")).toEqual(expect.arrayContaining(["metrics.csv", "tensorboard"]));
  });

  it("shows the settings in its help", async () => {
    const { code, out } = await advantage("train counter --help");
    expect(code).toBe(0);
    expect(out).toMatch(/--learning-rate <value> +size of the random steps \[α · \[0, 1\] · default 0\.5\]/);
    expect(out).toContain("--[no-]careful");
    expect(out).toContain("Presets: Walk-v0");
    expect((await advantage("train --help")).out).toContain("Acts at random and counts.");
  });

  it("stops at Ctrl-C with a checkpoint, and says how to go on", async () => {
    const whole = await train("--run-dir whole --json --eval-episodes 3");
    const { code, err, exits } = await train("--run-dir run --eval-episodes 3", { interruptAfter: 4 });
    expect(code).toBe(130);
    expect(err).toContain("Stopped at step 50. Go on with:\n");
    expect(err).toMatch(/advantage resume run\n$/);
    expect(exits).toEqual([]);
    const resumed = await advantage("resume run --json --eval-episodes 3");
    expect(resumed.code).toBe(0);
    const evaluations = (json: string) => [JSON.parse(json).evaluation, JSON.parse(json).stochasticEvaluation];
    expect(evaluations(resumed.out)).toEqual(evaluations(whole.out));
    expect(fs.readFileSync("run/metrics.jsonl", "utf8").split("\n")).toHaveLength(21);
    expect((await advantage("resume run")).err).toContain(
      "run has done all its 200 steps; give it more with --total-steps to go on\n",
    );
    expect((await advantage("resume run --total-steps 220")).code).toBe(0);
    const crowded = await advantage("resume run --workers 9 --total-steps 240");
    expect(crowded.err).toMatch(
      /^--num-envs must be at least the number of workers that share the environments, 9, got 2$/m,
    );
  });

  it("looks at the policy as often after an interruption as without one, and keeps the best", async () => {
    const whole = await train("--run-dir whole --json --eval-episodes 0 --eval-every 45");
    expect(JSON.parse(whole.out).best).toEqual({ step: 50, mean: expect.any(Number) });
    expect((await train("--run-dir run --eval-episodes 0 --eval-every 45", { interruptAfter: 9 })).code).toBe(130);
    fs.appendFileSync("run/evaluations.jsonl", '{"step":'); // a kill in the midst of a line
    expect((await advantage("resume run --eval-episodes 0")).code).toBe(0);
    const looks = (run: string) => fs.readFileSync(`${run}/evaluations.jsonl`, "utf8");
    expect(looks("run")).toBe(looks("whole"));
    const steps = looks("whole")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).step);
    expect(steps).toEqual([50, 90, 140, 180]);
    const metrics = fs.readFileSync("run/metrics.jsonl", "utf8").trim().split("\n");
    expect(metrics).toHaveLength(20);
    expect((await advantage("eval run --best --episodes 3")).code).toBe(0);
    await train("--run-dir plain --quiet --eval-episodes 0");
    expect((await advantage("eval plain --best")).err).toBe(
      "plain holds no best policy: only a run that is looked at has one, train … --eval-every STEPS\n",
    );
    fs.writeFileSync("run/evaluations.jsonl", '{"step":"__proto__"}\n');
    expect((await advantage("resume run --total-steps 300")).err).toContain(
      "run/evaluations.jsonl is damaged: line 1 is no look at the policy",
    );
  });

  it("ends early by a rule, as a run that has come to its end, and goes on where it is asked to", async () => {
    const { code, out } = await train("--run-dir run --json --eval-episodes 2 --stop-at return:-1000000");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      stoppedBy: expect.stringMatching(/^return .* reached/),
      evaluation: { episodes: 2 },
    });
    expect(JSON.parse(out).steps).toBeLessThan(200);
    const resumed = await advantage("resume run --json --eval-episodes 2");
    expect(JSON.parse(resumed.out)).toMatchObject({ steps: 200 });
    expect((await train("--run-dir other --stop-at soon")).code).toBe(2);
    expect((await train("--run-dir other --stop-at plateau")).err).toContain(
      "a plateau is counted in looks at the policy, and there are none",
    );
  });

  it("stops with a checkpoint at presses that come all at once", async () => {
    const { code, exits } = await train("--run-dir run", { interruptAfter: 2, presses: 3 });
    expect([code, exits]).toEqual([130, []]);
    expect(JSON.parse(fs.readFileSync("run/checkpoint/checkpoint.json", "utf8")).step).toBe(30);
  });

  it("says how to evaluate if Ctrl-C comes during the evaluation", async () => {
    for (const flag of ["", " --json"]) {
      const { code, out, err } = await train(`--quiet --run-dir run${flag ? "-json" : ""}${flag}`, {
        interruptAfter: 20,
      });
      expect([code, out]).toEqual([130, ""]);
      expect(err).toMatch(
        /Training has ended, the evaluation was stopped\. Evaluate the run with:\n {2}(npx )?advantage eval run(-json)?\n$/,
      );
    }
    expect(fs.existsSync("run/summary.json")).toBe(false);
    expect((await advantage("eval run --episodes 3")).code).toBe(0);
    expect((await advantage("resume run --quiet --eval-episodes 3")).out).toMatch(/Evaluation +.* \(3 episodes/);
    expect(fs.existsSync("run/summary.json")).toBe(true);
  });

  it.each([
    ["", 2, "Usage: advantage"],
    ["train", 2, "name an algorithm and an environment"],
    ["train conter Walk-v0", 2, "unknown algorithm 'conter'. Did you mean 'counter'?"],
    ["train zzzzzzzzzz Walk-v0", 2, "unknown algorithm 'zzzzzzzzzz'. advantage list shows all of them."],
    ["trian counter", 2, "unknown command 'trian'. Did you mean train?"],
    ["ls", 2, "unknown command 'ls'\n"],
    ["train xyz Walk-v0", 2, "unknown algorithm 'xyz'. advantage list shows all of them."],
    ["train counter", 2, "missing required argument 'environment'"],
    ["train counter CartPol-v1", 2, "unknown environment 'CartPol-v1'. Did you mean 'CartPole-v1'?"],
    ["train counter CartPole-v1 --sed 1", 2, "unknown option '--sed'. Did you mean --seed?"],
    ["train counter CartPole-v1 --learning-rate 1e999", 2, "--learning-rate must be finite, got 1e999"],
    [
      "train counter CartPole-v1 --seed 9007199254740992",
      2,
      "--seed must be a whole number of at most 9007199254740991, got 9007199254740992",
    ],
    ["train counter CartPole-v1 --eval-episodes 1e300", 2, "It must be a whole number of at most 9007199254740991."],
    ["train counter CartPole-v1 --run-dir=", 2, "It must name a directory."],
    ["train counter CartPole-v1 --learning-rate 2", 2, "--learning-rate must be in [0, 1], got 2"],
    ["train counter CartPole-v1 --num-envs many", 2, "--num-envs must be a whole number of at least 1, got many"],
    ["train counter CartPole-v1 --preset Wolk-v0", 2, "counter has no preset 'Wolk-v0'. Did you mean 'Walk-v0'?"],
    ["train counter CartPole-v1 --seed _", 2, "--seed must be a whole number of at least 0, got _"],
    ["train counter CartPole-v1 --eval-episodes _", 2, "It must be a whole number of at least 0."],
    ["train counter CartPole-v1 --eval-episodes -1", 2, "It must be a whole number of at least 0."],
    ["train counter ./none.js", 2, "there is no environment module ./none.js"],
    [
      "train counter Pendulum-v1",
      2,
      "counter cannot use the actions of Pendulum-v1, Box [1] in [-2, 2]: it takes discrete. Algorithms that can: adder.",
    ],
    [
      "train solver CartPole-v1",
      2,
      "solver needs the model of a finite environment; CartPole-v1 has none. Finite ones: FrozenLake-v1,",
    ],
    ["show CartPol-v1", 2, "there is no algorithm or environment 'CartPol-v1'. Did you mean 'CartPole-v1'?"],
    ["train counter CartPole-v1 --num-envs 1 --workers 2", 2, "--num-envs must be at least the number of workers"],
    ["help train conter", 2, "unknown algorithm 'conter'. Did you mean 'counter'? advantage list shows all of them."],
    ["train counter LunarLander-v2", 2, "advantage list shows all of them."],
    [
      "show nothing-like-it",
      2,
      "there is no algorithm or environment 'nothing-like-it'. advantage list shows all of them.",
    ],
    ["resume nowhere", 2, "there is no run nowhere."],
    ["eval .", 2, "holds no run: config.json is missing"],
  ])("advantage %s: exit code %i, %s", async (args, expected, message) => {
    const { code, out, err } = await advantage(args);
    expect(err).toContain(message);
    expect([code, out]).toEqual([expected, ""]);
    expect(err).not.toContain("    at ");
    expect(fs.readdirSync(".")).toEqual([]);
  });

  it("checks an environment of one's own", async () => {
    fs.writeFileSync("bad.mjs", "export default () => ({ id: 'Bad-v0' });");
    fs.writeFileSync("no-env.mjs", "export const x = 1;");
    fs.writeFileSync("broken.mjs", "throw new Error('no such luck');");
    const bad = await advantage("train counter ./bad.mjs");
    expect(bad.err).toMatch(/^\.\/bad\.mjs has (a problem|problems):\n {2}- /);
    expect((await advantage("train counter no-env.mjs")).err).toContain(
      "no-env.mjs must export a function that makes the environment",
    );
    expect((await advantage("train counter ./broken.mjs")).err).toBe("cannot load ./broken.mjs: no such luck\n");
    expect((await advantage("train counter ./broken.mjs --debug")).err).toContain("    at ");
  });

  it("refuses a directory that holds a run", async () => {
    await train("--run-dir run --quiet --total-steps 10");
    const { code, err } = await train("--run-dir run");
    expect(code).toBe(1);
    expect(err).toBe("run already holds a run; use --run-dir with a new name or `advantage resume run`\n");
  });
});

describe("eval", () => {
  it("plays episodes with the run's policy, as the training did at its end", async () => {
    const trained = JSON.parse((await train("--run-dir run --json --seed 2")).out);
    const { out } = await advantage("eval run --json");
    expect(JSON.parse(out).evaluation).toEqual(trained.evaluation);
    expect((await advantage("eval run --episodes 3")).out).toMatch(/Evaluation +.* \(3 episodes/);
    expect((await advantage("eval run --episodes 1")).out).toMatch(/^ {2}Evaluation +[\d.]+ {2}\(1 episode\)$/m);
    const failing = await advantage("eval run --episodes 4 --threshold=1e9");
    expect(failing.out).toMatch(/Evaluation .*\(4 episodes, .*; (.*, )?100\.0 % below 1,000,000,000\)/);
    const below = { threshold: -1e9, share: 0 };
    const again = JSON.parse((await train("--run-dir again --json --eval-threshold=-1e9")).out);
    expect([again.evaluation.below, again.stochasticEvaluation.below]).toEqual([below, below]);
    fs.writeFileSync("run/policy/policy.safetensors", "short");
    expect(await advantage("eval run")).toMatchObject({ code: 1, err: "policy is damaged\n" });
    fs.rmSync("run/policy", { recursive: true });
    expect((await advantage("eval run")).err).toBe(
      "run holds no policy yet: it was stopped before its first checkpoint\n",
    );
  });

  it("refuses the policy of another environment, and so does watch", async () => {
    await train("--quiet --total-steps 10 --run-dir run");
    const config = fs.readFileSync("run/config.json", "utf8");
    const record = { ...JSON.parse(config), environment: "CartPole-v1", environmentModule: undefined };
    fs.writeFileSync("run/config.json", JSON.stringify(record));
    const err =
      "the policy takes observations Box [1] in [-3, 3], those of CartPole-v1 are Box [4]: it was trained on another environment\n";
    expect(await advantage("eval run")).toMatchObject({ code: 1, err });
    expect(await advantage("watch run")).toMatchObject({ code: 1, err });
  });

  it("finds a run in runs by its name", async () => {
    await train("--quiet --total-steps 10");
    const [name] = fs.readdirSync("runs");
    expect(name).toMatch(/-counter-Own-v0-s1$/);
    expect((await advantage(`eval ${name}`)).code).toBe(0);
    expect((await advantage(`eval ${name}x`)).err).toBe(`there is no run ${name}x. Did you mean '${name}'?\n`);
  });
});

describe("watch", () => {
  it("says each moment in a line where no one watches", async () => {
    const { code, out } = await advantage("watch FrozenLake-v1 --seed 3 --episodes 2");
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toBe("episode 1 · step 0 · state 0");
    expect(lines[1]).toMatch(/^episode 1 · step 1 · [←↑→↓] \w+ · reward 0 · return 0 · state \d+/);
    expect(lines.filter((line) => line.includes("ended after"))).toHaveLength(2);
    expect(out).toBe((await advantage("watch FrozenLake-v1 --seed 3 --episodes 2")).out);
  });

  it("plays a run's policy", async () => {
    await train("--quiet --total-steps 10 --run-dir run");
    const { out } = await advantage("watch run --max-steps 2");
    expect(out).toContain("step 2 · action 1");
    expect(out).toContain("did not end and was cut after 2 steps");
    const modes = await advantage("watch run --max-steps 30 --seed 5");
    expect(modes.out).not.toContain("action 0");
    const samples = await advantage("watch run --max-steps 30 --seed 5 --stochastic");
    expect(samples.out).toContain("action 0");
  });

  it("draws the moments over each other in a terminal and leaves the cursor as it was", async () => {
    const { out } = await advantage("watch FrozenLake-v1 --seed 3 --speed 1000", { isTTY: true });
    expect(out.startsWith("\x1b[?25l")).toBe(true);
    expect(out.endsWith("\x1b[?25h")).toBe(true);
    expect(out).toContain("  S · · ·\n");
    expect(out).toContain("\x1b[8A\r\x1b[0J");
    expect((await advantage("watch CartPole-v1 --speed 1000 --max-steps 3", { isTTY: true })).out).toMatch(/[⠁-⣿]/u);
  });

  it("writes files", async () => {
    expect((await advantage("watch FrozenLake-v1 --html a.html --svg a.svg")).out).toBe("a.html\na.svg\n");
    expect(fs.readFileSync("a.html", "utf8")).toContain("FrozenLake-v1, random actions");
    expect(fs.readFileSync("a.svg", "utf8")).toMatch(/^<svg/);
    fs.writeFileSync("own.mjs", ownEnvironment);
    expect((await advantage("watch ./own.mjs --svg b.svg")).err).toBe("Own-v0 cannot be drawn: it has no render()\n");
    expect((await advantage("watch CartPol-v1")).err).toBe(
      "there is no run or environment CartPol-v1. Did you mean 'CartPole-v1'?\n",
    );
  });
});

describe("reproduce", () => {
  it("lists the experiments and knows them by name", async () => {
    expect((await advantage("reproduce")).out).toContain("ew-vs-pg  Exponential weights against policy gradient");
    expect(await advantage("reproduce ew-vs-gp")).toMatchObject({
      code: 2,
      err: "there is no experiment 'ew-vs-gp'. Did you mean 'ew-vs-pg'?\n",
    });
  });

  it("does one again", async () => {
    const { out } = await advantage("reproduce ew-vs-pg");
    expect(out).toContain(path.join("runs", "reproduce-ew-vs-pg", "report.html"));
    expect(fs.readdirSync("runs/reproduce-ew-vs-pg")).toContain("figure-1.svg");
    expect(out.split("\n").every((line) => line.length <= 100)).toBe(true);
  });
});

describe("list, show and plot", () => {
  it("list what there is", async () => {
    const { out } = await advantage("list");
    expect(out).toMatch(/tabular solution methods\n {4}counter +Counter\n/);
    expect(out).toContain("CartPole-v1");
  });

  it("show everything about an algorithm and an environment", async () => {
    const { out } = await advantage("show counter");
    for (const part of [
      "On counting",
      "H 0.0",
      "--learning-rate",
      "α",
      "[0, 1]",
      "0–1; above 1 the steps are too large",
      "an old almanac",
    ])
      expect(out).toContain(part);
    const env = (await advantage("show Walk-v0")).out;
    expect(env).toContain("Discrete(2)");
    expect(env).toMatch(/algorithms +counter\n/);
    expect(env).toMatch(/presets of +counter/);
    const lake = (await advantage("show FrozenLake-v1")).out;
    expect(lake).toMatch(/states +16\n/);
    expect(lake).toMatch(/horizon +none in the model\n/);
  });

  it("plot runs into one file", async () => {
    await train("--quiet --total-steps 100 --run-dir a");
    await train("--quiet --total-steps 100 --seed 2 --run-dir b");
    expect((await advantage("plot a b")).out).toBe("plot.html\n");
    expect(fs.readFileSync("plot.html", "utf8")).toContain("2 runs");
    expect((await advantage("plot a b --svg --output both.svg")).out).toBe("both.svg\n");
    const svg = fs.readFileSync("both.svg", "utf8");
    expect(svg.match(/<polyline/g)).toHaveLength(2);
    expect(svg).not.toContain("NaN");
  });
});

describe("what is named wrong is named right", () => {
  it("help train and train --help show the help of the algorithm", async () => {
    const { out } = await advantage("train counter --help");
    expect(out).toContain("Usage: advantage train counter");
    for (const typed of ["help train counter", "train --help counter", "train -h counter"])
      expect(await advantage(typed)).toMatchObject({ code: 0, out });
    expect((await advantage("train --help")).out).toContain("adder");
  });

  it("a comparison's folder names the commands that take it, and its runs", async () => {
    fs.mkdirSync("both/counter-s1", { recursive: true });
    fs.writeFileSync("both/comparison.json", "{}");
    fs.writeFileSync("both/counter-s1/config.json", "{}");
    for (const command of ["eval", "plot", "resume"])
      expect(await advantage(`${command} both`)).toMatchObject({
        code: 2,
        err: `both holds a comparison, not a run: advantage compare --resume both goes on with it and writes its report; eval, watch, plot and resume take one of its runs, such as ${path.join("both", "counter-s1")}\n`,
      });
  });

  it("lists and shows as JSON", async () => {
    const { algorithms, environments: known } = JSON.parse((await advantage("list --json")).out);
    expect(algorithms.map(({ id }: { id: string }) => id)).toEqual(["counter", "adder", "solver", "pupil"]);
    expect(known[0]).toMatchObject({ id: "Walk-v0", title: "Walk" });
    const shown = JSON.parse((await advantage("show counter --json")).out);
    expect(shown.settings.map(({ flag }: { flag: string }) => flag)).toContain("--total-steps");
    expect(JSON.parse((await advantage("show CartPole --json")).out)).toMatchObject({
      id: "CartPole-v1",
      observationSpace: { kind: "box" },
    });
  });

  it("takes 2k for 2,000 steps", async () => {
    const { out } = await train("--total-steps 2k --eval-episodes 0 --run-dir run");
    expect(out).toContain("2,000 steps");
  });
});
