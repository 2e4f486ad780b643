import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { requireRoles } from '../http/authorize.ts';
import { allowOptions } from '../http/read-paging.ts';
import { boolean, readStrictBody } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import type { World } from '../world/world.ts';
import { findUser } from './user-calls.ts';

const forbidden = 'accessDenied';

export function listRules(world: World, request: LabRequest, caller: TokenClaims, key: string): Answer {
  requireRoles(caller, [['MailboxSettings.Read'], ['MailboxSettings.ReadWrite']], forbidden);
  allowOptions(request.query, [], 'invalidRequest');
  const user = findUser(world, key);
  return { status: 200, body: { '@odata.context': contextOf(user.id), value: user.rules } };
}

/** `isEnabled` is what the connectors need; the rest of a rule is refused here. */
export function patchRule(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  key: string,
  id: string,
): Answer {
  requireRoles(caller, [['MailboxSettings.ReadWrite']], forbidden);
  const user = findUser(world, key);
  const rule = user.rules.find((each) => each.id === id);
  if (rule === undefined) throw new Refusal(404, 'itemNotFound', `The rule ${id} was not found.`);
  const body = readStrictBody(request, { isEnabled: boolean({ required: true }) });
  if (rule.isReadOnly) throw new Refusal(403, forbidden, 'The rule is read-only.');
  const enabled = body.isEnabled === true;
  const change = rule.isEnabled === enabled ? 'repeat' : enabled ? 'released' : 'applied';
  rule.isEnabled = enabled;
  const target = `rule:${user.userPrincipalName.toLowerCase()}/${id}`;
  world.record({ effect: 'rule-disabled', target, change, by: caller.name }, world.clock.nowMs());
  return { status: 200, body: { '@odata.context': `${contextOf(user.id)}/$entity`, ...rule } };
}

function contextOf(userId: string): string {
  return `https://graph.microsoft.com/v1.0/$metadata#users('${userId}')/mailFolders('inbox')/messageRules`;
}
