import type { EnvironmentOptions } from "@advantage/envs";
import type { EnvSlice, WatchedPlace } from "@advantage/rl";

/** What a thread is started for. */
export type ThreadTask = {
  /** An environment's id, or the path of its module. */
  readonly environment: string;
  /** What it is made with. */
  readonly options?: EnvironmentOptions;
} & (
  | { readonly kind: "watch-slices"; readonly slices: readonly EnvSlice[] }
  | { readonly kind: "slice"; readonly slice: EnvSlice }
  | {
      readonly kind: "actor";
      readonly algorithm: string;
      readonly environmentId: string;
      readonly config: unknown;
      readonly shared: unknown;
      /** Where it steps its environments, for others to see. */
      readonly place: WatchedPlace;
    }
);

/** What an actor's thread answers to a line that it was given. */
export type ActorReply = { readonly report: unknown } | { readonly error: string };
