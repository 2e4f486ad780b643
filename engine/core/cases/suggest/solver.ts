import type { Solver } from './sight.ts';
import { solve } from './solve.ts';
import { waysToFail, waysToStatus } from './ways-to-status.ts';

/** Conditions ask how steps ended, and how a step ends may hang on a condition: each finds the other here. */
export const solver: Solver = { solve, status: waysToStatus, fail: waysToFail };
