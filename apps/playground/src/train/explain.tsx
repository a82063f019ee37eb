import { Prose, useDocs } from "../parts/docs.js";
import { choice } from "../state/state.js";

/** Sections that are read beside a run, in this order. */
const BESIDE = [/^pseudo-code/, /^key-equations/, /^deviations/, /^settings/];

/** The algorithm's equations, pseudo-code, deviations and what its settings do, beside the run. */
export function Explain() {
  const { algorithm } = choice.value;
  const page = useDocs(`algorithms/${algorithm.id}`);
  if (page === undefined) return <p class="empty">Loading …</p>;
  if (typeof page === "string") return <p class="empty">{page}</p>;
  const sections = BESIDE.flatMap((pattern) => page.sections.filter(({ anchor }) => pattern.test(anchor)));
  return (
    <div class="explain">
      {sections.map(({ title, anchor, html }) => (
        <details key={anchor} open={!/^(?:deviations|settings)/.test(anchor)}>
          <summary>
            <h3 dangerouslySetInnerHTML={{ __html: title }} />
          </summary>
          <Prose html={html} />
        </details>
      ))}
      <p>
        <a href={`#/learn/${algorithm.id}`}>The whole page on {algorithm.title}</a>
      </p>
    </div>
  );
}
