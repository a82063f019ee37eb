import path from "node:path";
import type { Plugin } from "vite";

const NAME = "virtual:worker-url";

/**
 * `import workerUrl from "virtual:worker-url"`: the address of a module worker that is one more entry of the page's own build.
 * (Vite's `new Worker(new URL(…))` bundles a worker apart: the visitor would fetch the library twice.)
 *
 * @param entry the worker's module, from Vite's root
 */
export function workerChunk(entry: string): Plugin {
  let root = "";
  let building = false;
  let reference = "";
  return {
    name: "worker-chunk",
    configResolved(config) {
      root = config.root;
      building = config.command === "build";
    },
    buildStart() {
      if (building) reference = this.emitFile({ type: "chunk", id: path.join(root, entry), name: "worker" });
    },
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      return building
        ? `export default import.meta.ROLLUP_FILE_URL_${reference};`
        : `export default new URL("/${entry}", location.href).href;`;
    },
  };
}
