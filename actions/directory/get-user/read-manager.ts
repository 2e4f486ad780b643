import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import { path, query } from '../../client/path.ts';
import { nonEmptyTextOf } from '../../client/read-field.ts';
import type { VendorApi } from '../../client/vendor-api.ts';

/** Null if none is set; a manager may also be a contact, which has no user principal name. */
export async function readManager(
  graph: VendorApi,
  context: ActionContext,
  userId: string,
): Promise<{ ok: true; upn: string | null } | { ok: false; failure: Failure }> {
  const answer = await graph.read(
    context,
    path`/users/${userId}/manager` + query({ $select: 'id,userPrincipalName' }),
  );
  if (answer.ok) return { ok: true, upn: nonEmptyTextOf(answer.body, 'userPrincipalName') };
  // the user was just read, so what is not found is the manager
  return answer.failure.code === 'not-found' ? { ok: true, upn: null } : answer;
}
