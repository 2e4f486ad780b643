import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    globalSetup: ['tests/support/global-setup.ts'],
    // A process per file: what a test leaves open ends with it, and nobody shares a module.
    pool: 'forks',
    // Tests wait for servers, leases and clocks far more than they compute: one worker leaves two cores mostly idle.
    maxWorkers: Math.min(8, 2 * availableParallelism()),
    // Generous, because a real server starts behind some of them and others compute beside it; no test asserts how long
    // it took.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 90_000,
  },
});
