import { expect, it } from "vitest";
import * as papers from "./papers.js";

it("writes each publication once", () => {
  const list = Object.values(papers).filter((paper) => typeof paper !== "function");
  expect(new Set(list.map(({ url }) => url)).size).toBe(list.length);
  expect(new Set(list.map(({ title }) => title)).size).toBe(list.length);
});

it("names the section of a book", () => {
  expect(papers.sectionOf(papers.sutton2018, "13.6")).toEqual({
    ...papers.sutton2018,
    title: "Reinforcement Learning: An Introduction, section 13.6",
  });
});
