import { describe, expect, it } from "vitest";
import type { Summary } from "../runner/run-options.js";
import { type ComparedVariant, compareVariants, type VariantRun } from "./compare-variants.js";
import { comparisonReport } from "./comparison-report.js";

const summary = (mean: number | undefined, over: Partial<Summary> = {}): Summary => ({
  algorithm: "a",
  environment: "E-v0",
  seed: 1,
  steps: 40,
  seconds: 2,
  stepsPerSecond: 20,
  ...(mean === undefined
    ? {}
    : { evaluation: { episodes: 10, mean, std: 0, min: mean, max: mean, deterministic: true } }),
  ...over,
});

/** A run whose training return is `slope` times the step, logged every `every` steps up to 40. */
function run(seed: number, slope: number, every: number, score?: number): VariantRun {
  const steps = Array.from({ length: 40 / every }, (_, i) => (i + 1) * every);
  return {
    seed,
    events: steps.map((step) => ({
      step,
      episodes: step,
      episodeReturn: slope * step,
      loss: 1,
      seconds: step / 20,
      stepsPerSecond: 20,
    })),
    summary: summary(score, { seconds: seed }),
  };
}

const variant = (label: string, runs: readonly VariantRun[]): ComparedVariant => ({ label, runs });

describe("a comparison", () => {
  const four = variant("four", [run(1, 1, 10, 10), run(2, 2, 10, 20), run(3, 3, 10, 40), run(4, 4, 10, 1000)]);

  it("has interquartile means of scores, within their intervals", () => {
    const { score, finished, seconds } = compareVariants([four]).variants[0];
    expect(score).toMatchObject({ iqm: 30, mean: 267.5 }); // of 10, 20, 40, 1000 the middle two
    expect(score?.perSeed).toEqual([10, 20, 40, 1000].map((value, i) => ({ seed: i + 1, value })));
    expect(score!.low).toBeGreaterThanOrEqual(10);
    expect(score!.low).toBeLessThan(30);
    expect(score!.high).toBeGreaterThan(30);
    expect(score!.high).toBeLessThanOrEqual(1000);
    expect([finished, seconds]).toEqual([[1, 2, 3, 4], 2.5]);
  });

  it("has the median and the worst seed's 5 % beside the means, of the seeds that recorded them", () => {
    const recorded = (seed: number, median: number, q05: number): VariantRun => {
      const { summary: all, ...rest } = run(seed, 1, 10, 10);
      const quantiles = { q05, q25: 5, q75: 20, q95: 30 };
      return { ...rest, summary: { ...all!, evaluation: { ...all!.evaluation!, median, quantiles } } };
    };
    const variants = [
      variant("new", [recorded(1, 12, -7), recorded(2, 14, 3), recorded(3, 100, 4), run(4, 1, 10, 10)]),
    ];
    const [{ spread }] = compareVariants(variants).variants;
    expect(spread).toMatchObject({ median: 14, q05: -7 });
    expect(spread?.perSeed).toEqual([
      { seed: 1, median: 12, q05: -7 },
      { seed: 2, median: 14, q05: 3 },
      { seed: 3, median: 100, q05: 4 },
    ]);
    expect(compareVariants([four]).variants[0]).not.toHaveProperty("spread");
  });

  it("scores by the last training return where nothing was evaluated", () => {
    const { score } = compareVariants([variant("plain", [run(1, 2, 10)])]).variants[0];
    expect(score).toMatchObject({ iqm: 80, low: 80, high: 80, mean: 80 });
  });

  it("names its scores, and never mixes an evaluation with another number", () => {
    const evaluated = variant("evaluated", [run(1, 1, 10, 7)]);
    const plain = variant("plain", [run(1, 2, 10)]);
    const mixed = compareVariants([evaluated, plain]);
    expect(mixed.score).toBe("evaluation");
    expect(mixed.variants[1].score).toBeUndefined();
    expect(compareVariants([plain]).score).toBe("episodeReturn");
    const solver = {
      ...run(1, 1, 10),
      events: [{ step: 10, episodes: 0, residual: 0.5, seconds: 1, stepsPerSecond: 1 }],
    };
    expect(compareVariants([variant("solver", [solver])])).toMatchObject({
      score: "residual",
      variants: [{ score: { iqm: 0.5 }, steps: 40 }],
    });
  });

  it("lays curves over a common grid, as far as all runs of the variant go", () => {
    const short = { ...run(3, 1, 4), events: run(3, 1, 4).events.slice(0, 5) }; // 4 … 20
    const { variants } = compareVariants([variant("long", [run(1, 1, 8), run(2, 3, 10)]), variant("short", [short])]);
    const long = variants[0].curves.episodeReturn;
    expect([long.x[0], long.x.at(-1)]).toEqual([10, 40]); // 101 steps from 0 to 40, those from 10 on
    expect(long.x).toHaveLength(76);
    long.x.forEach((x, i) => {
      expect(long.y[i]).toBeCloseTo(2 * x, 10); // the mean of x and 3x
      expect(long.low[i]).toBeCloseTo(x, 10); // both runs twice: 1 in 4
      expect(long.high[i]).toBeCloseTo(3 * x, 10);
    });
    const own = variants[1].curves.episodeReturn.x;
    expect([own[0], own.at(-1)]).toEqual([4, 20]);
  });

  it("gives the same numbers whatever a variant is compared with", () => {
    const alone = compareVariants([four]).variants[0];
    expect(compareVariants([variant("other", [run(1, 9, 10, 3)]), four]).variants[1].score).toEqual(alone.score);
  });

  it("measures steps to a threshold; who never reaches it is later than all others", () => {
    const at = (threshold: number) => compareVariants([four], { threshold }).variants[0].threshold;
    expect(at(40)).toMatchObject({ median: 20, reached: 4 }); // at 40, 20, 20, 10
    expect(at(80)?.perSeed.map(({ value }) => value)).toEqual([null, 40, 30, 20]);
    expect(at(80)).toMatchObject({ median: 35, reached: 3 });
    expect(at(120)).toMatchObject({ median: null, reached: 2 }); // the upper middle run never does
    const three = variant("three", four.runs.slice(1));
    expect(compareVariants([three], { threshold: 120 }).variants[0].threshold).toMatchObject({
      median: 40,
      reached: 2,
    });
    expect(compareVariants([four]).variants[0]).not.toHaveProperty("threshold");
  });

  it("leaves out runs that failed or have not ended, and names them", () => {
    const runs = [
      run(1, 1, 10, 5),
      { seed: 2, events: [], failed: "loss is NaN" },
      { ...run(3, 9, 10), summary: undefined },
    ];
    const [partly, none] = compareVariants([variant("partly", runs), variant("none", [])]).variants;
    expect(partly).toMatchObject({ finished: [1], failed: [{ seed: 2, message: "loss is NaN" }], unfinished: [3] });
    expect(partly.score?.iqm).toBe(5);
    expect(none).toEqual({ label: "none", finished: [], failed: [], unfinished: [], curves: {} });
  });

  it("falls back on the first metric where no episodes are played", () => {
    const events = [1, 2].map((step) => ({ step, episodes: 0, residual: 1 / step, seconds: 1, stepsPerSecond: 1 }));
    const { metric, variants } = compareVariants([
      variant("solver", [{ seed: 1, events, summary: summary(undefined) }]),
    ]);
    expect(metric).toBe("residual");
    expect(variants[0].score?.iqm).toBe(0.5);
  });
});

