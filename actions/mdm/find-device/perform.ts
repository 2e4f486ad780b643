import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { odataText } from '../../client/odata-text.ts';
import { query } from '../../client/path.ts';
import { nonEmptyTextOf, rowsOf } from '../../client/read-field.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { deviceIdOf, isRunning, managedDeviceOf } from '../client/managed-device.ts';

export async function performFindDevice(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const id = deviceIdOf(input, 'directory_id');
  if (!id.ok) return failed(id.failure);
  const filter = query({ $filter: `azureADDeviceId eq ${odataText(id.id)}` });
  const answer = await graph.read(context, `/deviceManagement/managedDevices${filter}`);
  if (!answer.ok) return failed(answer.failure);
  const rows = rowsOf(answer.body)?.filter(
    (row) => nonEmptyTextOf(row, 'azureADDeviceId')?.toLowerCase() === id.id,
  );
  if (rows === undefined) {
    return failed(terminal('invalid-response', 'Microsoft Graph sent managed devices that cannot be read.'));
  }
  const [row, second] = rows;
  if (row === undefined) return { kind: 'succeeded', outputs: { found: false }, changed: false };
  // which of two would be wiped must not be a matter of chance
  if (second !== undefined) {
    return failed(terminal('conflict', 'Intune has more than one device with this directory id.'));
  }
  const device = managedDeviceOf(row);
  if (device === null) {
    return failed(terminal('invalid-response', 'Microsoft Graph sent a managed device that cannot be read.'));
  }
  return {
    kind: 'succeeded',
    outputs: {
      found: true,
      device_id: device.id,
      ...(device.managementState === '' ? {} : { management_state: device.managementState }),
      orders_running: device.orders.filter(isRunning).map((order) => order.name),
    },
    changed: false,
  };
}
