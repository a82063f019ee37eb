import { settingText } from "@advantage/rl";
import { useSignal } from "@preact/signals";
import { OPTION } from "../address.js";
import { download } from "../parts/download.js";
import { changedSettings, current, say } from "../state/state.js";
import type { TrainingRun } from "../training/training-run.js";
import playPolicy from "./play-policy.txt?raw";

/** The run to take along: its state for the command, its policy for one's own page, its numbers. */
export function TakeAway() {
  const run = current.value;
  const version = run?.version.value ?? 0;
  if (!run || version === 0)
    return <p class="empty">Start a run: its checkpoint, policy and numbers can be taken along from here.</p>;
  const name = `${run.algorithm.id}-${run.environment}-s${run.config.seed}`;
  const policyFile = `${name}.policy.safetensors`;
  const checkpointFile = `${name}.checkpoint.safetensors`;
  const stride = run.eventStride();
  return (
    <div class="take-away">
      {changedSettings.value.length > 0 && (
        <p class="banner wide">
          This is the run on show, with the settings that it was started with, not with those of the form.
        </p>
      )}
      <section class="card">
        <h3>Checkpoint</h3>
        <p class="caption">
          The whole state of training: go on with it on the command line, bit for bit as if it had never moved. The
          other way round, drop the files of a run's <code>checkpoint</code> folder, or such a file, on this page.
        </p>
        <button
          type="button"
          disabled={!run.resumable.value || run.status.value === "failed"}
          onClick={async () => {
            try {
              download(checkpointFile, await run.checkpoint());
            } catch (error) {
              say((error as Error).message, true);
            }
          }}
        >
          Download checkpoint
        </button>
        <Code text={`npx advantage resume ${checkpointFile}`} />
      </section>
      <section class="card">
        <h3>Policy</h3>
        <p class="caption">
          What acting needs, {size(run)}. It runs in Node and in a page; no training code comes along.
        </p>
        <button
          type="button"
          disabled={!run.policyBytes.value}
          onClick={() => run.policyBytes.value && download(policyFile, run.policyBytes.value)}
        >
          Download policy
        </button>
        <Code text={playing(run, policyFile)} lines />
      </section>
      <section class="card">
        <h3>Numbers</h3>
        <p class="caption">
          One event a line, as the command writes it. The same seed gives the same lines there.
          {stride > 1 && ` So many were logged that one in ${stride} is kept here; the command keeps all.`}
          {run.from > 0 && ` From step ${run.from.toLocaleString("en")} on, where the checkpoint was taken.`}
        </p>
        <button
          type="button"
          onClick={() =>
            download(`${name}.metrics.jsonl`, run.events.map((event) => `${JSON.stringify(event)}\n`).join(""))
          }
        >
          Download metrics.jsonl
        </button>
        <Code text={command(run)} />
      </section>
    </div>
  );
}

function size(run: TrainingRun): string {
  const bytes = run.policyBytes.value?.length ?? 0;
  return bytes < 10_000 ? `${bytes.toLocaleString("en")} bytes` : `${Math.round(bytes / 1000)} kB`;
}

/** The command that does the same. */
function command({ algorithm, environment, address: { settings, preset } }: TrainingRun): string {
  const flags = Object.entries(settings).map(([name, text]) => {
    if (name.startsWith(OPTION)) return `--env-option ${name.slice(OPTION.length)}=${quoted(text)}`;
    const field = algorithm.config.fields[name];
    if (field?.kind === "flag") return text === "true" ? field.flag : field.flag.replace(/^--/, "--no-");
    return `${field?.flag ?? `--${name}`} ${settingText(text)}`;
  });
  return [
    `npx advantage train ${algorithm.id} ${environment}`,
    ...(preset === "none" ? ["--preset none"] : []),
    ...flags,
  ].join(" ");
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Ten lines that play an episode with the policy. */
function playing({ environment, options }: TrainingRun, file: string): string {
  const made = options === undefined ? "make()" : `make(${JSON.stringify(options)})`;
  return playPolicy
    .trim()
    .replace("POLICY", file)
    .replace("ENVIRONMENT", environment)
    .replace("make()", () => made);
}

/** A text to be copied; one of several lines is not broken within them. */
export function Code({ text, lines }: { text: string; lines?: boolean }) {
  const copied = useSignal(false);
  return (
    <div class="command">
      <code {...(lines ? { class: "lines", tabIndex: 0 } : {})}>{text}</code>
      <button
        type="button"
        onClick={async () => {
          try {
            await navigator.clipboard.writeText(text);
            copied.value = true;
            setTimeout(() => {
              copied.value = false;
            }, 1200);
          } catch {
            say("The browser does not let this page write to the clipboard: mark the text and copy it.", true);
          }
        }}
      >
        {copied.value ? "Copied" : "Copy"}
      </button>
    </div>
  );
}
