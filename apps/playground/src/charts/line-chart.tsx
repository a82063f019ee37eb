import { linearTicks, logRange, logTicks, MAX_DECADES, powerOfTen, readable } from "@advantage/rl";
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { themeChanges } from "../state/theme.js";

export interface Line {
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** A CSS variable: `--series-0`. */
  readonly colour: string;
  /** Strokes and gaps, in pixels; absent for a whole line. */
  readonly dash?: readonly number[];
  /** The interval around the line, drawn as a band. */
  readonly low?: ArrayLike<number>;
  readonly high?: ArrayLike<number>;
}

export interface Chart {
  readonly lines: readonly Line[];
  readonly xLabel: string;
  readonly yLog?: boolean;
  readonly xLog?: boolean;
  /** Where the axis of x ends at least: a run's last step, so that a curve that has just begun looks like one. */
  readonly xEnd?: number;
  readonly reference?: { readonly value: number; readonly label: string };
}

/** More points than a screen has columns add nothing. */
const MAX_POINTS = 1200;
/** Milliseconds between two drawings: of the large charts, of the many small ones. */
const EVERY = 100;
const EVERY_SMALL = 250;

interface LineChartProps {
  readonly chart: () => Chart;
  /** In pixels; at least so many if it fills. */
  readonly height: number;
  /** Takes the room that its place leaves it. */
  readonly fill?: boolean;
  readonly name: string;
}

/**
 * Lines over a common axis, redrawn when a signal that `chart` reads has changed, and only while in sight.
 *
 * @param name what it shows, for those who cannot see it; the latest values are added
 */
export function LineChart({ chart, height, fill, name }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(chart);
  const follow = useRef<() => void>(() => {});
  latest.current = chart;
  useEffect(() => {
    const element = place.current!;
    let plot: uPlot | undefined;
    let shape = "";
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = true;
    let due = false;
    let drawnAt = 0;

    const heightNow = () => (fill ? Math.max(height, element.clientHeight) : height);
    const draw = () => {
      timer = undefined;
      if (!seen || element.clientWidth === 0) {
        due = true;
        return;
      }
      due = false;
      drawnAt = performance.now();
      const current = latest.current();
      const lines = current.lines.filter((line) => line.x.length > 0);
      element.setAttribute("aria-label", description(name, lines));
      const data = dataOf(lines, current);
      const now = JSON.stringify([
        lines.map(({ label, colour, dash, low, x }) => [label, colour, dash, low !== undefined, x.length === 1]),
        current.xEnd,
        current.yLog,
        current.xLog,
        current.reference,
        current.xLabel,
        themeChanges.value,
      ]);
      if (now === shape && plot) {
        plot.setData(data);
        return;
      }
      plot?.destroy();
      plot = undefined;
      shape = now;
      element.classList.toggle("empty", lines.length === 0);
      element.replaceChildren();
      if (lines.length === 0) element.textContent = "No values yet";
      else plot = new uPlot(optionsOf(current, lines, element.clientWidth, heightNow()), data, element);
    };
    const request = () => {
      timer ??= setTimeout(draw, Math.max(0, (height < 200 ? EVERY_SMALL : EVERY) - (performance.now() - drawnAt)));
    };

    let stop = () => {};
    // Another run reads other signals.
    follow.current = () => {
      stop();
      stop = effect(() => {
        latest.current();
        themeChanges.value;
        request();
      });
    };
    follow.current();
    const sight = new IntersectionObserver(
      (entries) => {
        seen = entries[entries.length - 1].isIntersecting; // several may have gathered, oldest first
        if (seen && due) request();
      },
      { rootMargin: "100%" }, // drawn before it is scrolled to
    );
    sight.observe(element);
    const size = new ResizeObserver(() => {
      if (element.clientWidth === 0) return;
      if (plot) plot.setSize({ width: element.clientWidth, height: heightNow() });
      else request();
    });
    size.observe(element);
    return () => {
      stop();
      follow.current = () => {};
      clearTimeout(timer);
      sight.disconnect();
      size.disconnect();
      plot?.destroy();
    };
  }, [height, fill, name]);
  useEffect(() => follow.current());
  return <div ref={place} class={fill ? "chart fill" : "chart"} style={{ minHeight: `${height}px` }} role="img" />;
}

