import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { listSignInMethods } from '../client/sign-in-method.ts';
import { userKeyOf } from '../client/user-key.ts';

export async function checkDeleteAuthMethod(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const user = userKeyOf(input);
  if (!user.ok) return { kind: 'unknown', message: user.failure.message };
  const list = await listSignInMethods(graph, context, user.key);
  if (!list.ok) return { kind: 'unknown', message: list.failure.message };
  const there = list.methods.some((each) => each.id === textArgument(input, 'method_id'));
  return there ? { kind: 'absent' } : { kind: 'present', outputs: { state: 'deleted' } };
}
