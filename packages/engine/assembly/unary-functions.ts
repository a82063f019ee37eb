/** Functions of one argument on four lanes: a class each, so that a loop can inline the one it gets as type parameter. */
import { cos4, erf4, exp4, log1p4, log4, sigmoid4, sin4, softplus4, tanh4 } from "./transcendental";

@unmanaged
export class Copy {
  @inline
  apply(x: v128): v128 {
    return x;
  }
}

@unmanaged
export class Neg {
  @inline
  apply(x: v128): v128 {
    return f32x4.neg(x);
  }
}

@unmanaged
export class Abs {
  @inline
  apply(x: v128): v128 {
    return f32x4.abs(x);
  }
}

@unmanaged
export class Sign {
  @inline
  apply(x: v128): v128 {
    return v128.bitselect(
      v128.or(v128.and(x, i32x4.splat(0x80000000)), f32x4.splat(1)),
      x,
      f32x4.gt(f32x4.abs(x), f32x4.splat(0)),
    );
  }
}

@unmanaged
export class Exp {
  @inline
  apply(x: v128): v128 {
    return exp4(x);
  }
}

@unmanaged
export class Log {
  @inline
  apply(x: v128): v128 {
    return log4(x);
  }
}

@unmanaged
export class Log1p {
  @inline
  apply(x: v128): v128 {
    return log1p4(x);
  }
}

@unmanaged
export class Sqrt {
  @inline
  apply(x: v128): v128 {
    return f32x4.sqrt(x);
  }
}

@unmanaged
export class Square {
  @inline
  apply(x: v128): v128 {
    return f32x4.mul(x, x);
  }
}

@unmanaged
export class Reciprocal {
  @inline
  apply(x: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
}

@unmanaged
export class Tanh {
  @inline
  apply(x: v128): v128 {
    return tanh4(x);
  }
}

@unmanaged
export class Sigmoid {
  @inline
  apply(x: v128): v128 {
    return sigmoid4(x);
  }
}

@unmanaged
export class Relu {
  @inline
  apply(x: v128): v128 {
    return f32x4.pmax(x, f32x4.splat(0));
  }
}

@unmanaged
export class Softplus {
  @inline
  apply(x: v128): v128 {
    return softplus4(x);
  }
}

@unmanaged
export class Sin {
  @inline
  apply(x: v128): v128 {
    return sin4(x);
  }
}

@unmanaged
export class Cos {
  @inline
  apply(x: v128): v128 {
    return cos4(x);
  }
}

@unmanaged
export class Erf {
  @inline
  apply(x: v128): v128 {
    return erf4(x);
  }
}

@unmanaged
export class Floor {
  @inline
  apply(x: v128): v128 {
    return f32x4.floor(x);
  }
}
