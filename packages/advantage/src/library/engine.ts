/** Numbers: tensors, gradients, layers, optimisers, random streams, exact math. */
export * from "@advantage/engine";
