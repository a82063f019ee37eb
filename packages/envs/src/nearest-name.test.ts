import { expect, test } from "vitest";
import { didYouMean, editDistance, nearestName } from "./nearest-name.js";

test.each([
  ["", "", 0],
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["ca", "ac", 1], // a swap of neighbours is one edit
  ["CartPol", "CartPole", 1],
  ["ppo", "dqn", 3],
])("distance of '%s' and '%s' is %i", (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});

test("names that are short or distant are not guessed at", () => {
  const algorithms = ["ppo", "a2c", "dqn", "sarsa"];
  for (const name of ["", "x", "ls", "xyz", "frobnicate"]) expect(nearestName(name, algorithms)).toBeUndefined();
  expect(nearestName("pp0", algorithms)).toBe("ppo");
  expect(nearestName("sarse", algorithms)).toBe("sarsa");
  // A version left out is no letter mistyped.
  expect(nearestName("taxi", ["Walk-v3", "Taxi-v3"])).toBe("Taxi-v3");
  expect(nearestName("Bar-v0", ["Walk-v0"])).toBeUndefined();
});

test("the nearest name, whatever the case", () => {
  const names = ["CartPole-v1", "Pendulum-v1", "Acrobot-v1"];
  expect(nearestName("cartpole", names)).toBe("CartPole-v1");
  expect(nearestName("Pendlum-v1", names)).toBe("Pendulum-v1");
  expect(nearestName("xyzzy-plugh-quux", names)).toBeUndefined();
  expect(didYouMean("Acorbot-v1", names)).toBe(" Did you mean 'Acrobot-v1'?");
  expect(didYouMean("xyzzy-plugh-quux", names)).toBe("");
});
