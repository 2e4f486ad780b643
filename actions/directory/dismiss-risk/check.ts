import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { checkRisk } from '../client/risk.ts';

export function checkDismissRisk(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  return checkRisk(graph, context, input, 'dismissed');
}
