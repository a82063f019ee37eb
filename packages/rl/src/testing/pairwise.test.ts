import { expect, it } from "vitest";
import { type Factor, pairwise } from "./pairwise.js";

const factors: readonly Factor[] = [
  { name: "a", values: [1, 2, 3] },
  { name: "b", values: ["x", "y"] },
  { name: "c", values: [false, true] },
  { name: "d", values: [0, 1, 2, 3] },
];

/** How many of the pairs of values meet in no row, of those that may. */
function missing(rows: readonly Readonly<Record<string, unknown>>[], may: (row: Record<string, unknown>) => boolean) {
  const usual = Object.fromEntries(factors.map(({ name, values }) => [name, values[0]]));
  return factors.flatMap((f, i) =>
    factors
      .slice(0, i)
      .flatMap((g) =>
        f.values.flatMap((v) =>
          g.values.flatMap((w) =>
            may({ ...usual, [f.name]: v, [g.name]: w }) && !rows.some((row) => row[f.name] === v && row[g.name] === w)
              ? [[f.name, v, g.name, w]]
              : [],
          ),
        ),
      ),
  );
}

it("lets every two values meet, in far fewer rows than there are combinations", () => {
  const rows = pairwise(factors);
  expect(missing(rows, () => true)).toEqual([]);
  expect(rows[0]).toEqual({ a: 1, b: "x", c: false, d: 0 });
  expect(rows.length).toBeGreaterThanOrEqual(12); // the two largest factors need as many
  expect(rows.length).toBeLessThanOrEqual(16); // of 48
});

it("keeps to what is allowed, and leaves out only pairs that are not", () => {
  const allowed = (row: Readonly<Record<string, unknown>>) => !(row.a === 2 && row.c === true) && row.d !== 3;
  const rows = pairwise(factors, allowed);
  expect(rows.every(allowed)).toBe(true);
  expect(missing(rows, allowed)).toEqual([]);
});

it("finds a value that is allowed only together with another", () => {
  const rows = pairwise(factors, (row) => row.b !== "y" || row.c === true);
  expect(rows.some((row) => row.b === "y")).toBe(true);
});

it("tries each value of a single factor, and one row of none", () => {
  expect(pairwise([factors[0]])).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  expect(pairwise([])).toEqual([{}]);
});
