import { expect, it } from "vitest";
import { Averages } from "./averages.js";

it("means each name over the updates that had it", () => {
  const averages = new Averages();
  expect(averages.means()).toEqual({});
  averages.add({ loss: 1, kl: 4 });
  averages.add({ loss: 2 });
  averages.add({ loss: 6 });
  expect(averages.means()).toEqual({ loss: 3, kl: 4 });
  averages.add({ loss: Number.NaN });
  expect(averages.means().loss).toBeNaN();
});
