import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { confirmOnce } from '../client/order-once.ts';
import { orderOf } from './order.ts';

export async function confirmQuarantineFile(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
  handle: JsonObject,
): Promise<ActionOutcome> {
  const reading = orderOf(input);
  return reading.ok ? await confirmOnce(mde, context, reading.order, handle) : failed(reading.failure);
}
