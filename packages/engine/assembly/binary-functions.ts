/** Functions of two arguments on four lanes, as classes: see unary-functions.ts. */

@unmanaged
export class Add {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged
export class Sub {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

@unmanaged
export class Rsub {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.sub(b, a);
  }
}

@unmanaged
export class Mul {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

@unmanaged
export class Div {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

@unmanaged
export class Rdiv {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.div(b, a);
  }
}

@unmanaged
export class Min {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

@unmanaged
export class Max {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

@unmanaged
export class Gt {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.gt(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class Ge {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.ge(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class Lt {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.lt(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class Le {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.le(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class Eq {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  }
}

@unmanaged
export class TanhGrad {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, f32x4.sub(f32x4.splat(1), f32x4.mul(b, b)));
  }
}

@unmanaged
export class SigmoidGrad {
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, f32x4.mul(b, f32x4.sub(f32x4.splat(1), b)));
  }
}

@unmanaged
export class ReluGrad {
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(a, f32x4.gt(b, f32x4.splat(0)));
  }
}
