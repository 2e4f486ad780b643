import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { confirmOrder } from '../client/order-device.ts';
import { order } from './order.ts';

export function confirmWipeDevice(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  handle: JsonObject,
): Promise<ActionOutcome> {
  return confirmOrder(graph, context, input, handle, order);
}
