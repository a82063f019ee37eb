import { expect, it } from "vitest";
import { backtrackingLineSearch } from "./line-search.js";

it("takes the first fraction that is acceptable", () => {
  const tried: number[] = [];
  const accepts = (fraction: number) => {
    tried.push(fraction);
    return fraction < 0.3;
  };
  expect(backtrackingLineSearch(accepts, { shrink: 0.5, iterations: 10 })).toBe(0.25);
  expect(tried).toEqual([1, 0.5, 0.25]);
  expect(backtrackingLineSearch(() => true, { shrink: 0.5, iterations: 10 })).toBe(1);
});

it("gives 0 where none of them is", () => {
  let tries = 0;
  const refuses = () => {
    tries += 1;
    return false;
  };
  expect(backtrackingLineSearch(refuses, { shrink: 0.8, iterations: 4 })).toBe(0);
  expect(tries).toBe(4);
});

it("refuses a factor that does not shrink", () => {
  expect(() => backtrackingLineSearch(() => true, { shrink: 1, iterations: 4 })).toThrow(
    "shrink must be in (0, 1), got 1",
  );
});
