/** Functions of one argument on four lanes. A class each, so that a loop can take one as its type parameter and inline it. */
import { cos4, erf4, exp4, log1p4, log4, sigmoid4, sin4, softplus4, tanh4 } from "./transcendental";

// @ts-ignore: decorator
@unmanaged
export class Copy {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return x;
  }
}

// @ts-ignore: decorator
@unmanaged
export class Neg {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.neg(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Abs {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.abs(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Sign {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return v128.bitselect(v128.or(v128.and(x, i32x4.splat(0x80000000)), f32x4.splat(1)), x, f32x4.gt(f32x4.abs(x), f32x4.splat(0)));
  }
}

// @ts-ignore: decorator
@unmanaged
export class Exp {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return exp4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Log {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return log4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Log1p {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return log1p4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Sqrt {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.sqrt(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Square {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Reciprocal {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Tanh {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return tanh4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Sigmoid {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return sigmoid4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Relu {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }
}

// @ts-ignore: decorator
@unmanaged
export class Softplus {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return softplus4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Sin {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return sin4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Cos {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return cos4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Erf {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return erf4(x);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Floor {
  // @ts-ignore: decorator
  @inline
  apply(x: v128): v128 {
    return f32x4.floor(x);
  }
}
