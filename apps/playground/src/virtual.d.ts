declare module "virtual:worker-url" {
  const url: string;
  export default url;
}

declare module "virtual:docs" {
  import type { DocsPage } from "./parts/docs-page.js";
  /** The pages of the documentation, by name (`algorithms/ppo`), each loaded when it is asked for. */
  export const pages: Readonly<Record<string, () => Promise<{ readonly default: DocsPage }>>>;
}

/** Whole algorithms by their family, see build/training-apart.ts. */
declare module "virtual:training" {
  export const families: Readonly<
    Record<string, () => Promise<Readonly<Record<string, import("@advantage/rl").AnyAlgorithm>>>>
  >;
}
