import { findEnvironment } from "@advantage/envs";
import {
  type CurvesFigure,
  curveColour,
  DASHES,
  dashOf,
  type Figure,
  gridHtml,
  readable,
  type TableFigure,
  textHtml,
  treeHtml,
} from "@advantage/rl";
import { useEffect, useRef } from "preact/hooks";
import { LineChart } from "../charts/line-chart.js";
import { PhasePlot } from "../phase/phase-plot.js";
import { planeOf } from "../phase/planes.js";
import { current } from "../state/state.js";
import { paintMaps, watchTips } from "./map-tips.js";

/** What the algorithm shows of what it learnt: maps of values with the policy as arrows, curves, tables, trees, texts. */
export function Learnt() {
  const run = current.value;
  const figures = run?.figures.value ?? [];
  const plots = run?.phasePlots.value ?? [];
  const plane = run?.policy.value && planeOf(run.environment, run.policy.value.observationSpace);
  if (!run) return <p class="empty">Start a run: what it learns is drawn here.</p>;
  if (figures.length === 0 && plots.length === 0)
    return (
      <p class="empty">
        {run.algorithm.figures
          ? "Nothing to draw yet."
          : `${run.algorithm.title} has no pictures of its own: watch the policy act above.`}
      </p>
    );
  return (
    <div class="figures">
      {figures.map((figure) => (
        <FigureCard key={figure.title} figure={figure} />
      ))}
      {plane &&
        plots.map((phase) => (
          <PhasePlot
            key={phase.title}
            plane={plane}
            phase={phase}
            actionNames={findEnvironment(run.environment).actionNames}
          />
        ))}
    </div>
  );
}

function FigureCard({ figure }: { figure: Figure }) {
  const narrow = figure.kind === "grid" && figure.columns <= 8 && figure.rows <= 1.5 * figure.columns;
  return (
    <section class={narrow ? "card figure narrow" : "card figure"}>
      <h3>{figure.title}</h3>
      <p class="caption">{figure.caption}</p>
      {figure.kind === "grid" ? (
        <Drawing html={gridHtml(figure)} />
      ) : figure.kind === "tree" ? (
        <Drawing html={treeHtml(figure)} />
      ) : figure.kind === "text" ? (
        <Drawing html={textHtml(figure)} />
      ) : figure.kind === "curves" ? (
        <>
          <LineChart
            height={260}
            name={figure.title}
            chart={() => ({
              lines: figure.curves.map(({ label, x, y, low, high, reference }, i) => ({
                label,
                x,
                y,
                low,
                high,
                dash: reference ? DASHES[dashOf(figure.curves, i)] : undefined,
                colour: colourOf(figure.curves, i),
              })),
              xLabel: figure.xLabel,
              xLog: figure.xLog,
              yLog: figure.yLog,
            })}
          />
          {figure.curves.length > 1 && (
            <p class="legend">
              {figure.curves.map(({ label, x, reference }, i) =>
                x.length === 0 ? null : (
                  <span
                    key={label}
                    class={reference ? `dashed dash-${dashOf(figure.curves, i)}` : ""}
                    style={`--c:var(${colourOf(figure.curves, i)})`}
                  >
                    {label}
                  </span>
                ),
              )}
            </p>
          )}
        </>
      ) : (
        <FigureTable figure={figure} />
      )}
    </section>
  );
}

function colourOf(curves: CurvesFigure["curves"], index: number): string {
  const colour = curveColour(curves, index);
  return colour === undefined ? "--muted" : `--series-${colour % 8}`;
}

/** The report's drawing; its text is escaped there. */
function Drawing({ html }: { html: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => (place.current ? watchTips(place.current) : undefined), []);
  useEffect(() => {
    if (place.current) paintMaps(place.current);
  }, [html]);
  return <div ref={place} class="grid" dangerouslySetInnerHTML={{ __html: html }} />;
}

function FigureTable({ figure: { columns, rows } }: { figure: TableFigure }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={`${i} ${row[0]}`}>
              {row.map((cell, j) => (
                <td key={columns[j]} class={typeof cell === "number" ? "number" : undefined}>
                  {typeof cell === "number" ? readable(cell) : cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
