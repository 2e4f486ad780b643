import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { readAccount } from '../client/read-account.ts';
import { userKeyOf } from '../client/user-key.ts';
import { readManager } from './read-manager.ts';
import { readMemberships } from './read-memberships.ts';

/** Three reads; one that fails fails the look-up, because a half picture would let an administrator pass for anybody. */
export async function performGetUser(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const user = userKeyOf(input);
  if (!user.ok) return failed(user.failure);
  const reading = await readAccount(graph, context, user.key);
  if (!reading.ok) return failed(reading.failure);
  const { account } = reading;
  const memberships = await readMemberships(graph, context, account.id);
  if (!memberships.ok) return failed(memberships.failure);
  const manager = await readManager(graph, context, account.id);
  if (!manager.ok) return failed(manager.failure);

  return {
    kind: 'succeeded',
    changed: false,
    outputs: {
      id: account.id,
      upn: account.upn ?? '',
      display_name: account.displayName ?? '',
      title: account.jobTitle ?? '',
      enabled: account.enabled,
      synced: account.synced,
      is_privileged: memberships.roles.length > 0,
      roles: memberships.roles,
      tags: memberships.tags,
      ...(manager.upn === null ? {} : { manager: manager.upn }),
    },
  };
}
