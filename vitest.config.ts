import { defineConfig } from "vitest/config";

export default defineConfig({
  // The tests run on the sources, not on the build: workspace packages export their `src` under this condition.
  resolve: { conditions: ["source"] },
  ssr: { resolve: { conditions: ["source"], externalConditions: ["source"] } },
  test: {
    include: ["packages/*/src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
  },
});
