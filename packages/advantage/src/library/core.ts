/** What an algorithm is made of: its contract, settings and their schema, schedules, errors, figures, the list of when lines are due. */
export * from "@advantage/rl/core";