function description(name: string, lines: readonly Line[]): string {
  if (lines.length === 0) return `${name}: no values yet`;
  const last = lines
    .slice(0, 4)
    .map(({ label, y }) => `${lines.length > 1 ? `${label} ` : ""}${readable(y[y.length - 1])}`);
  return `${name}: latest ${last.join(", ")}`;
}

/**
 * The lines over their common x, thinned. A logarithmic axis is a linear one of the powers of ten (see `axis.ts` of the reports): what has
 * none is left out.
 */
function dataOf(lines: readonly Line[], { yLog, xLog }: Chart): uPlot.AlignedData {
  const tables = lines.map(({ x, y, low, high }) => {
    const at = thin(x.length).filter((i) => Number.isFinite(x[i]) && (!xLog || x[i] > 0));
    const take = (values: ArrayLike<number>) =>
      at.map((i) => {
        const value = yLog ? Math.log10(values[i]) : values[i];
        return Number.isFinite(value) ? value : null;
      });
    const table = [at.map((i) => (xLog ? Math.log10(x[i]) : x[i])), take(y)];
    if (low && high) table.push(take(high), take(low));
    return table as uPlot.AlignedData;
  });
  return lines.length === 0 ? [[]] : uPlot.join(tables);
}

function thin(length: number): number[] {
  const stride = Math.max(1, Math.ceil(length / MAX_POINTS));
  const at: number[] = [];
  for (let i = 0; i < length; i += stride) at.push(i);
  if (length > 0 && at[at.length - 1] !== length - 1) at.push(length - 1);
  return at;
}

function optionsOf(chart: Chart, lines: readonly Line[], width: number, height: number): uPlot.Options {
  const small = height < 200;
  const css = (variable: string) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
  const font = "11px system-ui, sans-serif";
  const axis = {
    stroke: css("--muted"),
    font,
    grid: { stroke: css("--grid"), width: 1 },
    ticks: { show: false },
  };
  const range: uPlot.Range.Function = (_, low, high) => {
    if (low === null || high === null) return [0, 1];
    const { value } = chart.reference ?? { value: low };
    const [from, to] = [Math.min(low, value), Math.max(high, value)];
    const pad = (to - from || Math.abs(to) || 1) * 0.08;
    return [from >= 0 && from - pad < 0 ? 0 : from - pad, to + pad];
  };
  const rangeOfPowers: uPlot.Range.Function = (_, low, high) => logRange(low, high, MAX_DECADES);
  const along: uPlot.Range.Function = ({ data: [x] }, low, high) => {
    if (low === null || high === null) return [0, chart.xEnd ?? 1];
    const whole = low <= x[0] && high >= x[x.length - 1]; // else a part was picked
    const [from, to] = whole ? [Math.min(low, 0), Math.max(high, chart.xEnd ?? high)] : [low, high];
    return to > from ? [from, to] : [from - 1, to + 1];
  };
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const { label, colour, dash, low, x } of lines) {
    const stroke = css(colour);
    series.push({
      label,
      stroke,
      width: dash || small ? 1.5 : 2,
      dash: dash && [...dash],
      spanGaps: true,
      points: { show: x.length === 1 },
      fill: lines.length === 1 && !small && !chart.yLog && !low ? (plot) => shade(plot, stroke) : undefined,
      fillTo: (plot) => plot.scales.y.min ?? 0,
    });
    if (low) {
      const at = series.length;
      const edge = { width: 0, spanGaps: true, points: { show: false } };
      series.push({ ...edge, label: `${label}, high` }, { ...edge, label: `${label}, low` });
      bands.push({ series: [at, at + 1], fill: `${stroke}2b` });
    }
  }
  const named = (log: boolean | undefined, most: (plot: uPlot) => number): Partial<uPlot.Axis> => ({
    incrs: (_, __, from, to) => [Math.max(5, to - from)], // the ticks are our own
    splits: (plot, _, from, to) => (log ? logTicks : linearTicks)(from, to, most(plot)),
    values: (_, ticks) => ticks.map(log ? powerText : short),
  });
  return {
    width,
    height,
    padding: [10, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
    scales: {
      x: { time: false, range: chart.xLog ? rangeOfPowers : along },
      y: { range: chart.yLog ? rangeOfPowers : range },
    },
    axes: [
      {
        ...axis,
        size: 28,
        ...named(chart.xLog, ({ bbox }) => Math.max(2, Math.floor(bbox.width / devicePixelRatio / 80))),
        grid: { show: false },
        ...(small ? {} : { label: chart.xLabel, labelSize: 18, labelFont: font, labelGap: 0 }),
      },
      { ...axis, size: 46, ...named(chart.yLog, () => (small ? 3 : 6)) },
    ],
    series,
    bands,
    plugins: [tip(chart, lines, css), referenceLine(chart, css)],
  };
}

