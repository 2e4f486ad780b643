import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { checkOrder } from '../client/order-device.ts';
import { order } from './order.ts';

export function checkWipeDevice(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  return checkOrder(graph, context, input, order);
}
