import { expect, test } from "vitest";
import { Columns, MOST_POINTS } from "./columns.js";
import { ThinnedList } from "./thinned-list.js";

test("a short list keeps everything", () => {
  const list = new ThinnedList<number>(4);
  for (const item of [1, 2, 3, 4]) list.add(item);
  expect(list.items).toEqual([1, 2, 3, 4]);
  expect(list.stride).toBe(1);
});

test("a long one keeps the multiples of its stride, and the latest", () => {
  for (let length = 1; length <= 70; length++) {
    const list = new ThinnedList<number>(8);
    for (let i = 0; i < length; i++) list.add(i);
    const { items, stride } = list;
    const expected = Array.from({ length }, (_, i) => i).filter((i) => i % stride === 0 || i === length - 1);
    expect(items).toEqual(expected);
    expect(items.length).toBeLessThanOrEqual(9);
    expect(stride).toBeLessThanOrEqual(Math.max(1, length / 4));
  }
});

test("columns of many lines hold a few thousand points, spread over all of them", () => {
  const columns = new Columns();
  const lines = 200_000;
  const event = (i: number) => ({ step: 100 * i, episodes: i, seconds: i, stepsPerSecond: 1, loss: Math.sin(i) });
  for (let i = 0; i < lines; i++) columns.add([event(i)]);
  const { x, y } = columns.get("loss")!;
  expect(x.length).toBe(y.length);
  expect(x.length).toBeLessThanOrEqual(MOST_POINTS + 1);
  expect(x.length).toBeGreaterThan(MOST_POINTS / 2);
  expect([x[0], x.at(-1)]).toEqual([0, 100 * (lines - 1)]);
  expect(columns.latest("loss")).toBe(Math.sin(lines - 1));
  expect(columns.lastStep).toBe(100 * (lines - 1));
  x.forEach((step, i) => {
    expect(y[i]).toBe(Math.sin(step / 100));
  });
});
