import { asBlock } from "../core/block.js";
import { RunError } from "../core/errors.js";

/** Columns of a segment, by name. */
type Columns = Readonly<Record<string, Float64Array | Float32Array | Int32Array | Uint8Array>>;

/** How a column is laid out. */
export interface ColumnLayout {
  readonly type: typeof Float64Array | typeof Float32Array | typeof Int32Array | typeof Uint8Array;
  /** Numbers of a row. */
  readonly width: number;
}

/** Rows of one segment: its columns are views of its bytes. */
interface Segment<C extends Columns> {
  readonly bytes: Uint8Array;
  readonly columns: C;
}

/** Rows kept in segments, as it is part of a checkpoint. */
export interface SegmentsSnapshot {
  /** The number of the first row kept. */
  readonly first: number;
  /** The number that the next row will have. */
  readonly next: number;
  /** Oldest first; full ones are blocks, the last may be part-filled. */
  readonly segments: readonly Uint8Array[];
}

/**
 * Rows that come at one end and go at the other, in segments of equal size. A row is never written twice, so that a full segment stays as it is
 * until it goes: it is a block of a checkpoint (see `asBlock`). Rows are numbered from 0 by when they came; row i is row `i % size` of its segment.
 */
export class Segments<C extends Columns> {
  /** Rows of a segment. */
  readonly size: number;
  readonly #layout: Readonly<Record<keyof C, ColumnLayout>>;
  readonly #bytes: number;
  #segments: Segment<C>[] = [];
  #first = 0;
  #next = 0;

  /** @param layout  the columns, those of larger elements first, so that each begins where its type may */
  constructor(size: number, layout: Readonly<Record<keyof C, ColumnLayout>>) {
    this.size = size;
    this.#layout = layout;
    this.#bytes = size * rowBytes(layout);
  }

  get first(): number {
    return this.#first;
  }

  get next(): number {
    return this.#next;
  }

  /** The columns of the segment of a row that is kept. */
  of(row: number): C {
    return this.#segments[Math.floor(row / this.size) - Math.floor(this.#first / this.size)].columns;
  }

  /** The columns in which the next row, number `next`, is to be written, whose turn it is no more after `advance`. */
  filling(): C {
    if (this.#next % this.size === 0 && this.#held() === this.#segments.length) {
      this.#segments.push(this.#view(new Uint8Array(this.#bytes)));
    }
    return this.#segments[this.#segments.length - 1].columns;
  }

  /** The next row is written. */
  advance(): void {
    const columns = this.filling();
    this.#next += 1;
    if (this.#next % this.size === 0) requireNumbers(columns);
  }

  /** Rows before that number go. */
  drop(first: number): void {
    const segments = Math.floor(first / this.size) - Math.floor(this.#first / this.size);
    this.#segments.splice(0, segments);
    this.#first = first;
  }

  /** @throws RunError if it holds NaN */
  snapshot(): SegmentsSnapshot {
    const full = Math.floor(this.#next / this.size) - Math.floor(this.#first / this.size);
    const segments = this.#segments.slice(0, this.#held()).map(({ bytes, columns }, i) => {
      if (i < full) return asBlock(bytes);
      requireNumbers(columns);
      return bytes.slice();
    });
    return { first: this.#first, next: this.#next, segments };
  }

  /** @throws RangeError if the snapshot is of rows of another kind */
  restore({ first, next, segments }: SegmentsSnapshot): void {
    if (![first, next].every(Number.isSafeInteger) || first < 0 || next < first)
      throw new RangeError(`rows of the saved replay must be numbered from 0, got ${first} to ${next}`);
    const held = Math.ceil(next / this.size) - Math.floor(first / this.size);
    const wrong = segments.find((bytes) => !(bytes instanceof Uint8Array) || bytes.length !== this.#bytes);
    if (segments.length !== held || wrong !== undefined) {
      const found = `${segments.length}${wrong === undefined ? "" : `, one of ${wrong.length}`}`;
      throw new RangeError(`segments of the saved replay must be ${held} of ${this.#bytes} bytes, got ${found}`);
    }
    const full = Math.floor(next / this.size) - Math.floor(first / this.size);
    this.#segments = segments.map((bytes, i) =>
      this.#view(i < full && bytes.byteOffset === 0 ? asBlock(bytes) : bytes.slice()),
    );
    this.#first = first;
    this.#next = next;
  }

  /** Segments with rows in them. */
  #held(): number {
    return Math.ceil(this.#next / this.size) - Math.floor(this.#first / this.size);
  }

  #view(bytes: Uint8Array): Segment<C> {
    let offset = 0;
    const columns = Object.entries(this.#layout as Record<string, ColumnLayout>).map(([name, { type, width }]) => {
      const column = new type(bytes.buffer as ArrayBuffer, offset, this.size * width);
      offset += column.byteLength;
      return [name, column] as const;
    });
    return { bytes, columns: Object.fromEntries(columns) as unknown as C };
  }
}

/** Bytes of a row. */
export function rowBytes(layout: Readonly<Record<string, ColumnLayout>>): number {
  return Object.values(layout).reduce((sum, { type, width }) => sum + type.BYTES_PER_ELEMENT * width, 0);
}

/** A checkpoint does not look into blocks: what they hold is looked at when it has come. */
function requireNumbers(columns: Columns): void {
  for (const [name, column] of Object.entries(columns)) {
    if (!(column instanceof Float32Array || column instanceof Float64Array)) continue;
    for (let i = 0; i < column.length; i++)
      if (Number.isNaN(column[i])) throw new RunError(`${name} of the replay hold NaN`);
  }
}
