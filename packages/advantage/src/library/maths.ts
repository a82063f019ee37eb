/** Pure functions: returns, advantages, losses, distributions, bounds, exact solutions of finite MDPs, statistics. */
export * from "@advantage/rl/maths";
