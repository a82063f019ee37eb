/** Figures, curves and pages. */
export * from "@advantage/rl/report";
