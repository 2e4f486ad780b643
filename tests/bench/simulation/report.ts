import type { Comparison } from './compare.ts';
import type { Prices } from './costs.ts';
import type { Found, Plan } from './find-machines.ts';

/** What `npm run bench:simulate -- --json` prints. */
export interface Simulation {
  version: 1;
  measuredOn: string;
  prices: Prices;
  comparison: Comparison[];
  plan: Plan;
  found: Found;
  breaks: Found[];
}
