/** Whether a value is a number array, plain or typed, of that length. */
export function hasLength(value: unknown, length: number): value is ArrayLike<number> {
  return isNumberArray(value) && value.length === length;
}

/** Whether a value is a number array, plain or typed. The elements of a plain one are not looked at. */
export function isNumberArray(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && "length" in value);
}
