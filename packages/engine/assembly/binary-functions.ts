/** Functions of two arguments on four lanes, as classes: see unary-functions.ts. */

// @ts-ignore: decorator
@unmanaged
export class Add {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Sub {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.sub(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Rsub {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.sub(b, a);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Mul {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Div {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Rdiv {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.div(b, a);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Min {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.min(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Max {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.max(a, b);
  }
}

// @ts-ignore: decorator
@unmanaged
export class Gt {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.gt(a, b), f32x4.splat(1));
  }
}

// @ts-ignore: decorator
@unmanaged
export class Ge {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.ge(a, b), f32x4.splat(1));
  }
}

// @ts-ignore: decorator
@unmanaged
export class Lt {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.lt(a, b), f32x4.splat(1));
  }
}

// @ts-ignore: decorator
@unmanaged
export class Le {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.le(a, b), f32x4.splat(1));
  }
}

// @ts-ignore: decorator
@unmanaged
export class Eq {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(f32x4.eq(a, b), f32x4.splat(1));
  }
}

// @ts-ignore: decorator
@unmanaged
export class TanhGrad {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, f32x4.sub(f32x4.splat(1), f32x4.mul(b, b)));
  }
}

// @ts-ignore: decorator
@unmanaged
export class SigmoidGrad {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return f32x4.mul(a, f32x4.mul(b, f32x4.sub(f32x4.splat(1), b)));
  }
}

// @ts-ignore: decorator
@unmanaged
export class ReluGrad {
  // @ts-ignore: decorator
  @inline
  apply(a: v128, b: v128): v128 {
    return v128.and(a, f32x4.gt(b, f32x4.splat(0)));
  }
}
