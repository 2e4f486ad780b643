import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';

import type { VendorApi } from '../../client/vendor-api.ts';
import { fileSubject } from '../client/subject.ts';
import { unblockIndicator } from '../client/unblock-indicator.ts';

export async function performUnblockFile(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const subject = fileSubject(input);
  if (!subject.ok) return failed(subject.failure);
  return await unblockIndicator(mde, context, subject.subject);
}
