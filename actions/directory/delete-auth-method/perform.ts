import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { listSignInMethods } from '../client/sign-in-method.ts';
import { userKeyOf } from '../client/user-key.ts';

export async function performDeleteAuthMethod(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const user = userKeyOf(input);
  if (!user.ok) return failed(user.failure);
  const list = await listSignInMethods(graph, context, user.key);
  if (!list.ok) return failed(list.failure);
  const method = list.methods.find((each) => each.id === textArgument(input, 'method_id'));
  if (method === undefined) return { kind: 'succeeded', outputs: { state: 'deleted' }, changed: false };
  if (method.collection === null) {
    return failed(terminal('unsupported-target', 'Methods of this kind cannot be deleted.'));
  }
  const writing = await graph.write(
    context,
    'DELETE',
    path`/users/${user.key}/authentication/${method.collection}/${method.id}`,
  );
  if (writing.kind === 'unknown') return writing;
  // somebody was faster: what was asked for is so
  const gone = writing.kind === 'refused' && writing.status === 404;
  if (writing.kind === 'refused' && !gone) return failed(writing.failure);
  return { kind: 'succeeded', outputs: { state: 'deleted', kind: method.kind }, changed: !gone };
}
