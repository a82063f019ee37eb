/** What a worker tells of a run that died. */
export interface Failure {
  /** A sentence for the person who uses the page, or an unforeseen error's name and message. */
  readonly message: string;
  /** Whether nobody foresaw it. */
  readonly bug: boolean;
  /** What it was doing. */
  readonly during: "preparing" | "training" | "evaluating";
  /** Steps done until then. */
  readonly step: number;
}

/** What a diagnosis needs to know of the run. */
export interface Patient {
  readonly environment: string;
  readonly unit: string;
  readonly config: object;
}

const KEPT = "The curve until then stays.";

/** What happened to a run that died, when, and what to do: sentences for the page. */
export function diagnosis({ message, bug, during, step }: Failure, { environment, unit, config }: Patient): string {
  const at = `after ${unit} ${step.toLocaleString("en")}`;
  const what = /[.!?]$/.test(message) ? message : `${message}.`;
  if (bug) {
    const where =
      during === "training"
        ? `Training broke off ${at}`
        : during === "evaluating"
          ? "The evaluation broke off"
          : "The run could not begin";
    return `${where}, by an error that nobody foresaw: ${what} ${during === "preparing" ? "" : `${KEPT} `}The page and its settings are untouched; please report it with the run's link.`;
  }
  if (during === "preparing") return `The run could not begin: ${what}`;
  if (during === "evaluating")
    return `Training is finished; its policy could not be evaluated: ${what} The curve stays.`;
  // Where the error itself says where training stopped, it knows best: the page has the step of the last progress.
  const told = /training stopped/.test(message)
    ? `${what[0].toUpperCase()}${what.slice(1)}`
    : `Training stopped ${at}: ${what}`;
  return [told, KEPT, ...adviceOn(message, environment, config)].join(" ");
}

/** The first thing to try, where the error does not say it. */
function adviceOn(message: string, environment: string, config: object): string[] {
  if (message.startsWith(`${environment}: `))
    return ["The environment failed, not the algorithm: look at its options."];
  if (/\btry\b/.test(message) || !/\b(?:NaN|Infinity)\b/.test(message)) return [];
  return [
    "learningRate" in config
      ? "Its numbers grew beyond all bounds: try a smaller learningRate."
      : "Its numbers grew beyond all bounds: try smaller steps, or a smaller discount.",
  ];
}
