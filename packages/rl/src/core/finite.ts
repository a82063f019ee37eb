import { leavesOf, ops, type Params } from "@advantage/engine";
import { RunError } from "./errors.js";

/** One gradient step before it is applied. */
export interface Update {
  /** Environment steps done. */
  readonly step: number;
  readonly loss: number;
  readonly gradient: Params;
  /** The gradient's global norm. */
  readonly norm: number;
}

/** Stops a run before a loss or gradient that is no number reaches the parameters, naming the tensor and the step. */
export function requireFiniteUpdate({ step, loss, gradient, norm }: Update): void {
  if (Number.isFinite(loss) && Number.isFinite(norm)) return;
  const broken = leavesOf(gradient.tree).find(({ tensor }) => !ops.allFinite(tensor));
  const where = Number.isFinite(loss) ? `the gradient of ${broken?.name ?? "the parameters"}` : "the loss";
  const value = Number.isFinite(loss) ? (broken?.tensor.data.find((x) => !Number.isFinite(x)) ?? norm) : loss;
  throw new RunError(
    `${where} became ${value} after step ${step}: training stopped before the parameters changed; try a smaller learningRate, or look at the rewards' scale`,
  );
}

/** Stops a run at a number that a step has led to and that is none, such as a divergence that says whether to go on. */
export function requireFiniteStep({ step, name, value }: { step: number; name: string; value: number }): void {
  if (Number.isFinite(value)) return;
  throw new RunError(
    `${name} became ${value} after step ${step}: training stopped; take smaller steps, or look at the rewards' scale`,
  );
}
