/** Environments, spaces, vectorisation, wrappers and the checker. */
export * from "@advantage/envs";
