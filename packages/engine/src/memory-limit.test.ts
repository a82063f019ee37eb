import { expect, it } from "vitest";
import { allocateBlock, memoryBytes } from "./memory.js";

// In a file of its own: a memory never shrinks again. Nothing is written, so that the machine gives no pages for it.
it("grows in few steps near its limit, up to the last bytes", () => {
  allocateBlock(3 * 2 ** 30);
  let growths = 0;
  let total = memoryBytes().total;
  const fill = () => {
    for (;;) {
      allocateBlock(2 ** 20);
      if (memoryBytes().total !== total) growths++;
      total = memoryBytes().total;
    }
  };
  expect(fill).toThrow(/limited to 4 GiB: 4096 MiB are in use and 1 MiB more were asked for/);
  expect(memoryBytes().blocks).toBeGreaterThan(2 ** 32 - 4 * 2 ** 20);
  expect(growths).toBeLessThanOrEqual(64); // 1 GiB by 16 MiB
});
