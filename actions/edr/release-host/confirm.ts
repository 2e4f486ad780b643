import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { confirmIsolation } from '../client/confirm-isolation.ts';
import { machineIdOf } from '../client/machine-id.ts';

export async function confirmReleaseHost(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
  handle: JsonObject,
): Promise<ActionOutcome> {
  const machine = machineIdOf(input);
  if (!machine.ok) return failed(machine.failure);
  const order = { machineId: machine.machineId, wanted: { state: 'released' } as const };
  return await confirmIsolation(mde, context, order, handle);
}
