import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { userKeyOf } from '../client/user-key.ts';

/** No `check`: the directory offers no way to ask whether sessions were revoked. A repeat does no harm. */
export async function performRevokeSessions(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const user = userKeyOf(input);
  if (!user.ok) return failed(user.failure);
  const writing = await graph.write(context, 'POST', path`/users/${user.key}/revokeSignInSessions`);
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  if (writing.body !== null && writing.body.value === false) {
    return {
      kind: 'unknown',
      message: 'Microsoft Graph took the call but says that no session was revoked.',
    };
  }
  return { kind: 'succeeded', outputs: { revoked: true }, changed: true };
}
