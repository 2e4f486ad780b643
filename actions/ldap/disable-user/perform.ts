import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { setEnabled } from '../client/set-enabled.ts';

export function performDisableUser(context: ActionContext, input: JsonObject): Promise<ActionOutcome> {
  return setEnabled(context, input, false);
}
