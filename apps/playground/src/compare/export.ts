import { curvesSvg } from "@advantage/rl";
import type { Line } from "../charts/line-chart.js";
import type { KeptRun } from "../state/kept-run.js";

/** The chart as an SVG picture, for papers. */
export function chartSvg(lines: readonly Line[], xLabel: string, yLabel: string, yLog: boolean): string {
  const curves = lines.map(({ label, x, y, low, high, dash }) => ({
    label,
    x: Array.from(x),
    y: Array.from(y),
    ...(low && high ? { low: Array.from(low), high: Array.from(high) } : {}),
    reference: dash !== undefined,
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

/** The points of all runs, a step a line, the run's name first; of long runs those that their curves hold. */
export function comparisonCsv(runs: readonly KeptRun[]): string {
  const names = [...new Set(runs.flatMap(({ columns }) => [...columns.byMetric.keys()]))];
  const quoted = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = runs.flatMap(({ label, columns }) => {
    const bySteps = new Map<number, Map<string, number>>();
    for (const [name, { x, y }] of columns.byMetric)
      x.forEach((step, i) => {
        const row = bySteps.get(step) ?? new Map<string, number>();
        bySteps.set(step, row.set(name, y[i]));
      });
    return [...bySteps]
      .sort(([a], [b]) => a - b)
      .map(([step, row]) => `${[quoted(label), step, ...names.map((name) => row.get(name) ?? "")].join(",")}\n`);
  });
  return `${["run", "step", ...names].join(",")}\n${rows.join("")}`;
}
