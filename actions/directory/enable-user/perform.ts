import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { setEnabled } from '../client/set-enabled.ts';

export function performEnableUser(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  return setEnabled(graph, context, input, true);
}
