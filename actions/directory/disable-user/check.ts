import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { checkEnabled } from '../client/set-enabled.ts';

export function checkDisableUser(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  return checkEnabled(graph, context, input, false);
}
