import { UserError } from "@advantage/envs";

export { ConfigError, UserError } from "@advantage/envs";

/** A run that cannot start or go on: a space the algorithm cannot use, a metric that is no number any more. */
export class RunError extends UserError {
  override name = "RunError";
}

/** Saved data that cannot be used: damaged, of another version, of another algorithm. */
export class CheckpointError extends UserError {
  override name = "CheckpointError";
}
