export {
  checkGradient,
  checkSecondGradient,
  type GradientCheck,
  type SampleOptions,
  samples,
} from "./finite-differences.js";
