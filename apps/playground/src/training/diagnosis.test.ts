import { expect, test } from "vitest";
import { diagnosis } from "./diagnosis.js";

const patient = { environment: "CartPole-v1", unit: "step", config: { learningRate: 10 } };

test("a run whose numbers are none any more: what, when, and what to try, each once", () => {
  const message = "loss is NaN at step 1024: training stopped; there is no earlier checkpoint";
  const failure = { message, bug: false, during: "training", step: 768 } as const;
  expect(diagnosis(failure, patient)).toBe(
    "Loss is NaN at step 1024: training stopped; there is no earlier checkpoint. The curve until then stays. Its numbers grew beyond all bounds: try a smaller learningRate.",
  );
  expect(diagnosis(failure, { ...patient, config: {} })).toContain("try smaller steps, or a smaller discount.");
  const advised = "the loss became NaN after step 40: training stopped; try a smaller learningRate";
  expect(diagnosis({ ...failure, message: advised }, patient)).toBe(
    "The loss became NaN after step 40: training stopped; try a smaller learningRate. The curve until then stays.",
  );
});

test("an environment that failed is not laid on the algorithm, even where it gave NaN", () => {
  const message = "CartPole-v1: environment 3: reward must be finite, got NaN";
  expect(diagnosis({ message, bug: false, during: "training", step: 1500 }, patient)).toBe(
    `Training stopped after step 1,500: ${message}. The curve until then stays. The environment failed, not the algorithm: look at its options.`,
  );
});

test("what nobody foresaw is called so, and when it happened", () => {
  const failure = { message: "TypeError: x is undefined", bug: true, step: 20 };
  expect(diagnosis({ ...failure, during: "training" }, { ...patient, unit: "sweep" })).toBe(
    "Training broke off after sweep 20, by an error that nobody foresaw: TypeError: x is undefined. The curve until then stays. The page and its settings are untouched; please report it with the run's link.",
  );
  expect(diagnosis({ ...failure, during: "preparing" }, patient)).toMatch(/^The run could not begin, by an error/);
  expect(diagnosis({ ...failure, during: "evaluating" }, patient)).toMatch(/^The evaluation broke off, by an error/);
});

test("a run that could not begin, and one that could not be evaluated", () => {
  const failure = { message: "there is no algorithm 'x'", bug: false, step: 0 };
  expect(diagnosis({ ...failure, during: "preparing" }, patient)).toBe(
    "The run could not begin: there is no algorithm 'x'.",
  );
  expect(diagnosis({ ...failure, during: "evaluating" }, patient)).toBe(
    "Training is finished; its policy could not be evaluated: there is no algorithm 'x'. The curve stays.",
  );
});
