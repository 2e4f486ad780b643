import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { path, query } from '../../client/path.ts';
import { booleanOf, nonEmptyTextOf } from '../../client/read-field.ts';
import type { VendorApi } from '../../client/vendor-api.ts';

export interface Account {
  /** Immutable object id: writes go to it, because a name may be given to someone else in between. */
  id: string;
  upn: string | null;
  displayName: string | null;
  jobTitle: string | null;
  enabled: boolean;
  /** The account is mastered in an on-premises directory. */
  synced: boolean;
}

const fields = 'id,userPrincipalName,displayName,jobTitle,accountEnabled,onPremisesSyncEnabled';

export async function readAccount(
  graph: VendorApi,
  context: ActionContext,
  key: string,
): Promise<{ ok: true; account: Account } | { ok: false; failure: Failure }> {
  const answer = await graph.read(context, path`/users/${key}` + query({ $select: fields }));
  if (!answer.ok) return answer;
  const account = accountOf(answer.body);
  if (account !== null) return { ok: true, account };
  return {
    ok: false,
    failure: terminal('invalid-response', 'Microsoft Graph sent a user that cannot be read.'),
  };
}

function accountOf(user: JsonObject): Account | null {
  const id = nonEmptyTextOf(user, 'id');
  // absent without the permission to read it: then nothing may be concluded from it
  const enabled = booleanOf(user, 'accountEnabled');
  if (id === null || enabled === null) return null;
  return {
    id,
    upn: nonEmptyTextOf(user, 'userPrincipalName'),
    displayName: nonEmptyTextOf(user, 'displayName'),
    jobTitle: nonEmptyTextOf(user, 'jobTitle'),
    enabled,
    synced: booleanOf(user, 'onPremisesSyncEnabled') === true,
  };
}

/** What disabling and enabling report. */
export function accountOutputs(account: Account, enabled: boolean): JsonObject {
  return {
    id: account.id,
    enabled,
    was_enabled: account.enabled,
    synced: account.synced,
    ...(account.upn === null ? {} : { upn: account.upn }),
    ...(account.displayName === null ? {} : { display_name: account.displayName }),
  };
}
