import { defineConfig } from "vitest/config";

// A file for the results as JSON; .ci/run counts them.
const resultsFile = process.env.TEST_RESULTS;

export default defineConfig({
  // The tests run on the sources, not on the build: workspace packages export their `src` under this condition.
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    // Every core: by default one is left idle, which on two cores doubles the time.
    maxWorkers: "100%",
    ...(resultsFile ? { reporters: ["default", "json"], outputFile: { json: resultsFile } } : {}),
  },
});
