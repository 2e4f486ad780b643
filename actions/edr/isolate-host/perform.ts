import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import { optionalText } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { changeIsolation } from '../client/change-isolation.ts';
import { machineIdOf } from '../client/machine-id.ts';
import { wantedIsolation } from './wanted.ts';

export async function performIsolateHost(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const machine = machineIdOf(input);
  if (!machine.ok) return failed(machine.failure);
  const comment = optionalText(input, 'comment', 'Isolated by Riposte');
  return await changeIsolation(mde, context, {
    machineId: machine.machineId,
    wanted: wantedIsolation(input),
    comment,
  });
}
