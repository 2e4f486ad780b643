import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { confirmMove } from '../client/move-copy.ts';
import { moveOf } from './move.ts';

export function confirmReleaseMessage(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  handle: JsonObject,
): Promise<ActionOutcome> {
  return confirmMove(graph, context, input, handle, moveOf(input));
}
