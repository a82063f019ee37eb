import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { OPTION } from "../address.js";
import { lazily } from "../parts/lazily.js";
import { SeedProgress } from "../parts/seed-progress.js";
import { Stage } from "../stage/stage.js";
import { changedSettings, choice, choose, current, keep, setSetting, start } from "../state/state.js";
import { MainChart, Metrics } from "./metrics.js";
import { Pickers } from "./pickers.js";
import { Results } from "./results.js";
import { OptionsForm, SettingsForm } from "./settings-form.js";
import { Transport } from "./transport.js";

const Explain = lazily(async () => (await import("./explain.js")).Explain);
const Learnt = lazily(async () => (await import("./learnt.js")).Learnt);
const TakeAway = lazily(async () => (await import("./take-away.js")).TakeAway);

const PANELS = [
  ["metrics", "Metrics", Metrics],
  ["learnt", "What was learnt", Learnt],
  ["explain", "Equations and pseudo-code", Explain],
  ["take-away", "Take away", TakeAway],
] as const;

/** Pick, set, train, watch. */
export function TrainView() {
  const run = current.value;
  const { algorithm, environment, prepared } = choice.value;
  const panel = useSignal<string>("metrics");
  const status = run?.status.value;
  useEffect(() => {
    if (run && status === "finished") keep(run);
  }, [run, status]);
  useEffect(() => {
    // Where pictures are what is learnt, they come first.
    if (run?.algorithm.figures && panel.value === "metrics") panel.value = "learnt";
  }, [run]);
  const shown = run?.environment ?? environment.id;
  const seed = run?.config.seed ?? prepared?.context.config.seed ?? 1;
  const Panel = PANELS.find(([id]) => id === panel.value)![2];
  return (
    <div class="train">
      <h1 class="visually-hidden">
        Train {algorithm.title} on {environment.title}
      </h1>
      <Transport />
      <aside class="controls" aria-label="What to train">
        <div class="card">
          <Pickers />
        </div>
        <div class="card">
          <OptionsForm />
          <SettingsForm />
        </div>
      </aside>
      <div class="live">
        <Wrong />
        <Changed />
        <SeedProgress />
        {run?.live.value && (run.algorithm !== algorithm || run.environment !== environment.id) && (
          <p class="banner">
            Still at work: {run.algorithm.title} on {run.environment}. What is chosen now is for the next run.
          </p>
        )}
        {run?.problem.value && (
          <p class="banner bad" role="alert">
            {run.problem.value}
          </p>
        )}
        <div class="pair">
          <Stage
            key={`${shown} ${run?.id ?? JSON.stringify(choice.value.options)}`}
            environment={shown}
            options={run ? run.options : choice.value.prepared?.context.env?.options}
            seed={seed}
            policy={() => current.peek()?.policy.peek()}
          />
          <MainChart />
        </div>
        <Results />
        <div class="tabs" role="tablist" aria-label="More about the run">
          {PANELS.map(([id, title]) => (
            <button
              key={id}
              type="button"
              role="tab"
              id={`tab-${id}`}
              aria-selected={panel.value === id}
              aria-controls="panel"
              tabIndex={panel.value === id ? 0 : -1}
              onClick={() => (panel.value = id)}
              onKeyDown={(event) => {
                const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
                if (step === 0) return;
                const at = PANELS.findIndex(([each]) => each === id);
                const [next] = PANELS[(at + step + PANELS.length) % PANELS.length];
                panel.value = next;
                document.getElementById(`tab-${next}`)?.focus();
              }}
            >
              {title}
            </button>
          ))}
        </div>
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${panel.value}`}>
          <Panel />
        </div>
      </div>
    </div>
  );
}

/** What is wrong with the form, or with the link that filled it in, and ways out. */
function Wrong() {
  const { faults, problems, base } = choice.value;
  const rows = [
    ...faults.map(({ text, ways }) => ({
      text,
      ways: ways.map(({ label, change }) => ({ label, go: () => choose(change) })),
    })),
    ...Object.entries(problems).map(([name, text]) => ({
      text,
      ways: [
        { label: `Take ${name.replace(OPTION, "")} back to ${base[name]}`, go: () => setSetting(name, undefined) },
      ],
    })),
  ];
  if (rows.length === 0) return null;
  return (
    <div class="banner bad" role="alert">
      {rows.map(({ text, ways }) => (
        <p key={text}>
          {text}{" "}
          {ways.map(({ label, go }) => (
            <button key={label} type="button" class="way" onClick={go}>
              {label}
            </button>
          ))}
        </p>
      ))}
    </div>
  );
}

/** That the form says something else than the run on show was started with. */
function Changed() {
  const names = changedSettings.value;
  if (names.length === 0) return null;
  return (
    <p class="banner changed">
      Changed since this run began: {names.join(", ")}. It goes on as it was started.{" "}
      <button type="button" class="way" onClick={() => start()}>
        Restart applies {names.length === 1 ? "it" : "them"}
      </button>
    </p>
  );
}
