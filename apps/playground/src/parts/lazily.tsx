import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

/** A component whose code is fetched when it is first shown; what it is given is handed on. */
export function lazily<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const shown = useSignal<string | undefined>(undefined);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          shown.value = "";
        },
        (error) => {
          shown.value = `This part of the page could not be loaded: ${error instanceof Error ? error.message : error}`;
        },
      );
    }, []);
    const said = shown.value;
    const Loaded = loaded;
    return Loaded ? <Loaded {...props} /> : said ? <p class="banner bad">{said}</p> : null;
  };
}
