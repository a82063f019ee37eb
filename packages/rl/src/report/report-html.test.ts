import { describe, expect, it } from "vitest";
import { counter, walk } from "../../../../test/counter.js";
import { readable } from "../core/readable.js";
import { run } from "../runner/run.js";
import { settingText } from "../runner/setting-text.js";
import { comparisonHtml } from "./comparison-html.js";
import { learningCurveSvg } from "./learning-curve-svg.js";
import { duration, type Report, reportHtml } from "./report-html.js";

const library = { script: "var uPlot = '</script>';", style: ".u-plot{}" };

async function report(over: Partial<Report> = {}): Promise<string> {
  const { summary, history } = await run(counter, walk(), { totalSteps: 100, evaluationEpisodes: 10 });
  return reportHtml(
    {
      algorithm: counter as unknown as Report["algorithm"],
      summary,
      events: history,
      config: counter.config.parse({ totalSteps: 100, learningRate: 0.25 }),
      preset: { name: "Walk-v0", source: "<b>an</b> almanac" },
      stopped: false,
      solvedAt: 5,
      facts: { node: "20" },
      commands: { Reproduce: "advantage train counter Walk-v0 --note 'a & b'" },
      ...over,
    },
    library,
  );
}

/** What a browser would load from elsewhere: links that a reader may follow are none of that. */
function loads(html: string): string[] {
  const sources = [...html.matchAll(/(?:src|srcset|data|poster)\s*=\s*["']([^"']*)/gi)].map((match) => match[1]);
  const sheets = [...html.matchAll(/<link[^>]*href="([^"]*)"/gi)].map((match) => match[1]);
  const css = [...html.matchAll(/url\(([^)]*)\)|@import/gi)].map((match) => match[0]);
  return [...sources, ...sheets, ...css].filter((address) => !address.startsWith("data:"));
}

describe("reportHtml", () => {
  it("is one whole page that loads nothing", async () => {
    const html = await report();
    expect(html.startsWith("<!doctype html>")).toBe(true);
    expect(loads(html)).toEqual([]);
    expect(html.match(/<script/g)).toHaveLength(3);
    expect(html.match(/<\/script>/g)).toHaveLength(3);
    const data = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    const charts = JSON.parse(data);
    expect(charts.episodeReturn.reference).toEqual({ value: 5, label: "solved at 5" });
    expect(charts.loss.series[0].x).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    for (const name of html.matchAll(/data-chart="([^"]*)"/g)) expect(charts).toHaveProperty(name[1]);
  });

  it("shows scores, metrics with their meaning, settings and commands", async () => {
    const html = await report();
    expect(html).toContain("10 episodes");
    expect(html).toContain("0–1; above 1 the steps are too large");
    expect(html).toMatch(
      /<tr class="changed"><td class="name">learningRate<\/td><td class="symbol">α<\/td><td class="number value">0.25</,
    );
    expect(html).toMatch(/<tr class=""><td class="name">numEnvs</);
    expect(html).toContain("&#60;b&#62;an&#60;/b&#62; almanac");
    expect(html).toContain("--note &#39;a &#38; b&#39;");
    expect(await report({ stopped: true })).toContain("Stopped at step 100 of 100");
  });
});

describe("the report of a solver", () => {
  const algorithm = {
    ...counter,
    unit: "sweep",
    needs: ["mdp"],
    metrics: {
      residual: { meaning: "What is left.", healthy: "falls", logarithmic: true, bound: "residualBound" },
      residualBound: { meaning: "Its bound.", healthy: "falls" },
      span: { meaning: "Of the values.", healthy: "grows" },
    },
  } as unknown as Report["algorithm"];
  const events = [1, 2, 3].map((step) => ({
    step,
    episodes: 0,
    residual: 1 / step,
    residualBound: 2 / step,
    span: step,
    seconds: 0.001 * step,
    stepsPerSecond: 1000,
  }));
  const summary = {
    algorithm: "counter",
    environment: "Walk-v0",
    seed: 1,
    steps: 3,
    unit: "sweep",
    seconds: 0.003,
    stepsPerSecond: 1000,
  } as const;

  it("shows its residual under its bound instead of returns that there are none of", async () => {
    const html = await report({ algorithm, events, summary });
    expect(html).not.toContain("Training return");
    expect(html).not.toContain('data-chart="episodeReturn"');
    expect(html).not.toContain('data-chart="residualBound"');
    expect(html).toContain("What is left, over sweeps");
    expect(html).toMatch(/Sweeps<\/small><b>3<\/b><small>of at most 100/);
    expect(html).toContain("3 ms");
    expect(html).toContain("1,000 sweeps/s");
    const charts = JSON.parse(/id="charts">(.*?)<\/script>/s.exec(html)?.[1] ?? "");
    expect(charts.residual).toMatchObject({ yLog: true, xLabel: "sweeps" });
    expect(charts.residual.series).toEqual([
      { label: "residual", x: [1, 2, 3], y: [1, 1 / 2, 1 / 3], colour: "--series-0" },
      { label: "residualBound", x: [1, 2, 3], y: [2, 1, 2 / 3], reference: true, colour: "--series-0", dash: [6, 5] },
    ]);
  });

  it("does not draw twice what a figure shows", async () => {
    const figure = {
      kind: "curves",
      title: "R",
      caption: "",
      xLabel: "sweeps",
      yLabel: "residual",
      curves: [],
    } as const;
    const html = await report({ algorithm, events, summary, figures: [figure] });
    expect(html).not.toContain("What is left, over sweeps");
    expect(html).toContain("What was learnt");
  });

  it("says why it failed or where it was stopped", async () => {
    expect(await report({ algorithm, events, summary, failed: "residual is <NaN>" })).toContain(
      "Failed after 3 sweeps: residual is &#60;NaN&#62;",
    );
    expect(await report({ algorithm, events, summary, stopped: true })).toContain("Stopped at sweep 3 of 100");
  });
});

describe("comparisons", () => {
  it("put the runs into one page and one picture", async () => {
    const { history } = await run(counter, walk(), { totalSteps: 100, evaluationEpisodes: 0 });
    const runs = [
      { name: "a<b", events: history },
      { name: "none", events: [] },
    ];
    const html = comparisonHtml(runs, library);
    expect(loads(html)).toEqual([]);
    expect(html).toContain("a&#60;b");
    expect(learningCurveSvg(runs)).toContain("a&#60;b");
    expect(learningCurveSvg([{ name: "none", events: [] }])).not.toMatch(/NaN|Infinity/);
  });
});

describe("numbers for people", () => {
  it("are short", () => {
    expect([1234567, 475, 98.44, 0.00031, 0, -1234.5, 0.5].map(readable)).toEqual([
      "1,234,567",
      "475",
      "98.4",
      "3.1e-4",
      "0",
      "-1,234",
      "0.5",
    ]);
    expect([0.0001, 0.0123, 8.31, 59.9, 125, 3720].map(duration)).toEqual([
      "under 1 ms",
      "12 ms",
      "8.3 s",
      "60 s",
      "2 min 05 s",
      "1 h 02 min",
    ]);
    expect([undefined, [64, 64], [], { from: 1, to: 0 }, true, "clip"].map(settingText)).toEqual([
      "none",
      "64,64",
      "none",
      "1:0",
      "true",
      "clip",
    ]);
  });
});
