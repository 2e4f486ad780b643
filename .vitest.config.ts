import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'tests/**/*.test.tsx'],
    globalSetup: ['tests/support/global-setup.ts'],
    // A process per file: what a test leaves open ends with it, and nobody shares a module.
    pool: 'forks',
    // Generous, because a real server starts behind some of them; no test asserts how long it took.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 90_000,
  },
});
