import { readFileSync } from "node:fs";
import { grad, indices, ops, type Tensor, tensor } from "@advantage/engine";
import { checkGradient, samples } from "@advantage/engine/testing";
import { describe, expect, it } from "vitest";
import {
  bernoulliEntropy,
  bernoulliKl,
  bernoulliLogProb,
  categoricalEntropy,
  categoricalKl,
  categoricalLogProb,
  gaussianEntropy,
  gaussianKl,
  gaussianLogProb,
  squashedGaussianLogProb,
  tanhLogDeterminant,
} from "./distributions.js";

// biome-ignore lint/suspicious/noExplicitAny: vectors and matrices, by the names in the files
type Case = Record<string, any>;
const golden = (file: string): Case[] =>
  JSON.parse(readFileSync(new URL(`../../../../test/golden/maths/${file}`, import.meta.url), "utf8")).cases;
const cases = golden("distributions.json");
const caseOf = (kind: string): Case => {
  const found = cases.find((c) => c.kind === kind);
  if (found === undefined) throw new Error(`no case ${kind}`);
  return found;
};

/** |actual − expected| ≤ tolerance·(1 + |expected|), element by element. */
function expectClose(actual: Tensor, expected: readonly (number | readonly number[])[], tolerance = 2e-6): void {
  const values = actual.values();
  const wanted = expected.flat() as number[];
  expect(values.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) {
    const error = Math.abs(values[i] - value) / (1 + Math.abs(value));
    expect(error, `element ${i}: ${values[i]}, expected ${value}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Gradients of the sum over the batch with respect to each input. */
const gradients = (f: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[]) =>
  grad((...xs) => ops.sum(f(...xs)))(...inputs);

const mask = (logits: number[][], allowed: number[][]) =>
  tensor(logits.map((row, i) => row.map((logit, j) => (allowed[i][j] ? logit : Number.NEGATIVE_INFINITY))));

describe("categorical", () => {
  const c = caseOf("categorical");
  const [logitsP, logitsQ] = [tensor(c.logits_p), tensor(c.logits_q)];
  const actions = indices(c.actions);

  it("equals the recorded values", () => {
    expectClose(categoricalLogProb({ logits: logitsP, actions }), c.log_prob_p);
    expectClose(categoricalEntropy({ logits: logitsP }), c.entropy_p);
    expectClose(categoricalKl({ logitsP, logitsQ }), c.kl_pq);
    expectClose(categoricalKl({ logitsP: logitsQ, logitsQ: logitsP }), c.kl_qp);
  });

  it("equals the recorded gradients", () => {
    expectClose(gradients((logits) => categoricalLogProb({ logits, actions }), [logitsP])[0], c.grad_log_prob_logits_p);
    expectClose(gradients((logits) => categoricalEntropy({ logits }), [logitsP])[0], c.grad_entropy_logits_p);
    const [dp, dq] = gradients((p, q) => categoricalKl({ logitsP: p, logitsQ: q }), [logitsP, logitsQ]);
    expectClose(dp, c.grad_kl_pq_logits_p);
    expectClose(dq, c.grad_kl_pq_logits_q);
  });

  it("has gradients that finite differences confirm", () => {
    const [p, q] = samples([
      [3, 4],
      [3, 4],
    ]);
    const taken = indices([3, 0, 2]);
    checkGradient((logits) => categoricalLogProb({ logits, actions: taken }), [p]);
    checkGradient((logits) => categoricalEntropy({ logits }), [p]);
    checkGradient((a, b) => categoricalKl({ logitsP: a, logitsQ: b }), [p, q]);
  });

  it("worked by hand", () => {
    // Logits ln 1, ln 3: probabilities ¼, ¾.
    const quarter = tensor([[0, Math.log(3)]]);
    const half = tensor([[0, 0]]);
    expectClose(categoricalLogProb({ logits: quarter, actions: indices([0]) }), [Math.log(0.25)]);
    expectClose(categoricalEntropy({ logits: half }), [Math.LN2]);
    expectClose(categoricalKl({ logitsP: quarter, logitsQ: half }), [0.25 * Math.log(0.5) + 0.75 * Math.log(1.5)]);
    expectClose(categoricalKl({ logitsP: quarter, logitsQ: quarter }), [0], 0);
  });

  it("survives extreme logits", () => {
    const extreme = caseOf("categorical_extreme_logits");
    const logits = tensor(extreme.logits);
    for (let action = 0; action < 3; action++) {
      const logProb = categoricalLogProb({ logits, actions: indices([action, action]) });
      expectClose(
        logProb,
        extreme.log_probs.map((row: number[]) => row[action]),
      );
    }
    expectClose(categoricalEntropy({ logits }), extreme.entropy);
    for (const g of gradients((x) => categoricalEntropy({ logits: x }), [logits])[0].values()) {
      expect(Number.isFinite(g)).toBe(true);
    }
  });
});

describe("categorical with masked actions (logits −∞)", () => {
  const c = caseOf("masked_categorical");
  const allowed: number[][] = c.mask;
  const logits = mask(c.logits, allowed);

  it("equals the recorded entropies and probabilities", () => {
    expectClose(categoricalEntropy({ logits }), c.entropy);
    const picks = allowed.map((row) => row.indexOf(1));
    const logProb = categoricalLogProb({ logits, actions: indices(picks) });
    expectClose(
      logProb,
      picks.map((action, i) => Math.log(c.probs[i][action])),
    );
  });

  it("gives a masked action probability 0", () => {
    const row = allowed.findIndex((flags) => flags.includes(0));
    const actions = indices(allowed.map((flags, i) => flags.indexOf(i === row ? 0 : 1)));
    expect(categoricalLogProb({ logits, actions }).values()[row]).toBe(Number.NEGATIVE_INFINITY);
  });

  it("gives masked logits no gradient, and the others that of the smaller distribution", () => {
    const two = tensor([[0.3, -0.8]]);
    const three = tensor([[0.3, Number.NEGATIVE_INFINITY, -0.8]]);
    const check = (f: (logits: Tensor) => Tensor) => {
      const [a, b] = gradients(f, [two])[0].values();
      // Also where the gradient that comes in is large.
      for (const scale of [1, -1000]) {
        const [of] = gradients((x) => ops.mul(f(x), scale), [three]);
        expectClose(of, [scale * a, 0, scale * b]);
      }
    };
    check((x) => categoricalEntropy({ logits: x }));
    const other = (x: Tensor) => tensor([x.shape[1] === 2 ? [1, 2] : [1, Number.NEGATIVE_INFINITY, 2]]);
    check((x) => categoricalKl({ logitsP: x, logitsQ: other(x) }));
    check((x) => categoricalKl({ logitsP: other(x), logitsQ: x }));
  });

  it("has the divergence of the smaller distributions", () => {
    const p = tensor([[0.3, Number.NEGATIVE_INFINITY, -0.8]]);
    const q = tensor([[1, Number.NEGATIVE_INFINITY, 2]]);
    const smaller = categoricalKl({ logitsP: tensor([[0.3, -0.8]]), logitsQ: tensor([[1, 2]]) });
    expectClose(categoricalKl({ logitsP: p, logitsQ: q }), [smaller.item()]);
    expect(categoricalKl({ logitsP: tensor([[0, 0, 0]]), logitsQ: q }).item()).toBeGreaterThan(1e29);
  });

  it("is certain where one action is left", () => {
    const certain = tensor([[Number.NEGATIVE_INFINITY, 2, Number.NEGATIVE_INFINITY]]);
    expectClose(categoricalEntropy({ logits: certain }), [0], 0);
    expectClose(categoricalLogProb({ logits: certain, actions: indices([1]) }), [0], 0);
  });
});

describe("Gaussian", () => {
  const c = caseOf("diag_gaussian");
  const [meanP, logStdP, meanQ, logStdQ] = [c.mean_p, c.log_std_p, c.mean_q, c.log_std_q].map((m) => tensor(m));
  const actions = tensor(c.x);

  it("equals the recorded values", () => {
    expectClose(gaussianLogProb({ mean: meanP, logStd: logStdP, actions }), c.log_prob_p);
    expectClose(gaussianEntropy({ logStd: logStdP }), c.entropy_p);
    expectClose(gaussianKl({ meanP, logStdP, meanQ, logStdQ }), c.kl_pq, 5e-6);
    expectClose(gaussianKl({ meanP: meanQ, logStdP: logStdQ, meanQ: meanP, logStdQ: logStdP }), c.kl_qp, 5e-6);
  });

  it("equals the recorded gradients", () => {
    const [dMean, dLogStd] = gradients((mean, logStd) => gaussianLogProb({ mean, logStd, actions }), [meanP, logStdP]);
    expectClose(dMean, c.grad_log_prob_mean_p, 5e-6);
    expectClose(dLogStd, c.grad_log_prob_log_std_p, 5e-6);
    const kl = (mp: Tensor, sp: Tensor, mq: Tensor, sq: Tensor) =>
      gaussianKl({ meanP: mp, logStdP: sp, meanQ: mq, logStdQ: sq });
    const [mp, sp, mq, sq] = gradients(kl, [meanP, logStdP, meanQ, logStdQ]);
    expectClose(mp, c.grad_kl_pq_mean_p, 5e-6);
    expectClose(sp, c.grad_kl_pq_log_std_p, 5e-6);
    expectClose(mq, c.grad_kl_pq_mean_q, 5e-6);
    expectClose(sq, c.grad_kl_pq_log_std_q, 5e-6);
  });

  it("has gradients that finite differences confirm, with deviations of rows and of all", () => {
    const [mean, rows, all, x, meanB] = samples([[3, 2], [3, 2], [2], [3, 2], [3, 2]], { low: -1, high: 1 });
    for (const logStd of [rows, all]) {
      checkGradient((m, s, a) => gaussianLogProb({ mean: m, logStd: s, actions: a }), [mean, logStd, x]);
      checkGradient((s) => gaussianEntropy({ logStd: s }), [logStd]);
      checkGradient((m, s, n) => gaussianKl({ meanP: m, logStdP: s, meanQ: n, logStdQ: rows }), [mean, logStd, meanB]);
    }
  });

  it("worked by hand", () => {
    const [mean, logStd] = [tensor([[1, -1]]), tensor([Math.LN2, 0])]; // σ = 2, 1
    // z = (1, 2): −½(1 + 4) − ln 2 − ln 2π
    const logProb = gaussianLogProb({ mean, logStd, actions: tensor([[3, 1]]) });
    expectClose(logProb, [-2.5 - Math.LN2 - Math.log(2 * Math.PI)]);
    expectClose(gaussianEntropy({ logStd }), [Math.LN2 + 1 + Math.log(2 * Math.PI)]);
    // Same σ: (Δμ/σ)²/2 = 1/8 for the first; the second is alike.
    expectClose(gaussianKl({ meanP: mean, logStdP: logStd, meanQ: tensor([[2, -1]]), logStdQ: logStd }), [1 / 8]);
    expectClose(gaussianKl({ meanP: mean, logStdP: logStd, meanQ: mean, logStdQ: logStd }), [0], 0);
  });
});

describe("Gaussian divergences at the ends of the range", () => {
  const kl = (mp: number, sp: number, mq: number, sq: number) =>
    gaussianKl({ meanP: tensor([[mp]]), logStdP: tensor([sp]), meanQ: tensor([[mq]]), logStdQ: tensor([sq]) }).item();

  it("of a distribution from itself are 0, to the last bit", () => {
    for (const logStd of [-87, -60, -44.5, -3.21, 0, 0.1, 44.5, 60, 87])
      for (const mean of [0, 0.3, -1e6]) expect(kl(mean, logStd, mean, logStd)).toBe(0);
  });

  it("are those of any other unit of length", () => {
    // ln 2 − ⅜ + ½·(1/2)²: σ 1 and 2, means 1 apart; the same with everything e⁵⁰ times as large, or as small.
    const expected = Math.log(2) - 3 / 8 + 1 / 8;
    for (const scale of [-50, 0, 50]) {
      const length = Math.exp(scale);
      expect(kl(0, scale, length, scale + Math.LN2)).toBeCloseTo(expected, 4);
    }
  });

  it("of a small step are its square: no digits are lost", () => {
    // ½(exp(2d) − 1) − d = d² + ⅔d³ + …
    for (const d of [1e-2, 1e-3, -1e-3, 1e-4]) {
      const ratio = kl(0, d, 0, 0) / (d * d * (1 + (2 / 3) * d + (1 / 3) * d * d));
      expect(Math.abs(ratio - 1)).toBeLessThan(2e-7 / Math.abs(d));
    }
  });
});

describe("Bernoulli", () => {
  const c = caseOf("bernoulli");
  const column = (values: number[]) => tensor(values.map((value) => [value]));
  const [logitsP, logitsQ, actions] = [column(c.logits_p), column(c.logits_q), column(c.x)];

  it("equals the recorded values", () => {
    expectClose(bernoulliLogProb({ logits: logitsP, actions }), c.log_prob_p);
    expectClose(bernoulliEntropy({ logits: logitsP }), c.entropy_p);
    expectClose(bernoulliKl({ logitsP, logitsQ }), c.kl_pq);
  });

  it("sums over its bits", () => {
    const row = (values: number[]) => tensor([values]);
    const total = (values: number[]) => [values.reduce((sum, value) => sum + value, 0)];
    expectClose(bernoulliLogProb({ logits: row(c.logits_p), actions: row(c.x) }), total(c.log_prob_p));
    expectClose(bernoulliEntropy({ logits: row(c.logits_p) }), total(c.entropy_p));
    expectClose(bernoulliKl({ logitsP: row(c.logits_p), logitsQ: row(c.logits_q) }), total(c.kl_pq));
  });

  it("has gradients that finite differences confirm", () => {
    const [p, q] = samples([
      [3, 2],
      [3, 2],
    ]);
    const bits = tensor([
      [0, 1],
      [1, 1],
      [0, 0],
    ]);
    checkGradient((logits) => bernoulliLogProb({ logits, actions: bits }), [p]);
    checkGradient((logits) => bernoulliEntropy({ logits }), [p]);
    checkGradient((a, b) => bernoulliKl({ logitsP: a, logitsQ: b }), [p, q]);
  });

  it("survives extreme logits", () => {
    const logits = tensor([[1000, -1000]]);
    expectClose(bernoulliLogProb({ logits, actions: tensor([[1, 0]]) }), [0], 0);
    expectClose(bernoulliLogProb({ logits, actions: tensor([[0, 0]]) }), [-1000], 0);
    expectClose(bernoulliEntropy({ logits }), [0], 0);
    expectClose(bernoulliKl({ logitsP: logits, logitsQ: logits }), [0], 0);
  });

  it("is a categorical of two", () => {
    const logits = tensor([[0.7], [-1.3]]);
    const two = tensor([
      [0, 0.7],
      [0, -1.3],
    ]);
    expectClose(bernoulliEntropy({ logits }), Array.from(categoricalEntropy({ logits: two }).values()));
  });
});

describe("squashed Gaussian", () => {
  it.each(golden("squashed_gaussian.json").map((c, i) => ({ c, i })))(
    "equals the recorded values, case $i",
    ({ c }) => {
      const [mean, logStd, noise, preTanh] = [c.mean, c.log_std, c.noise, c.pre_tanh].map((m) => tensor(m));
      expectClose(gaussianLogProb({ mean, logStd, actions: preTanh }), c.log_prob_gaussian, 2e-5);
      expectClose(tanhLogDeterminant({ preTanh }), c.log_det, 5e-6);
      expectClose(squashedGaussianLogProb({ mean, logStd, preTanh }), c.log_prob, 2e-5);

      const fixed = gradients((m, s) => squashedGaussianLogProb({ mean: m, logStd: s, preTanh }), [mean, logStd]);
      expectClose(fixed[0], c.grad_mean_fixed_sample, 1e-4);
      expectClose(fixed[1], c.grad_log_std_fixed_sample, 1e-4);
      const reparametrised = (m: Tensor, s: Tensor) =>
        squashedGaussianLogProb({ mean: m, logStd: s, preTanh: ops.add(m, ops.mul(ops.exp(s), noise)) });
      const moving = gradients(reparametrised, [mean, logStd]);
      expectClose(moving[0], c.grad_mean_reparam, 2e-5);
      expectClose(moving[1], c.grad_log_std_reparam, 2e-5);
    },
  );

  it("has gradients that finite differences confirm", () => {
    const [mean, logStd, preTanh] = samples([[3, 2], [2], [3, 2]], { low: -1, high: 1 });
    checkGradient((u) => tanhLogDeterminant({ preTanh: u }), [preTanh]);
    checkGradient((m, s, u) => squashedGaussianLogProb({ mean: m, logStd: s, preTanh: u }), [mean, logStd, preTanh]);
  });

  it("is near 0 where tanh is near its middle, and −2|u| + 2 ln 2 far out", () => {
    expectClose(tanhLogDeterminant({ preTanh: tensor([[0]]) }), [0], 1e-7);
    expectClose(tanhLogDeterminant({ preTanh: tensor([[40], [-40]]) }), [-80 + 2 * Math.LN2, -80 + 2 * Math.LN2]);
  });
});

describe("shapes", () => {
  const [matrix, wide, vector] = [tensor([[1, 2]]), tensor([[1, 2, 3]]), tensor([1, 2])];

  it("are refused by name", () => {
    expect(() => categoricalLogProb({ logits: vector, actions: indices([0]) })).toThrow(
      "logits must have shape [rows, columns], got [2]",
    );
    expect(() => categoricalLogProb({ logits: matrix, actions: indices([0, 1]) })).toThrow(
      "actions must have shape [1], one index for each row, got [2]",
    );
    expect(() => categoricalLogProb({ logits: matrix, actions: indices([2]) })).toThrow(
      "index must be in [0, 1], got 2",
    );
    expect(() => categoricalEntropy({ logits: vector })).toThrow("logits must have shape [rows, columns], got [2]");
    expect(() => categoricalKl({ logitsP: matrix, logitsQ: wide })).toThrow(
      "logitsQ must have shape [1, 2] like logitsP, got [1, 3]",
    );
    expect(() => gaussianLogProb({ mean: matrix, logStd: vector, actions: wide })).toThrow(
      "actions must have shape [1, 2] like mean, got [1, 3]",
    );
    // Broadcasting would take it in silence.
    expect(() => gaussianLogProb({ mean: matrix, logStd: tensor([[1]]), actions: matrix })).toThrow(
      "logStd must have shape [1, 2] or [2], got [1, 1]",
    );
    expect(() => gaussianKl({ meanP: matrix, logStdP: vector, meanQ: matrix, logStdQ: tensor([1]) })).toThrow(
      "logStdQ must have shape [1, 2] or [2], got [1]",
    );
    expect(() => bernoulliLogProb({ logits: matrix, actions: vector })).toThrow(
      "actions must have shape [1, 2] like logits, got [2]",
    );
    expect(() => bernoulliKl({ logitsP: matrix, logitsQ: wide })).toThrow("logitsQ must have shape [1, 2]");
    expect(() => bernoulliEntropy({ logits: vector })).toThrow("logits must have shape [rows, columns]");
    expect(() => squashedGaussianLogProb({ mean: matrix, logStd: vector, preTanh: wide })).toThrow(
      "preTanh must have shape [1, 2] like mean, got [1, 3]",
    );
    expect(() => tanhLogDeterminant({ preTanh: vector })).toThrow("preTanh must have shape [rows, columns], got [2]");
  });
});
