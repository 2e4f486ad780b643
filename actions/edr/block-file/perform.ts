import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import { optionalText } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { blockIndicator } from '../client/block-indicator.ts';
import { fileSubject } from '../client/subject.ts';

export async function performBlockFile(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const subject = fileSubject(input);
  if (!subject.ok) return failed(subject.failure);
  return await blockIndicator(mde, context, {
    subject: subject.subject,
    action: input.action === 'block' ? 'Block' : 'BlockAndRemediate',
    title: `File blocked by Riposte: ${subject.subject.value.slice(0, 12)}`,
    reason: optionalText(input, 'comment', 'Blocked by a playbook'),
    days: typeof input.days === 'number' ? input.days : 90,
  });
}
