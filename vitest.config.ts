import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** A busy machine takes longer than vitest's second. */
const expect = { poll: { timeout: 30_000 } };

/** Most files wait for child processes half of the time, so that two of them go well on two cores; vitest by itself would leave one idle. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      { test: { name: 'unit', include: ['src-*/**/*.test.ts', 'test/bench/**/*.test.ts'], testTimeout: 60_000, expect } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, expect } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false, sequence: { groupOrder: 1 }, expect } },
    ],
  },
});
