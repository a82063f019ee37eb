import { stripVTControlCharacters } from "node:util";
import { environments } from "@advantage/envs";
import { algorithms, loadPolicy } from "@advantage/rl";
import { describe, expect, test } from "vitest";
import { listText, showText } from "./describe.js";

const catalogue = { algorithms, environments, loadPolicy };
const names = [...algorithms, ...environments].map(({ id }) => id);

describe.each([120, 80])("at %d columns", (columns) => {
  test.each([false, true])("list and show fit, addresses whole (colours: %s)", (colours) => {
    const texts = [
      listText(catalogue, { colours, columns }),
      ...names.map((name) => showText(name, { colours, columns }, catalogue)),
    ];
    const lines = texts.flatMap((text) => stripVTControlCharacters(text).split("\n"));
    const tooLong = lines.filter((line) => line.length > columns && line.trim().includes(" "));
    expect(tooLong).toEqual([]);
    const shown = texts.join("\n");
    for (const { url } of algorithms.flatMap(({ papers }) => papers)) expect(shown).toContain(url);
  });
});

test("spaces are said as people say them", () => {
  const show = (name: string) => showText(name, { colours: false, columns: 100 }, catalogue);
  expect(show("CartPole-v1")).toContain("observations  4 reals\n");
  expect(show("Acrobot-v1")).toContain("observations  6 reals\n");
  expect(show("Pendulum-v1")).toContain("actions       1 real in [-2, 2]\n");
  expect(show("CartPole-v1")).toContain("actions       Discrete(2)\n");
});

test("an algorithm's deviations from its sources are numbered, as on its page", () => {
  const text = showText("td0", { colours: false, columns: 200 }, catalogue);
  const [first, second] = algorithms.find(({ id }) => id === "td0")?.deviations ?? [];
  expect(text).toContain(`Where it differs from its sources\n  1. ${first}\n  2. ${second}\n\nSettings`);
  expect(showText("mdp", { colours: false, columns: 200 }, catalogue)).not.toContain("differs");
});
