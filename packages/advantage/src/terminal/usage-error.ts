import { UserError } from "@advantage/rl";

/** Something that was typed wrong: exit code 2. */
export class UsageError extends UserError {}
