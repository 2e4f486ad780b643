import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { requireRoles } from '../http/authorize.ts';
import { allowOptions } from '../http/read-paging.ts';
import { readStrictBody } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import type { User } from '../world/records.ts';
import type { World } from '../world/world.ts';

const mayWrite = [['IdentityRiskyUser.ReadWrite.All']];
const forbidden = 'accessDenied';
/** At most so many ids a call; the documents do not say so for sure (facts 6.2). */
const idsMax = 60;

/** By object id only (facts 3). Somebody who was never at risk is not listed. */
export function getRiskyUser(world: World, request: LabRequest, caller: TokenClaims, id: string): Answer {
  requireRoles(caller, mayWrite, forbidden);
  allowOptions(request.query, [], 'invalidRequest');
  const user = world.users.get(id.toLowerCase());
  if (user === undefined || user.risk === null) {
    throw new Refusal(404, 'itemNotFound', `The risky user ${id} was not found.`);
  }
  return {
    status: 200,
    body: {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#identityProtection/riskyUsers/$entity',
      id: user.id,
      userPrincipalName: user.userPrincipalName,
      userDisplayName: user.displayName,
      isDeleted: false,
      isProcessing: false,
      riskLevel: user.risk.level,
      riskState: user.risk.state,
    },
  };
}

/** All or nothing: one unknown id refuses the call. */
export function changeRisk(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  state: 'confirmedCompromised' | 'dismissed',
): Answer {
  requireRoles(caller, mayWrite, forbidden);
  const body = readStrictBody(request, {
    userIds: {
      required: true,
      expected: `a list of 1 to ${idsMax} object ids`,
      test: (value) =>
        Array.isArray(value) &&
        value.length > 0 &&
        value.length <= idsMax &&
        value.every((id) => typeof id === 'string'),
    },
  });
  const ids: unknown[] = Array.isArray(body.userIds) ? body.userIds : [];
  const users = ids.map((id) => world.users.get(String(id).toLowerCase()));
  if (users.includes(undefined)) throw new Refusal(400, 'invalidRequest', 'A user id is not known.');
  for (const user of users) if (user !== undefined) settleRisk(world, user, state, caller.name);
  return { status: 204 };
}

function settleRisk(world: World, user: User, state: 'confirmedCompromised' | 'dismissed', by: string): void {
  const was = user.risk?.state === 'confirmedCompromised';
  const is = state === 'confirmedCompromised';
  user.risk = { level: is ? 'high' : 'none', state };
  const change = was === is ? 'repeat' : is ? 'applied' : 'released';
  world.record({ effect: 'risk-confirmed', target: `user:${user.id}`, change, by }, world.clock.nowMs());
}
