import { pages } from "virtual:docs";
import { environments } from "@advantage/envs";
import { algorithms } from "@advantage/rl";
import { useEffect } from "preact/hooks";
import { hashOf, type LearnAddress } from "../address.js";
import { Prose, useDocs } from "../parts/docs.js";
import { firstEnvironment } from "../state/choice.js";
import { choose, training } from "../state/state.js";

/** What "H 2.10" and the like on the pages stand for. */
const SOURCES = "guides/sources";

/** The documentation of algorithms and environments, a page at a time. */
export function LearnView({ address }: { address: LearnAddress }) {
  const page = address.page === "" ? training.value.algorithm : address.page;
  const algorithm = algorithms.find(({ id }) => id === page);
  const docs = useDocs(page.includes("/") ? page : `algorithms/${page}`);
  const families = [...new Set(algorithms.map(({ family }) => family))];
  const environmentPages = [...new Set(environments.map(({ family }) => family))].filter(
    (family) => `environments/${family.replaceAll(" ", "-")}` in pages,
  );
  useEffect(() => {
    if (typeof docs !== "object") return;
    if (address.at) document.getElementById(address.at)?.scrollIntoView();
    else scrollTo(0, 0);
  }, [docs, address.at]);
  return (
    <div class="learn">
      <nav class="contents" aria-label="Pages">
        {families.map((family) => (
          <details key={family} open={algorithm?.family === family}>
            <summary>{family}</summary>
            <ul>
              {algorithms
                .filter((each) => each.family === family)
                .map(({ id, title }) => (
                  <li key={id}>
                    <a href={`#/learn/${id}`} aria-current={id === page ? "page" : undefined}>
                      {title}
                    </a>
                  </li>
                ))}
            </ul>
          </details>
        ))}
        <details open={page.startsWith("environments/")}>
          <summary>environments</summary>
          <ul>
            {environmentPages.map((family) => {
              const name = `environments/${family.replaceAll(" ", "-")}`;
              return (
                <li key={family}>
                  <a href={`#/learn/${name}`} aria-current={name === page ? "page" : undefined}>
                    {family}
                  </a>
                </li>
              );
            })}
          </ul>
        </details>
        <a href={`#/learn/${SOURCES}`} aria-current={page === SOURCES ? "page" : undefined}>
          Sources: the course notes
        </a>
      </nav>
      <article class="card sheet">
        {docs === undefined ? (
          <p class="empty">Loading …</p>
        ) : typeof docs === "string" ? (
          <p class="empty">{docs}</p>
        ) : (
          <>
            <header>
              <h1 dangerouslySetInnerHTML={{ __html: docs.title }} />
              {algorithm && (
                <a
                  class="button"
                  href={hashOf({
                    view: "train",
                    algorithm: algorithm.id,
                    environment: firstEnvironment(algorithm).id,
                    preset: "auto",
                    settings: {},
                  })}
                  onClick={() =>
                    choose({
                      algorithm: algorithm.id,
                      environment: firstEnvironment(algorithm).id,
                      preset: "auto",
                      settings: {},
                    })
                  }
                >
                  Train it here
                </a>
              )}
            </header>
            <Prose html={docs.lead} />
            {docs.sections.map(({ title, anchor, html }) => (
              <section key={anchor} id={anchor}>
                <h2 dangerouslySetInnerHTML={{ __html: title }} />
                <Prose html={html} />
              </section>
            ))}
          </>
        )}
      </article>
    </div>
  );
}
