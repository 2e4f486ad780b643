import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { optionalText } from '../../client/read-input.ts';
import { readInstant } from '../../client/read-instant.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { listSignInMethods, type SignInMethod } from '../client/sign-in-method.ts';
import { userKeyOf } from '../client/user-key.ts';

export async function performListAuthMethods(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const user = userKeyOf(input);
  if (!user.ok) return failed(user.failure);
  const since = optionalText(input, 'registered_after', '');
  const sinceMs = since === '' ? null : readInstant(since);
  if (since !== '' && sinceMs === null) {
    return failed(
      terminal('invalid-request', 'registered_after is not an instant such as 2026-11-20T09:00:00Z.'),
    );
  }
  const list = await listSignInMethods(graph, context, user.key);
  if (!list.ok) return failed(list.failure);
  const { methods } = list;
  const recent = methods.filter(
    ({ createdMs, collection }) =>
      collection !== null && createdMs !== null && sinceMs !== null && createdMs >= sinceMs,
  );
  return {
    kind: 'succeeded',
    outputs: {
      methods: methods.map(show),
      recent: recent.map(show),
      undated: methods.filter((method) => method.createdMs === null).length,
    },
    changed: false,
  };
}

function show(method: SignInMethod): JsonObject {
  return {
    id: method.id,
    kind: method.kind,
    ...(method.createdMs === null ? {} : { created_at: new Date(method.createdMs).toISOString() }),
  };
}
