import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { checkMove } from '../client/move-copy.ts';
import { moveOf } from './move.ts';

export function checkQuarantineMessage(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  return checkMove(graph, context, input, moveOf(input));
}
