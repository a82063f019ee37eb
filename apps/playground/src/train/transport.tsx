import { counted, duration, perSecond } from "@advantage/rl";
import { hashOf } from "../address.js";
import { runSeeds } from "../state/seeds.js";
import { changedSettings, choice, current, reset, say, speed, start, stepOnce, training } from "../state/state.js";
import type { Status } from "../training/training-run.js";

const SPEEDS = [
  ["", "Full speed"],
  ["30", "30 updates a second"],
  ["5", "5 updates a second"],
  ["1", "1 update a second"],
] as const;

const SEEDS = 5;

export const WORDS: Readonly<Record<Status, string>> = {
  starting: "Starting",
  running: "Training",
  paused: "Paused",
  evaluating: "Evaluating over 100 episodes",
  finished: "Finished",
  failed: "Failed",
  stopped: "Stopped",
};

/** Start, pause, step, reset and speed; how far the run is. */
export function Transport() {
  const run = current.value;
  const status = run?.status.value;
  const ready = choice.value.prepared !== undefined;
  const moving = status === "running" || status === "starting";
  const total = run ? run.config.totalSteps : choice.value.prepared?.context.config.totalSteps;
  const unit = (run?.algorithm ?? choice.value.algorithm).unit;
  const step = run?.step.value ?? 0;
  const over = status === "finished" || status === "evaluating";
  const early = over && total !== undefined && step < total;
  const share = over ? 1 : total ? Math.min(1, step / total) : 0;
  return (
    <section class="card transport" aria-label="Training">
      <div class="buttons">
        {moving ? (
          <button type="button" class="main" onClick={() => run?.pause()}>
            <Icon path="M7 5h4v14H7zM13 5h4v14h-4z" /> Pause
          </button>
        ) : status === "paused" ? (
          <button type="button" class="main" onClick={() => run?.resume()}>
            <Icon path="M8 5l11 7-11 7z" /> Resume
          </button>
        ) : (
          <button type="button" class="main" disabled={!ready || status === "evaluating"} onClick={() => start()}>
            <Icon path="M8 5l11 7-11 7z" /> {run ? "Start again" : "Start"}
          </button>
        )}
        <button
          type="button"
          disabled={moving || status === "evaluating" || (!ready && status !== "paused")}
          onClick={stepOnce}
          title="Train until the next update, then pause"
        >
          <Icon path="M6 5l9 7-9 7zM16 5h3v14h-3z" /> Step
        </button>
        <button type="button" disabled={!run} onClick={reset} title="End this run; its curve goes to Compare">
          <Icon path="M6 6h12v12H6z" /> Reset
        </button>
      </div>
      <select
        aria-label="Speed"
        value={speed.value === undefined ? "" : String(speed.value)}
        onChange={(event) => {
          speed.value = event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value);
          current.value?.setSpeed(speed.value);
        }}
      >
        {SPEEDS.map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      <button type="button" class="quiet" onClick={copyLink}>
        Copy link
      </button>
      <button
        type="button"
        class="quiet"
        disabled={!ready}
        title="Train this with further seeds in the background; their curves are under Compare"
        onClick={() => runSeeds(training.value, SEEDS)}
      >
        Run {SEEDS} seeds
      </button>
      <div class="progress">
        <div
          class="track"
          role="progressbar"
          aria-label="Training"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(100 * share)}
        >
          <i style={{ width: `${100 * share}%` }} />
        </div>
        <p>
          <b data-status={status ?? "ready"}>{status ? WORDS[status] : ready ? "Ready" : "Not ready"}</b>
          <span>
            {counted(step, unit)}
            {early ? ", and it has converged" : total ? ` of ${total.toLocaleString("en")}` : ""}
          </span>
          {run && run.seconds.value > 0 && (
            <span>
              {duration(run.seconds.value)} · {perSecond(step / run.seconds.value, unit)}
            </span>
          )}
        </p>
      </div>
    </section>
  );
}

/** The link of the run on show, or of what the form holds where there is none. */
async function copyLink(): Promise<void> {
  const run = current.value;
  const link = run ? new URL(hashOf(run.address), location.href).href : location.href;
  const changed = changedSettings.value;
  try {
    await navigator.clipboard.writeText(link);
    say(
      changed.length > 0
        ? `The link of the run on show is copied. What was changed since (${changed.join(", ")}) is not in it.`
        : "The link is copied: it holds algorithm, environment, settings and seed.",
    );
  } catch {
    say("The browser does not let this page write to the clipboard: the address of this page is the form's link.");
  }
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true">
      <path d={path} fill="currentColor" />
    </svg>
  );
}
