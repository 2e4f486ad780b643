import type {
  ActionContext,
  ActionOutcome,
  CheckOutcome,
  Failure,
} from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { accountOutputs, readAccount } from './read-account.ts';
import { userKeyOf } from './user-key.ts';

/** Brings `accountEnabled` to the wanted value, or refuses where the next directory sync would take it back. */
export async function setEnabled(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<ActionOutcome> {
  const user = userKeyOf(input);
  if (!user.ok) return failed(user.failure);
  const before = await readAccount(graph, context, user.key);
  if (!before.ok) return failed(before.failure);
  const { account } = before;
  if (account.enabled === enabled) {
    return { kind: 'succeeded', outputs: accountOutputs(account, enabled), changed: false };
  }
  if (account.synced) return failed(syncedUser(enabled));

  const writing = await graph.write(context, 'PATCH', path`/users/${account.id}`, {
    accountEnabled: enabled,
  });
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  return { kind: 'succeeded', outputs: accountOutputs(account, enabled), changed: true };
}

/** The present state; unknown when it cannot be read, also for a user that does not exist. */
export async function checkEnabled(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<CheckOutcome> {
  const user = userKeyOf(input);
  if (!user.ok) return { kind: 'unknown', message: user.failure.message };
  const now = await readAccount(graph, context, user.key);
  if (!now.ok) return { kind: 'unknown', message: now.failure.message };
  if (now.account.enabled !== enabled) return { kind: 'absent', shows: { enabled: now.account.enabled } };
  return { kind: 'present', outputs: accountOutputs(now.account, enabled) };
}

function syncedUser(enabled: boolean): Failure {
  const advice = enabled
    ? 'Enable it in the on-premises Active Directory (ldap.enable-user).'
    : 'Disable it in the on-premises Active Directory (ldap.disable-user, or through Defender for Identity), and revoke its sessions here in addition.';
  return terminal(
    'synced-user',
    `The account is synchronised from an on-premises directory, which would overwrite a change made in the cloud. ${advice}`,
  );
}
