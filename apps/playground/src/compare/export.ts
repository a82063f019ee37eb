import { curvesSvg, type MetricsEvent } from "@advantage/rl";
import type { Line } from "../charts/line-chart.js";
import type { KeptRun } from "./kept-run.js";

/** The chart as an SVG picture, for papers. */
export function chartSvg(lines: readonly Line[], xLabel: string, yLabel: string, yLog: boolean): string {
  const curves = lines.map(({ label, x, y, low, high, dashed }) => ({
    label,
    x: Array.from(x),
    y: Array.from(y),
    ...(low && high ? { low: Array.from(low), high: Array.from(high) } : {}),
    reference: dashed,
  }));
  return curvesSvg({ curves, xLabel, yLabel, yLog });
}

/** An SVG picture as PNG, twice its size. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number);
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg.replace("<svg ", `<svg width="${width}" height="${height}" `))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture could not be drawn"))), "image/png"),
  );
}

/** All events of all runs, one a line, the run's name first. */
export function comparisonCsv(runs: readonly KeptRun[]): string {
  const names = [...new Set(runs.flatMap(({ events }) => events.flatMap(Object.keys)))];
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const row = (label: string, event: MetricsEvent) =>
    [quoted(label), ...names.map((name) => event[name] ?? "")].join(",");
  return `${["run", ...names].join(",")}\n${runs.flatMap(({ label, events }) => events.map((event) => `${row(label, event)}\n`)).join("")}`;
}
