import { createStore, del, entries, set } from "idb-keyval";
import { type Column, Columns } from "../training/columns.js";
import type { KeptRun } from "./kept-run.js";

/** A kept run without what lives only as long as the page. */
interface StoredRun extends Omit<KeptRun, "columns" | "run"> {
  readonly byMetric: ReadonlyMap<string, Column>;
  readonly lastStep: number;
}

const store = createStore("advantage", "runs");

/** The runs that were kept on earlier visits, oldest first; none where the browser stores nothing. */
export async function storedRuns(): Promise<KeptRun[]> {
  try {
    const all = await entries<string, StoredRun>(store);
    return all
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { byMetric, lastStep, ...run }]) => ({ ...run, columns: Columns.of(byMetric, lastStep) }));
  } catch {
    return [];
  }
}

/** @returns whether it could be stored */
export async function storeRun({ run: _live, columns, ...rest }: KeptRun): Promise<boolean> {
  const stored: StoredRun = { ...rest, byMetric: columns.byMetric, lastStep: columns.lastStep };
  try {
    await set(rest.id, stored, store);
    return true;
  } catch {
    return false;
  }
}

export async function forgetRun({ id }: KeptRun): Promise<void> {
  await del(id, store).catch(() => {}); // nothing is stored where nothing can be
}