describe("its report", () => {
  const report = (variants: readonly ComparedVariant[], threshold?: number) =>
    comparisonReport(
      {
        environment: "E-<v0>",
        comparison: compareVariants(variants, { threshold }),
        variants: variants.map(({ label, runs }) => ({
          label,
          title: "A & B",
          settings: { clip: "0.1" },
          runs: runs.map(({ seed }) => ({ seed, report: `a-s${seed}/report.html` })),
        })),
        seeds: [1, 2],
        evaluationEpisodes: 10,
        facts: { node: "20" },
        commands: { "Do it again": "advantage compare 'a:x=<1>'" },
      },
      { script: "", style: "" },
    );

  it("shows every variant, its band and its single runs, and loads nothing", () => {
    const html = report(
      [variant("a:clip=0.1", [run(1, 1, 10, 5), run(2, 2, 10, 9)]), variant("<b>", [run(1, 3, 5, 7)])],
      60,
    );
    expect(html).toContain("E-&#60;v0&#62;");
    expect(html).toContain("a:clip=0.1");
    expect(html).toContain("&#60;b&#62;");
    expect(html).not.toContain("<b>b");
    expect(html).toContain('<a href="a-s2/report.html">2</a>');
    expect(html).toContain("advantage compare &#39;a:x=&#60;1&#62;&#39;");
    expect(html).toContain("clip <b>0.1</b>");
    expect(html).not.toMatch(/NaN|Infinity|undefined<|src="|url\(/);
    const charts = JSON.parse(/id="charts">(.*?)<\/script>/s.exec(html)?.[1] ?? "");
    expect(charts.episodeReturn.reference).toEqual({ value: 60, label: "threshold 60" });
    expect(charts.episodeReturn.series.map(({ low }: { low: number[] }) => low.length)).toEqual([76, 88]);
    for (const name of html.matchAll(/data-chart="([^"]*)"/g)) expect(charts).toHaveProperty([name[1]]);
  });

  it("says what failed and what has not ended", () => {
    const html = report([
      variant("a", [
        { seed: 1, events: [], failed: "no <luck>" },
        { seed: 2, events: [] },
      ]),
    ]);
    expect(html).toContain("a, seed 1: no &#60;luck&#62;");
    expect(html).toContain("Not ended: a (seed 2)");
    expect(html).not.toMatch(/NaN|Infinity/);
  });
});
