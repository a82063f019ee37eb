import { loadTail, storeTail } from "./memory";
import {
  Abs,
  Copy,
  Cos,
  Erf,
  Exp,
  Floor,
  Log,
  Log1p,
  Neg,
  Reciprocal,
  Relu,
  Sigmoid,
  Sign,
  Sin,
  Softplus,
  Sqrt,
  Square,
  Tanh,
} from "./unary-functions";

/** y = F(x). Two vectors a round share the constants: 10 to 25 % faster than one. */
function map<F>(n: usize, x: usize, y: usize): void {
  const f = changetype<F>(0);
  const end = x + ((n & ~7) << 2);
  while (x < end) {
    const first = f.apply(v128.load(x));
    const second = f.apply(v128.load(x, 16));
    v128.store(y, first);
    v128.store(y, second, 16);
    x += 32;
    y += 32;
  }
  if (n & 4) {
    v128.store(y, f.apply(v128.load(x)));
    x += 16;
    y += 16;
  }
  const rest = n & 3;
  if (rest) storeTail(y, rest, f.apply(loadTail(x, rest)));
}

/** `op` numbers the functions in the order of `Unary` in kernels.ts. */
export function unary(op: i32, n: usize, x: usize, y: usize): void {
  switch (op) {
    case 0:
      return map<Copy>(n, x, y);
    case 1:
      return map<Neg>(n, x, y);
    case 2:
      return map<Abs>(n, x, y);
    case 3:
      return map<Sign>(n, x, y);
    case 4:
      return map<Exp>(n, x, y);
    case 5:
      return map<Log>(n, x, y);
    case 6:
      return map<Log1p>(n, x, y);
    case 7:
      return map<Sqrt>(n, x, y);
    case 8:
      return map<Square>(n, x, y);
    case 9:
      return map<Reciprocal>(n, x, y);
    case 10:
      return map<Tanh>(n, x, y);
    case 11:
      return map<Sigmoid>(n, x, y);
    case 12:
      return map<Relu>(n, x, y);
    case 13:
      return map<Softplus>(n, x, y);
    case 14:
      return map<Sin>(n, x, y);
    case 15:
      return map<Cos>(n, x, y);
    case 16:
      return map<Erf>(n, x, y);
    case 17:
      return map<Floor>(n, x, y);
  }
}
