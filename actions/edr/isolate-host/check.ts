import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { checkIsolation } from '../client/check-isolation.ts';
import { machineIdOf } from '../client/machine-id.ts';
import { wantedIsolation } from './wanted.ts';

export async function checkIsolateHost(
  mde: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const machine = machineIdOf(input);
  if (!machine.ok) return { kind: 'unknown', message: machine.failure.message };
  return await checkIsolation(mde, context, { machineId: machine.machineId, wanted: wantedIsolation(input) });
}