function shade({ ctx, bbox }: uPlot, colour: string): CanvasGradient | string {
  if (!Number.isFinite(bbox.top + bbox.height)) return "transparent";
  const gradient = ctx.createLinearGradient(0, bbox.top, 0, bbox.top + bbox.height);
  gradient.addColorStop(0, `${colour}2e`);
  gradient.addColorStop(1, `${colour}00`);
  return gradient;
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(3))}k`;
  if (size !== 0 && size < 1e-3) return value.toExponential(0);
  return String(Number(value.toPrecision(4)));
}

/** "1e-5" for a whole power of ten far from 1. */
function powerText(power: number): string {
  return Number.isInteger(power) && (power < -3 || power >= 6) ? `1e${power}` : short(powerOfTen(power));
}

/** The values under the pointer. */
function tip({ xLabel, xLog, yLog }: Chart, lines: readonly Line[], css: (variable: string) => string): uPlot.Plugin {
  const box = document.createElement("div");
  box.className = "tip";
  box.hidden = true;
  return {
    hooks: {
      init: (plot) => {
        plot.over.append(box);
      },
      setCursor: (plot) => {
        const { idx, left } = plot.cursor;
        box.hidden = idx === null || idx === undefined || left === undefined || left < 0;
        if (box.hidden) return;
        const head = document.createElement("b");
        const x = plot.data[0][idx!];
        head.textContent = `${xLabel} ${readable(xLog ? powerOfTen(x) : x)}`;
        box.replaceChildren(head);
        let at = 1;
        for (const { label, colour, low } of lines) {
          const value = nearest(plot.data[at], idx!);
          at += low ? 3 : 1;
          if (value === undefined) continue;
          const row = document.createElement("span");
          row.style.setProperty("--c", css(colour));
          row.textContent = `${lines.length > 1 ? `${label}  ` : ""}${readable(yLog ? powerOfTen(value) : value)}`;
          box.append(row);
        }
        const right = left! > plot.over.clientWidth / 2;
        box.style.left = right ? "auto" : `${left! + 12}px`;
        box.style.right = right ? `${plot.over.clientWidth - left! + 12}px` : "auto";
      },
    },
  };
}

/** The value at an index, or the last one before it: lines of several runs have points of their own. */
function nearest(values: ArrayLike<number | null | undefined>, index: number): number | undefined {
  for (let i = index; i >= Math.max(0, index - 40); i--) {
    const value = values[i];
    if (value !== null && value !== undefined) return value;
  }
  return undefined;
}

function referenceLine({ reference, yLog }: Chart, css: (variable: string) => string): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        if (!reference) return;
        const { ctx, bbox } = plot;
        const y = plot.valToPos(yLog ? Math.log10(reference.value) : reference.value, "y", true);
        if (!(y >= bbox.top && y <= bbox.top + bbox.height)) return;
        const px = devicePixelRatio;
        ctx.save();
        ctx.strokeStyle = ctx.fillStyle = css("--muted");
        ctx.setLineDash([4 * px, 4 * px]);
        ctx.lineWidth = px;
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.font = `${11 * px}px system-ui, sans-serif`;
        ctx.textAlign = "left";
        ctx.fillText(reference.label, bbox.left + 6 * px, y + (y - bbox.top < 20 * px ? 14 : -5) * px);
        ctx.restore();
      },
    },
  };
}
