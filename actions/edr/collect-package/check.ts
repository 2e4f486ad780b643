import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { checkOnce } from '../client/order-once.ts';
import { orderOf } from './order.ts';

export async function checkCollectPackage(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const reading = orderOf(input);
  if (!reading.ok) return { kind: 'unknown', message: reading.failure.message };
  return await checkOnce(mde, context, reading.order);
}
