import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { docsPages } from "./build/docs-pages.js";
import { trainingApart } from "./build/training-apart.js";
import { workerChunk } from "./build/worker-chunk.js";

/** With these a page is cross-origin isolated and may share memory with its workers. A static host that cannot send them does, too. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // Relative addresses: the files work under any path of any host.
  base: "./",
  // The packages' sources, not their builds.
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [
    docsPages(fileURLToPath(new URL("../../docs", import.meta.url))),
    trainingApart(fileURLToPath(new URL("../../packages/rl/src/algorithms", import.meta.url))),
    workerChunk("src/training/worker.ts"),
  ],
  build: {
    target: "es2022",
    modulePreload: {
      polyfill: false,
      // A worker has no document to put links into.
      resolveDependencies: (_file, needed, { hostId }) => (/\bworker-/.test(hostId) ? [] : needed),
    },
    chunkSizeWarningLimit: 2000,
    // What page, worker and several families share is fetched once, in one file.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: "library", test: /[\\/]packages[\\/]|[\\/]zod[\\/]/, minShareCount: 3 }],
        },
      },
    },
    // The notices that the licences of what is bundled ask for.
    license: { fileName: "licences.md" },
  },
  server: { headers: ISOLATION, fs: { allow: ["../.."] } },
  preview: { headers: ISOLATION },
});
