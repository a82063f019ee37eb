/**
 * Solves A·x = b by LU decomposition with partial pivoting. Golub & Van Loan 2013, algorithm 3.4.1.
 *
 * @param matrix  A row by row, overwritten by its factors  [n·n]
 * @param vector  b, overwritten by x and returned  [n]
 * @param other   a second b, if there is one: overwritten by its x  [n]
 * @throws RangeError if A is singular
 */
export function solveLinear(matrix: Float64Array, vector: Float64Array, other?: Float64Array): Float64Array {
  const n = vector.length;
  if (matrix.length !== n * n) throw new RangeError(`matrix must hold n·n = ${n * n} numbers, got ${matrix.length}`);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++) {
      if (Math.abs(matrix[i * n + column]) > Math.abs(matrix[pivot * n + column])) pivot = i;
    }
    const head = matrix[pivot * n + column];
    if (!(Math.abs(head) > 0)) throw new RangeError(`the matrix must be regular, got one of rank at most ${column}`);
    if (pivot !== column) {
      swapRows(matrix, n, pivot, column);
      swap(vector, pivot, column);
      if (other) swap(other, pivot, column);
    }
    for (let i = column + 1; i < n; i++) {
      const factor = matrix[i * n + column] / head;
      if (factor === 0) continue; // most of them: the matrices of MDPs are sparse
      for (let j = column + 1; j < n; j++) matrix[i * n + j] -= factor * matrix[column * n + j];
      vector[i] -= factor * vector[column];
      if (other) other[i] -= factor * other[column];
    }
  }
  substitute(matrix, vector);
  if (other) substitute(matrix, other);
  return vector;
}

/** Solves U·x = b from the last row upwards, in place. */
function substitute(matrix: Float64Array, vector: Float64Array): void {
  const n = vector.length;
  for (let i = n - 1; i >= 0; i--) {
    let sum = vector[i];
    for (let j = i + 1; j < n; j++) sum -= matrix[i * n + j] * vector[j];
    vector[i] = sum / matrix[i * n + i];
  }
}

function swapRows(matrix: Float64Array, n: number, a: number, b: number): void {
  for (let j = b; j < n; j++) {
    const kept = matrix[a * n + j];
    matrix[a * n + j] = matrix[b * n + j];
    matrix[b * n + j] = kept;
  }
}

function swap(vector: Float64Array, a: number, b: number): void {
  const kept = vector[a];
  vector[a] = vector[b];
  vector[b] = kept;
}
