import { findEnvironment } from "@advantage/envs";
import { axisOf, DASHES, judgeMetric, type Metric, metricNames, readable, stepsEnvironment } from "@advantage/rl";
import { LineChart } from "../charts/line-chart.js";
import { Hint } from "../parts/hint.js";
import { choice, current, kept } from "../state/state.js";
import type { TrainingRun } from "../training/training-run.js";

/** The curve that says most: the training return, or where no episodes are played a metric with a bound, a residual, the first. */
export function mainMetric(run: TrainingRun | undefined, algorithm = choice.value.algorithm): string {
  const { metrics, mainMetric: chosen, unit = "step" } = algorithm;
  const logged = (name: string) => run?.columns.get(name) !== undefined;
  if (chosen !== undefined && (run === undefined || logged(chosen))) return chosen;
  if (isConstant(run, "episodeReturn") && logged("episodeLength") && !isConstant(run, "episodeLength"))
    return "episodeLength";
  // A bandit's whole run may be one episode: that is no curve.
  if ((run?.columns.get("episodeReturn")?.x.length ?? 0) > 1 || (unit === "step" && stepsEnvironment(algorithm)))
    return "episodeReturn";
  const bounds = new Set(Object.values(metrics).map(({ bound }) => bound));
  const names = Object.keys(metrics).filter((name) => !bounds.has(name) && (run === undefined || logged(name)));
  return (
    names.find((name) => metrics[name].bound) ??
    names.find((name) => metrics[name].logarithmic) ??
    names[0] ??
    "episodeReturn"
  );
}

/** Whether a metric never changes: a maze whose goal alone pays returns 1 for ever, and only the way gets shorter. */
function isConstant(run: TrainingRun | undefined, name: string): boolean {
  const y = run?.columns.get(name)?.y;
  if (y === undefined || y.length < 2) return false;
  for (let i = 1; i < y.length; i++) if (y[i] !== y[0]) return false;
  return true;
}

/** Where the axis of a run's curves ends: at its last step, which is an earlier one if it converged. */
function endOf(run: TrainingRun | undefined): number | undefined {
  return run?.live.value && run.status.value !== "evaluating" ? run.config.totalSteps : undefined;
}

/** The learning curve, with the runs before it behind it. */
export function MainChart() {
  const run = current.value;
  run?.version.value;
  const { algorithm } = choice.value;
  const environment = run ? findEnvironment(run.environment) : choice.value.environment;
  const shown = run?.algorithm ?? algorithm;
  const name = mainMetric(run, shown);
  const metric = metricNames(shown)[name];
  // With other options it is another task.
  const options = run ? run.options : choice.value.prepared?.context.env?.options;
  const solvedAt = options === undefined ? environment.solvedAt : undefined;
  const latest = run?.columns.latest(name);
  const chart = () => {
    run?.version.value;
    const column = run?.columns.get(name);
    const { bound, logarithmic } = shown.metrics[name] ?? {};
    const limit = bound === undefined ? undefined : run?.columns.get(bound);
    const earlier = kept.value.filter(
      (other) => other.run !== run && other.run?.algorithm.id === shown.id && other.run.environment === environment.id,
    );
    return {
      lines: [
        ...earlier.slice(-4).flatMap((other) => {
          const before = other.columns.get(name);
          return before ? [{ label: "before", ...before, colour: "--line" }] : [];
        }),
        ...(column ? [{ label: name, ...column, colour: "--series-0" }] : []),
        ...(limit && bound ? [{ label: bound, ...limit, colour: "--muted", dash: DASHES[0] }] : []),
      ],
      xLabel: axisOf(shown.unit),
      xEnd: endOf(run),
      yLog: logarithmic,
      reference:
        name === "episodeReturn" && solvedAt !== undefined
          ? { value: solvedAt, label: `solved at ${solvedAt}` }
          : undefined,
    };
  };
  return (
    <section class="card main-chart" aria-label="Learning curve">
      <div class="title">
        <h2>
          <Hint text={explanation(run, name, metric)} wide>
            {name === "episodeReturn" ? "Training return" : name}
          </Hint>
        </h2>
        <span class="latest">{latest === undefined ? "" : readable(latest)}</span>
      </div>
      <LineChart chart={chart} height={280} fill name={name} />
    </section>
  );
}

/** What a metric means and what is expected of it, after a verdict where the numbers allow one. */
function explanation(run: TrainingRun | undefined, name: string, metric: Metric): string {
  const judgement = judgeMetric(name, metric, run?.events ?? []);
  const verdict =
    judgement === undefined || judgement.verdict === "unclear"
      ? ""
      : `${judgement.verdict === "healthy" ? "Healthy" : judgement.verdict === "too high" ? "Too high" : "Too low"}: ${judgement.grounds}. `;
  return `${metric.meaning}. ${verdict}Expected: ${metric.healthy}.`;
}

/** Every other metric that was logged, small. */
export function Metrics() {
  const run = current.value;
  run?.version.value;
  if (run && run.events.length === 0 && run.status.value === "finished")
    return <p class="empty">The run had ended before it was loaded: nothing was logged here.</p>;
  if (!run || run.events.length === 0)
    return <p class="empty">Start a run: losses, entropy and whatever else the algorithm logs appear here.</p>;
  const { algorithm, columns } = run;
  const main = mainMetric(run, algorithm);
  const bounds = new Set(Object.values(algorithm.metrics).map(({ bound }) => bound));
  const all: [string, Metric][] = Object.entries(metricNames(algorithm)).filter(
    ([name]) => !["step", "episodes", "seconds", main].includes(name) && !bounds.has(name) && columns.get(name),
  );
  return (
    <div class="multiples">
      {all.map(([name, metric]) => (
        <SmallChart key={`${run.id} ${name}`} run={run} name={name} metric={metric} />
      ))}
    </div>
  );
}

function SmallChart({ run, name, metric }: { run: TrainingRun; name: string; metric: Metric }) {
  const latest = run.columns.latest(name);
  const chart = () => {
    run.version.value;
    const column = run.columns.get(name);
    const bound = metric.bound === undefined ? undefined : run.columns.get(metric.bound);
    return {
      lines: [
        ...(column ? [{ label: name, ...column, colour: "--series-0" }] : []),
        ...(bound ? [{ label: metric.bound!, ...bound, colour: "--muted", dash: DASHES[0] }] : []),
      ],
      xLabel: axisOf(run.algorithm.unit),
      xEnd: endOf(run),
      yLog: metric.logarithmic,
    };
  };
  return (
    <div class="card metric">
      <div class="title">
        <h3>
          <Hint text={explanation(run, name, metric)} wide>
            {name}
          </Hint>
        </h3>
        <span class="latest">{latest === undefined ? "" : readable(latest)}</span>
      </div>
      <LineChart chart={chart} height={120} name={name} />
    </div>
  );
}
