import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { runSeeds } from "../compare/seeds.js";
import { Explain } from "../learn/explain.js";
import { choice, current, keep, say, training } from "../page/state.js";
import { Stage } from "../stage/stage.js";
import { Learnt } from "./learnt.js";
import { MainChart, Metrics } from "./metrics.js";
import { Pickers } from "./pickers.js";
import { Results } from "./results.js";
import { SettingsForm } from "./settings-form.js";
import { TakeAway } from "./take-away.js";
import { Transport } from "./transport.js";

const PANELS = [
  ["metrics", "Metrics", Metrics],
  ["learnt", "What was learnt", Learnt],
  ["explain", "Equations and pseudo-code", Explain],
  ["take-away", "Take away", TakeAway],
] as const;

const SEEDS = 5;

/** Pick, set, train, watch. */
export function TrainView() {
  const run = current.value;
  const { algorithm, environment, problem, problems, prepared } = choice.value;
  const wrong = [...(problem ? [problem] : []), ...Object.values(problems)];
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
      <aside class="controls" aria-label="What to train">
        <div class="card">
          <Pickers />
        </div>
        <div class="card">
          <SettingsForm />
        </div>
      </aside>
      <div class="live">
        <Transport />
        {wrong.length > 0 && (
          <div class="banner bad" role="alert">
            {wrong.map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
          </div>
        )}
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
            key={`${shown} ${run?.id ?? 0}`}
            environment={shown}
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
          <button
            type="button"
            class="quiet seeds"
            disabled={!prepared}
            onClick={() => {
              runSeeds(training.value, SEEDS);
              say(`${SEEDS} seeds are training in the background; their curves are under Compare.`);
            }}
          >
            Run {SEEDS} seeds
          </button>
        </div>
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${panel.value}`}>
          <Panel />
        </div>
      </div>
    </div>
  );
}
