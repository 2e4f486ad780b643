import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { lookAtRisk } from '../client/risk.ts';

export function lookConfirmCompromised(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  return lookAtRisk(graph, context, input, 'confirmCompromised');
}
