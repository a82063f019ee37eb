export * from "./bandit-game.js";
export * from "./bandit-learner.js";
export * from "./point-game.js";
