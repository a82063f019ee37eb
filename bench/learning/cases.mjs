/** What is trained, and the level it has to reach: the mean of 100 deterministic episodes, on every seed. */
export const cases = {
  "reinforce-cartpole": {
    algorithm: "reinforce",
    environment: "CartPole-v1",
    settings: { baseline: "learned" },
    threshold: { rule: "≥", value: 475, within: 500_000 },
  },
  "vpg-cartpole": {
    algorithm: "vpg",
    environment: "CartPole-v1",
    settings: {},
    threshold: { rule: "≥", value: 475, within: 500_000 },
  },
  "a2c-cartpole": {
    algorithm: "a2c",
    environment: "CartPole-v1",
    settings: {},
    threshold: { rule: "≥", value: 475, within: 500_000 },
  },
  "a2c-acrobot": {
    algorithm: "a2c",
    environment: "Acrobot-v1",
    settings: {},
    threshold: { rule: "≥", value: -90, within: 500_000 },
  },
  "a2c-pendulum": {
    algorithm: "a2c",
    environment: "Pendulum-v1",
    settings: {},
    threshold: { rule: "≥", value: -300, within: 1_000_000 },
  },
  "npg-cartpole": {
    algorithm: "npg",
    environment: "CartPole-v1",
    settings: {},
    threshold: { rule: "≥", value: 475, within: 500_000 },
  },
  "npg-pendulum": {
    algorithm: "npg",
    environment: "Pendulum-v1",
    settings: {},
    threshold: { rule: "≥", value: -300, within: 1_000_000 },
  },
  "npg-acrobot": {
    algorithm: "npg",
    environment: "Acrobot-v1",
    settings: {},
    threshold: { rule: "≥", value: -90, within: 500_000 },
  },
  "trpo-cartpole": {
    algorithm: "trpo",
    environment: "CartPole-v1",
    settings: { totalSteps: 99_328 },
    threshold: { rule: "≥", value: 475, within: 100_000 },
  },
  "trpo-acrobot": {
    algorithm: "trpo",
    environment: "Acrobot-v1",
    settings: {},
    threshold: { rule: "≥", value: -90, within: 500_000 },
  },
  "trpo-pendulum": {
    algorithm: "trpo",
    environment: "Pendulum-v1",
    settings: {},
    threshold: { rule: "≥", value: -300, within: 1_000_000 },
  },
  "ppo-cartpole": {
    algorithm: "ppo",
    environment: "CartPole-v1",
    settings: { totalSteps: 99_840 },
    threshold: { rule: "≥", value: 495, within: 100_000 },
  },
  "ppo-acrobot": {
    algorithm: "ppo",
    environment: "Acrobot-v1",
    settings: {},
    threshold: { rule: "≥", value: -90, within: 500_000 },
  },
  "ppo-pendulum": {
    algorithm: "ppo",
    environment: "Pendulum-v1",
    settings: {},
    threshold: { rule: "≥", value: -250, within: 300_000 },
  },
  "ppo-mountaincar-continuous": {
    algorithm: "ppo",
    environment: "MountainCarContinuous-v0",
    settings: {},
    threshold: { rule: "≥", value: 85, within: 200_000 },
  },
  "ppo-mountaincar": {
    algorithm: "ppo",
    environment: "MountainCar-v0",
    settings: {},
    threshold: { rule: "≥", value: -120, within: 1_000_000 },
  },
};
