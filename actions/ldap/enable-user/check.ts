import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { checkEnabled } from '../client/set-enabled.ts';

export function checkEnableUser(context: ActionContext, input: JsonObject): Promise<CheckOutcome> {
  return checkEnabled(context, input, true);
}
