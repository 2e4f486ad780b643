import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { moveCopy } from '../client/move-copy.ts';
import { moveOf } from './move.ts';

export function performReleaseMessage(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  return moveCopy(graph, context, input, moveOf(input));
}
