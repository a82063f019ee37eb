import { grad } from "../autodiff.js";
import { mul } from "../ops/elementwise.js";
import { concat, reshape, sum } from "../ops/shape.js";
import { Random } from "../random.js";
import { hold, type Shape, scope, sizeOf, type Tensor, tensor } from "../tensor.js";

export interface GradientCheck {
  /** h, the distance of the sample points. Functions with kinks must have none within 2h of the inputs. */
  readonly step?: number;
  /** Largest |gradient − difference| / (1 + |difference|) that passes. */
  readonly tolerance?: number;
}

/**
 * Holds the gradient of `f` with respect to each of `inputs` against central differences of the fourth order,
 * f′(x) ≈ (8(f(x+h) − f(x−h)) − (f(x+2h) − f(x−2h)))/12h, exact but for O(h⁴) and f32 rounding/h.
 *
 * A result of several elements is projected on a fixed random direction, in f64. `f` may use the inputs through its
 * arguments or by closure (the parameters of a module): they are the same tensors.
 *
 * @throws where the two differ by more than the tolerance, with the input, the element and both numbers
 */
export function checkGradient(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { step = 1 / 32, tolerance = 5e-4 }: GradientCheck = {},
): void {
  const shape = scope(() => [...f(...inputs).shape]);
  const direction = randomDirection(shape);
  const gradients = scope(() =>
    grad((...xs) => sum(mul(f(...xs), tensor(direction, shape))))(...inputs).map((gradient) => ({
      shape: [...gradient.shape],
      values: gradient.values(),
    })),
  );
  const outputs = () => scope(() => ({ values: f(...inputs).values() })).values;

  inputs.forEach((input, index) => {
    const gradient = gradients[index];
    if (gradient.shape.join() !== input.shape.join()) {
      throw new Error(
        `the gradient of input ${index} [${input.shape.join(", ")}] has shape [${gradient.shape.join(", ")}]`,
      );
    }
    const original = input.values();
    for (let i = 0; i < input.size; i++) {
      const outputAt = (offset: number): Float32Array => {
        const moved = original.slice();
        moved[i] += offset;
        input.set(moved);
        return outputs();
      };
      const [near, far] = [step, 2 * step].map((h) => projectedDifference(outputAt(h), outputAt(-h), direction));
      const difference = (8 * near - far) / (12 * step);
      const error = Math.abs(gradient.values[i] - difference) / (1 + Math.abs(difference));
      if (!(error <= tolerance)) {
        input.set(original);
        throw new Error(
          `the gradient of input ${index} [${input.shape.join(", ")}] at element ${i} is ${gradient.values[i]}, finite differences give ${difference} (tolerance ${tolerance})`,
        );
      }
    }
    input.set(original);
  });
}

/** Check of second derivatives: `checkGradient` of the gradient of `f`. */
export function checkSecondGradient(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradientCheck = {},
): void {
  const shape = scope(() => [...f(...inputs).shape]);
  const direction = randomDirection(shape);
  const gradientOf = grad((...xs) => sum(mul(f(...xs), tensor(direction, shape))));
  checkGradient(
    (...xs) =>
      concat(
        gradientOf(...xs).map((gradient) => reshape(gradient, [gradient.size])),
        0,
      ),
    inputs,
    options,
  );
}

function randomDirection(shape: Shape): Float32Array {
  const direction = new Float32Array(sizeOf(shape));
  Random.fromSeed(0).fork("direction").fillUniform(direction, 0.5, 1.5);
  for (let i = 1; i < direction.length; i += 2) direction[i] *= -1;
  return direction;
}

/** ⟨direction, a − b⟩ */
function projectedDifference(a: Float32Array, b: Float32Array, direction: Float32Array): number {
  let total = 0;
  for (let i = 0; i < direction.length; i++) total += direction[i] * (a[i] - b[i]);
  return total;
}

export interface SampleOptions {
  readonly seed?: number;
  readonly low?: number;
  readonly high?: number;
  /** Smallest distance from 0, where |x| and relu have their kink. */
  readonly fromZero?: number;
}

/**
 * Random tensors of these shapes, all of whose elements are different: evenly spread over [low, high], in random order,
 * so that maxima have no near-ties within the reach of a finite difference. They outlive scopes.
 */
export function samples(
  shapes: readonly Shape[],
  { seed = 1, low = -2, high = 2, fromZero = 0.15 }: SampleOptions = {},
): Tensor[] {
  const random = Random.fromSeed(seed).fork("samples");
  const count = shapes.reduce((total, shape) => total + sizeOf(shape), 0);
  const order = random.permutation(count);
  let next = 0;
  return shapes.map((shape) => {
    const made = hold([...shape]);
    const values = Float32Array.from({ length: made.size }, () => {
      const value = low + ((order[next++] + random.uniform(0.3, 0.7)) / count) * (high - low);
      if (Math.abs(value) >= fromZero) return value;
      return low >= 0 || (value >= 0 && high > 0) ? fromZero : -fromZero;
    });
    made.set(values);
    return made;
  });
}
