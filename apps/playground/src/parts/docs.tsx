import { pages } from "virtual:docs";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { DocsPage } from "./docs-page.js";

/** A page of the documentation, fetched when it is first asked for: `undefined` until then, an error's sentence if there is none. */
export function useDocs(name: string): DocsPage | string | undefined {
  const page = useSignal<DocsPage | string | undefined>(undefined);
  useEffect(() => {
    let asked = true;
    page.value = undefined;
    const load = pages[name];
    if (!load) {
      page.value = `There is no page on ${name.split("/").at(-1)} yet.`;
      return;
    }
    Promise.all([load(), import("katex/dist/katex.min.css")]).then(
      ([module]) => {
        if (asked) page.value = module.default;
      },
      (error) => {
        if (asked) page.value = `The page could not be loaded: ${error instanceof Error ? error.message : error}`;
      },
    );
    return () => {
      asked = false;
    };
  }, [name]);
  return page.value;
}

/** HTML that was rendered from the project's own Markdown when the page was built. */
export function Prose({ html, id }: { html: string; id?: string }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => (place.current ? focusableWhereItScrolls(place.current) : undefined), [html]);
  return <div ref={place} id={id} class="prose" dangerouslySetInnerHTML={{ __html: html }} />;
}

/** Formulas, tables and code that are wider than their place are reached by the keyboard, to be scrolled by it. */
function focusableWhereItScrolls(place: HTMLElement): () => void {
  const size = new ResizeObserver((entries) => {
    for (const { target } of entries)
      if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
      else target.removeAttribute("tabindex");
  });
  for (const wide of place.querySelectorAll(".formula, .scroll, pre")) size.observe(wide);
  return () => size.disconnect();
}
