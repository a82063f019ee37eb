import { axisOf, readable } from "@advantage/rl";
import { useSignal } from "@preact/signals";
import { type Line, LineChart } from "../charts/line-chart.js";
import { download } from "../parts/download.js";
import { SeedProgress } from "../parts/seed-progress.js";
import { differences, type KeptRun } from "../state/kept-run.js";
import { forget, kept, say } from "../state/state.js";
import { chartSvg, comparisonCsv, pngOf } from "./export.js";
import { intervalCurve } from "./interval.js";
import { receiveFiles } from "./receive.js";

/** Names that every event has and that nobody compares. */
const LEFT_OUT = new Set(["episodes", "seconds"]);

/** Curves of several runs over each other, those of one environment and unit in one chart. */
export function CompareView() {
  const runs = kept.value;
  const metric = useSignal("episodeReturn");
  const bands = useSignal(true);
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  for (const { run } of runs) run?.version.value;
  const names = [...new Set(runs.flatMap(({ columns }) => [...columns.byMetric.keys()]))].filter(
    (name) => !LEFT_OUT.has(name),
  );
  const name = names.includes(metric.value) ? metric.value : (names[0] ?? "episodeReturn");
  const shown = runs.filter(({ id }) => !hidden.value.has(id));
  const colours = coloursOf(runs, bands.value);
  const tasks = tasksOf(shown);
  const differing = differences(runs);
  return (
    <div class="compare">
      <section class="card main-chart">
        <div class="title">
          <h1>Compare</h1>
          <label>
            <span class="visually-hidden">Metric</span>
            <select value={name} onChange={(event) => (metric.value = event.currentTarget.value)}>
              {(names.length > 0 ? names : [name]).map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>
          </label>
          <label class="check">
            <input
              type="checkbox"
              checked={bands.value}
              onChange={(event) => (bands.value = event.currentTarget.checked)}
            />
            Seeds as one curve with its 95 % interval
          </label>
        </div>
        <SeedProgress />
        {runs.length === 0 && (
          <p class="empty tall">
            Nothing to compare yet. A run joins when it is finished or reset; "Run 5 seeds" trains several at once; or
            drop a <code>metrics.jsonl</code> or a run's folder of the command anywhere on this page. What is here stays
            in this browser until it is removed.
          </p>
        )}
        <div class={tasks.length > 1 ? "tasks" : ""}>
          {tasks.map(({ title, runs: members }) => (
            <TaskChart
              key={title}
              title={title}
              runs={members}
              metric={name}
              joined={bands.value}
              colours={colours}
              differing={differing}
              alone={tasks.length === 1}
            />
          ))}
        </div>
        <div class="buttons">
          <FilePicker />
          <button
            type="button"
            disabled={runs.length === 0}
            onClick={() => download("comparison.csv", comparisonCsv(shown), "text/csv")}
          >
            CSV
          </button>
        </div>
      </section>
      {runs.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
        <section class="card scroll" tabIndex={0} aria-label="Runs">
          <table>
            <thead>
              <tr>
                <th>Shown</th>
                <th>Run</th>
                <th>State</th>
                <th class="right">Steps</th>
                <th class="right">{name}</th>
                <th class="right">
                  <button type="button" class="quiet" onClick={() => forget(runs)}>
                    Remove all
                  </button>
                </th>
              </tr>
            </thead>
            <tbody>
              {runs.map((kept) => (
                <Row
                  key={kept.id}
                  kept={kept}
                  metric={name}
                  colour={colours.get(kept.id)!}
                  difference={differing.get(kept.id)}
                  shown={!hidden.value.has(kept.id)}
                  onShown={(on) => {
                    const next = new Set(hidden.value);
                    if (on) next.delete(kept.id);
                    else next.add(kept.id);
                    hidden.value = next;
                  }}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </div>
  );
}

/** Runs whose numbers mean the same. */
interface Task {
  readonly title: string;
  readonly runs: readonly KeptRun[];
}

/** Files that do not tell their environment go with the others if there is but one. */
function tasksOf(runs: readonly KeptRun[]): Task[] {
  const titleOf = ({ environment, unit }: KeptRun) =>
    environment === undefined
      ? undefined
      : unit === undefined || unit === "step"
        ? environment
        : `${environment}, over ${axisOf(unit)}`;
  const titles = [...new Set(runs.flatMap((run) => titleOf(run) ?? []))];
  const untold = titles.length === 1 ? titles[0] : "Files that do not tell their environment";
  const all = runs.some((run) => titleOf(run) === undefined) ? [...new Set([...titles, untold])] : titles;
  return all.map((title) => ({ title, runs: runs.filter((run) => (titleOf(run) ?? untold) === title) }));
}

interface TaskChartProps extends Task {
  readonly metric: string;
  readonly joined: boolean;
  readonly colours: ReadonlyMap<string, string>;
  readonly differing: ReadonlyMap<string, string>;
  readonly alone: boolean;
}

function TaskChart({ title, runs, metric, joined, colours, differing, alone }: TaskChartProps) {
  const yLog = runs.some(({ logarithmic }) => logarithmic.includes(metric));
  const unit = runs.find(({ environment }) => environment !== undefined)?.unit;
  const xLabel = runs.every(({ environment }) => environment === undefined) ? "steps" : axisOf(unit);
  const lines = () => {
    for (const { run } of runs) run?.version.value;
    return linesOf(runs, metric, joined, colours, differing);
  };
  const file = `comparison-${alone ? "" : `${title.replace(/,.*/, "").replaceAll(" ", "-")}-`}${metric}`;
  const svg = () => chartSvg(lines(), xLabel, metric, yLog);
  return (
    <section class="task" aria-label={title}>
      <div class="title">
        <h2>{title}</h2>
        <button
          type="button"
          class="quiet"
          title="Download as SVG"
          onClick={() => download(`${file}.svg`, svg(), "image/svg+xml")}
        >
          SVG
        </button>
        <button
          type="button"
          class="quiet"
          title="Download as PNG"
          onClick={() =>
            pngOf(svg()).then(
              (png) => download(`${file}.png`, png),
              (error) => say(String(error), true),
            )
          }
        >
          PNG
        </button>
      </div>
      <LineChart
        height={alone ? 380 : 260}
        name={`${metric} on ${title}`}
        chart={() => ({ lines: lines(), xLabel, yLog })}
      />
      <p class="legend">
        {lines().map(({ label, colour }) => (
          <span key={`${label} ${colour}`} style={`--c:var(${colour})`}>
            {label}
          </span>
        ))}
      </p>
    </section>
  );
}

interface RowProps {
  readonly kept: KeptRun;
  readonly metric: string;
  readonly colour: string;
  readonly difference: string | undefined;
  readonly shown: boolean;
  onShown(on: boolean): void;
}

function Row({ kept: run, metric, colour, difference, shown, onShown }: RowProps) {
  const latest = run.columns.latest(metric);
  const status = run.run?.status.value;
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          aria-label={`Show ${run.label}`}
          checked={shown}
          onChange={(event) => onShown(event.currentTarget.checked)}
        />
        <i class="swatch" style={`background:var(${colour})`} />
      </td>
      <td class="name">
        {run.hash ? <a href={run.hash}>{run.label}</a> : run.label}
        {difference && <small class="difference">{difference}</small>}
      </td>
      <td>{status ?? (run.hash ? "earlier" : "file")}</td>
      <td class="number right">{readable(run.columns.lastStep)}</td>
      <td class="number right">{latest === undefined ? "–" : readable(latest)}</td>
      <td class="right">
        <button type="button" class="quiet" aria-label={`Remove ${run.label}`} onClick={() => forget([run])}>
          ✕
        </button>
      </td>
    </tr>
  );
}

/** One colour a group where seeds are joined, else one a run. */
function coloursOf(runs: readonly KeptRun[], joined: boolean): Map<string, string> {
  const keys = [...new Set(runs.map(({ id, group }) => (joined ? group : id)))];
  return new Map(runs.map(({ id, group }) => [id, `--series-${keys.indexOf(joined ? group : id) % 8}`]));
}

function linesOf(
  runs: readonly KeptRun[],
  name: string,
  joined: boolean,
  colours: ReadonlyMap<string, string>,
  differing: ReadonlyMap<string, string>,
): Line[] {
  const groups = joined ? [...new Set(runs.map(({ group }) => group))] : runs.map(({ id }) => id);
  return groups.flatMap((key) => {
    const members = runs.filter(({ id, group }) => (joined ? group : id) === key);
    const filled = members.filter(({ columns }) => columns.get(name));
    if (filled.length === 0) return [];
    const [{ id, label, groupLabel, columns }] = filled;
    const colour = colours.get(id)!;
    const difference = differing.has(id) ? ` · ${differing.get(id)}` : "";
    if (filled.length === 1) return [{ label: `${label}${difference}`, ...columns.get(name)!, colour }];
    const curve = intervalCurve(filled.map((run) => run.columns.get(name)!));
    return [{ label: `${groupLabel} · ${filled.length} seeds${difference}`, ...curve, colour }];
  });
}

/** For those who do not drag. */
function FilePicker() {
  return (
    <label class="button">
      Open files …
      <input
        type="file"
        multiple
        class="visually-hidden"
        onChange={(event) => {
          const input = event.currentTarget;
          receiveFiles([...(input.files ?? [])]);
          input.value = "";
        }}
      />
    </label>
  );
}
