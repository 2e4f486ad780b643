import type { Response } from 'express';
import type { Permission } from '../../engine/core/identity/rights.ts';
import type { Identity } from '../../engine/runtime/identity/open-identity.ts';
import type { IdentifiedCaller } from './authenticate.ts';
import { type Limiter, type LimitName, limitOf } from './limits.ts';
import { Problem } from './problem.ts';

/**
 * Counts a request of somebody who proved who they are, and tells them what is left. The first of a minute that is too
 * many leaves an entry, the others none: they would fill the log with what the limit keeps out.
 *
 * @param what the right that it needs, as entries say it
 * @throws Problem request/rate-limited
 */
export async function stayWithin(
  { limiter, identity }: { limiter: Limiter; identity: Identity },
  caller: IdentifiedCaller,
  permission: Permission,
  what: string,
  response: Response,
  name: LimitName = limitOf(permission),
): Promise<void> {
  const { wait, headers } = limiter.count(caller, name);
  response.set(headers);
  if (wait === null) return;
  if (limiter.isUntold(caller, name)) {
    const { kind, id, channel, requestId } = caller;
    await identity.recordRefusal(
      { actor: { kind: caller.signed === true ? 'source' : kind, id, channel }, requestId },
      { type: 'auth.refused', code: 'request/rate-limited', permission: what },
    );
  }
  throw new Problem('request/rate-limited', detailOf[name], {
    headers: { 'Retry-After': String(wait) },
  });
}

const apart = 'Approvals, tasks, stops and the pause are counted by themselves.';
const detailOf = {
  requests: `You asked more often than one caller may within a minute. Nothing was done. ${apart}`,
  urgent: 'You asked more often than one caller may within a minute. Nothing was done.',
  looks: 'Your open pages ask more often than those of one person may within a minute. Nothing was done.',
  intake: 'More came from this sender than one may send within a minute. It was not stored: send it again.',
};
