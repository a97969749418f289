import { defineConfig } from 'vitest/config';

/** A busy machine takes longer than vitest's second. */
const expect = { poll: { timeout: 30_000 } };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['src-*/**/*.test.ts', 'test/bench/**/*.test.ts'], testTimeout: 60_000, expect } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000, expect } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false, expect } },
    ],
  },
});
