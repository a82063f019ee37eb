import { type Evaluation, readable, spreadText } from "@advantage/rl";
import { Hint } from "../parts/hint.js";
import { current } from "../state/state.js";

/** What came out, and where the time went. */
export function Results() {
  const run = current.value;
  if (!run) return null;
  const evaluation = run.evaluation.value;
  const sampled = run.stochasticEvaluation.value;
  const phases = run.phases.value;
  if (!evaluation && !sampled && !phases) return null;
  const whole = phases ? phases.environment + phases.learning + phases.page : 0;
  const parts = phases
    ? ([
        ["environment", phases.environment, "stepping the environments (estimated from one step in 64)"],
        ["learning", phases.learning, "acting and learning: the algorithm itself"],
        ["page", phases.page, "sending numbers, policies and pictures to this page"],
      ] as const)
    : [];
  return (
    <section class="results" aria-label="Results">
      {evaluation && <Score title="Evaluation, greedy" evaluation={evaluation} main />}
      {sampled && <Score title="Evaluation, sampling" evaluation={sampled} />}
      {whole > 0 && (
        <div class="card tile">
          <small>Time per phase</small>
          <div class="phases" aria-hidden="true">
            {parts.map(([name, seconds]) => (
              <i key={name} class={name} style={{ flexGrow: Math.max(0.002, seconds / whole) }} />
            ))}
          </div>
          <p class="phase-names">
            {parts.map(([name, seconds, meaning]) => (
              <Hint key={name} text={meaning}>
                <span class={name}>
                  {name} {Math.round((100 * seconds) / whole)} %
                </span>
              </Hint>
            ))}
          </p>
        </div>
      )}
    </section>
  );
}

function Score({ title, evaluation, main }: { title: string; evaluation: Evaluation; main?: boolean }) {
  const { mean, std, min, max, episodes, cut } = evaluation;
  const spread = spreadText(evaluation);
  return (
    <div class={main ? "card tile main" : "card tile"}>
      <small>{title}</small>
      <b>
        {readable(mean)} <i>± {readable(std)}</i>
      </b>
      <small>
        {readable(episodes)} episodes, {min === max ? "all the same" : `${readable(min)} to ${readable(max)}`}
        {cut ? `; ${cut.episodes} cut at ${readable(cut.steps)} steps` : ""}
        {spread === "" ? "" : `; ${spread}`}
      </small>
    </div>
  );
}
