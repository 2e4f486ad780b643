import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Plan, PlanDigest } from '../contracts/plan.ts';

/**
 * `sha256:` and the hex SHA-256 of the plan's RFC 8785 form. Positions and comments are not in
 * the plan, so reformatting a file keeps its digest; another major of an action changes it.
 */
export function planDigest(plan: Plan): PlanDigest {
  const canonical = canonicalize(plan);
  if (canonical === undefined) throw new Error('a plan is always JSON');
  return `sha256:${createHash('sha256').update(canonical, 'utf8').digest('hex')}`;
}
