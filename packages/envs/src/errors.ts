/** An error whose message is for the person who uses the library: it is shown alone, without a stack. */
export class UserError extends Error {
  override name = "UserError";
}

/** Settings or options that cannot be used. One line per problem: the rule, the value, the fix. */
export class ConfigError extends UserError {
  override name = "ConfigError";

  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}
