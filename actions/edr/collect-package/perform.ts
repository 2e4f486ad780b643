import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { orderOnce } from '../client/order-once.ts';
import { orderOf } from './order.ts';

export async function performCollectPackage(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const reading = orderOf(input);
  return reading.ok ? await orderOnce(mde, context, reading.order) : failed(reading.failure);
}
