import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { domainSubject } from '../client/subject.ts';
import { checkUnblocked } from '../client/unblock-indicator.ts';

export async function checkUnblockDomain(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const subject = domainSubject(input);
  if (!subject.ok) return { kind: 'unknown', message: subject.failure.message };
  return await checkUnblocked(mde, context, subject.subject);
}
