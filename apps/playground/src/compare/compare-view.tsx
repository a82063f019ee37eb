import { axisOf, readable } from "@advantage/rl";
import { useSignal } from "@preact/signals";
import { type Line, LineChart } from "../charts/line-chart.js";
import { download } from "../page/download.js";
import { kept, say } from "../page/state.js";
import { chartSvg, comparisonCsv, pngOf } from "./export.js";
import { intervalCurve } from "./interval.js";
import type { KeptRun } from "./kept-run.js";
import { receiveFiles } from "./receive.js";

/** Names that every event has and that nobody compares. */
const LEFT_OUT = new Set(["episodes", "seconds"]);

/** Curves of several runs over each other. */
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
  const yLog = shown.some(({ logarithmic }) => logarithmic.includes(name));
  const units = new Set(shown.map(({ unit }) => axisOf(unit)));
  const xLabel = units.size === 1 ? [...units][0] : "steps";
  const lines = () => {
    for (const { run } of shown) run?.version.value;
    return linesOf(shown, name, bands.value, colours);
  };
  const file = `comparison-${name}`;
  const svg = () => chartSvg(lines(), xLabel, name, yLog);
  return (
    <div class="compare">
      <section class="card main-chart">
        <div class="title">
          <h2>Compare</h2>
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
        {runs.length === 0 ? (
          <p class="empty tall">
            Nothing to compare yet. A run joins when it is finished or reset; "Run 5 seeds" trains several at once; or
            drop a<code> metrics.jsonl</code> of the command anywhere on this page.
          </p>
        ) : (
          <>
            <LineChart height={380} name={name} chart={() => ({ lines: lines(), xLabel, yLog })} />
            <p class="legend">
              {lines().map(({ label, colour }) => (
                <span key={`${label} ${colour}`} style={`--c:var(${colour})`}>
                  {label}
                </span>
              ))}
            </p>
          </>
        )}
        <div class="buttons">
          <FilePicker />
          <button
            type="button"
            disabled={runs.length === 0}
            onClick={() => download(`${file}.svg`, svg(), "image/svg+xml")}
          >
            SVG
          </button>
          <button
            type="button"
            disabled={runs.length === 0}
            onClick={() =>
              pngOf(svg()).then(
                (png) => download(`${file}.png`, png),
                (error) => say(String(error), true),
              )
            }
          >
            PNG
          </button>
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
        <section class="card scroll">
          <table>
            <thead>
              <tr>
                <th>Shown</th>
                <th>Run</th>
                <th>State</th>
                <th class="right">Steps</th>
                <th class="right">{name}</th>
                <th>
                  <span class="visually-hidden">Remove</span>
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

interface RowProps {
  readonly kept: KeptRun;
  readonly metric: string;
  readonly colour: string;
  readonly shown: boolean;
  onShown(on: boolean): void;
}

function Row({ kept: run, metric, colour, shown, onShown }: RowProps) {
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
      <td class="name">{run.hash ? <a href={run.hash}>{run.label}</a> : run.label}</td>
      <td>{status ?? "file"}</td>
      <td class="number right">{readable(run.events.at(-1)?.step ?? 0)}</td>
      <td class="number right">{latest === undefined ? "–" : readable(latest)}</td>
      <td>
        <button
          type="button"
          class="quiet"
          aria-label={`Remove ${run.label}`}
          onClick={() => {
            if (run.run?.live.value && run.run.policy.value === undefined) run.run.dispose();
            kept.value = kept.value.filter((other) => other !== run);
          }}
        >
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

function linesOf(runs: readonly KeptRun[], name: string, joined: boolean, colours: Map<string, string>): Line[] {
  const groups = joined ? [...new Set(runs.map(({ group }) => group))] : runs.map(({ id }) => id);
  return groups.flatMap((key) => {
    const members = runs.filter(({ id, group }) => (joined ? group : id) === key && (id === key || joined));
    const filled = members.filter(({ columns }) => columns.get(name));
    if (filled.length === 0) return [];
    const colour = colours.get(filled[0].id)!;
    if (filled.length === 1) return [{ label: filled[0].label, ...filled[0].columns.get(name)!, colour }];
    const curve = intervalCurve(filled.map(({ columns }) => columns.get(name)!));
    return [{ label: `${filled[0].groupLabel} · ${filled.length} seeds`, ...curve, colour }];
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
