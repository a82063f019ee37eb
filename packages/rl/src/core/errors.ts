/** An error whose message is for the person who uses the library: it is shown alone, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}

/** Settings that cannot be used. One line per problem: the rule, the value, the fix. */
export class ConfigError extends UserError {
  override name = "ConfigError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/** A run that cannot start or go on: a space the algorithm cannot use, a metric that is no number any more. */
export class RunError extends UserError {
  override name = "RunError";
}

/** Saved data that cannot be used: damaged, of another version, of another algorithm. */
export class CheckpointError extends UserError {
  override name = "CheckpointError";
}
