import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { checkBlocked } from '../client/block-indicator.ts';
import { domainSubject } from '../client/subject.ts';

export async function checkBlockDomain(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const subject = domainSubject(input);
  if (!subject.ok) return { kind: 'unknown', message: subject.failure.message };
  return await checkBlocked(mde, context, subject.subject);
}
