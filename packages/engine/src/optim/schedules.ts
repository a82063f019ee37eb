import { cos, pow } from "../math.js";

/** The value of a setting as a function of progress, the share of the run that is done, in [0, 1]. */
export type Schedule = (progress: number) => number;

interface Range {
  /** Value at progress 0. */
  readonly from: number;
  /** Value at progress `until`, and from there on. */
  readonly to: number;
  /** Share of the run after which `to` is reached, in (0, 1]; 1 if left out. */
  readonly until?: number;
}

/** A schedule that keeps its value. */
export function constantSchedule(value: number): Schedule {
  return () => value;
}

/** Straight line:  from + (to − from) p. */
export function linearSchedule(range: Range): Schedule {
  return between(range, (p) => range.from + (range.to - range.from) * p);
}

/** A schedule that changes by one factor per step:  from · (to/from)ᵖ. Both ends must be positive. */
export function exponentialSchedule(range: Range): Schedule {
  for (const end of ["from", "to"] as const) {
    if (!(range[end] > 0)) throw new RangeError(`${end} of an exponential schedule must be > 0, got ${range[end]}`);
  }
  const ratio = range.to / range.from;
  return between(range, (p) => range.from * pow(ratio, p));
}

/** Half a cosine:  to + (from − to)(1 + cos πp)/2.  Loshchilov & Hutter 2017, eq. 5, without restarts (arXiv:1608.03983). */
export function cosineSchedule(range: Range): Schedule {
  return between(range, (p) => range.to + ((range.from - range.to) * (1 + cos(Math.PI * p))) / 2);
}

/** The curve between its ends, which it meets exactly and keeps beyond them. */
function between({ from, to, until = 1 }: Range, curve: Schedule): Schedule {
  if (!Number.isFinite(from)) throw new RangeError(`from must be a finite number, got ${from}`);
  if (!Number.isFinite(to)) throw new RangeError(`to must be a finite number, got ${to}`);
  if (!(until > 0 && until <= 1)) throw new RangeError(`until must be in (0, 1], got ${until}`);
  return (progress) => {
    const p = progress / until;
    return p <= 0 ? from : p >= 1 ? to : curve(p);
  };
}
