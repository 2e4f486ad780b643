import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { nonEmptyTextOf, rowsOf } from '../../client/read-field.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';

/** A device under management in Intune (facts 10), as far as orders are concerned. */
export interface ManagedDevice {
  id: string;
  /** `managed`, `wipePending`, `wipeIssued`, …; empty if the vendor does not say. */
  managementState: string;
  orders: DeviceOrder[];
}

/** A row of `deviceActionResults`. */
export interface DeviceOrder {
  /** In lower case: the documents do not say how the vendor spells it here. */
  name: string;
  state: string;
  startedAt: string;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function deviceIdOf(
  input: JsonObject,
  argument: string,
): { ok: true; id: string } | { ok: false; failure: Failure } {
  const id = textArgument(input, argument).trim().toLowerCase();
  if (guid.test(id)) return { ok: true, id };
  return { ok: false, failure: terminal('invalid-request', `${argument} must be a GUID.`) };
}

export async function readManagedDevice(
  graph: VendorApi,
  context: ActionContext,
  id: string,
): Promise<{ ok: true; device: ManagedDevice } | { ok: false; failure: Failure }> {
  const answer = await graph.read(context, path`/deviceManagement/managedDevices/${id}`);
  if (!answer.ok) return answer;
  const device = managedDeviceOf(answer.body);
  if (device !== null) return { ok: true, device };
  return {
    ok: false,
    failure: terminal('invalid-response', 'Microsoft Graph sent a managed device that cannot be read.'),
  };
}

export function managedDeviceOf(row: JsonObject): ManagedDevice | null {
  const id = nonEmptyTextOf(row, 'id');
  const orders = Object.hasOwn(row, 'deviceActionResults') ? rowsOf(row, 'deviceActionResults') : [];
  if (id === null || orders === null) return null;
  return {
    id,
    managementState: nonEmptyTextOf(row, 'managementState') ?? '',
    orders: orders.map((order) => ({
      name: nonEmptyTextOf(order, 'actionName')?.toLowerCase() ?? '',
      state: nonEmptyTextOf(order, 'actionState') ?? '',
      startedAt: nonEmptyTextOf(order, 'startDateTime') ?? '',
    })),
  };
}

/** The last order of a kind; the vendor promises no order of rows. */
export function newestOrder(device: ManagedDevice, name: string): DeviceOrder | null {
  const own = device.orders.filter((order) => order.name === name.toLowerCase());
  return own.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0] ?? null;
}

export function isRunning(order: DeviceOrder): boolean {
  return order.state === 'pending' || order.state === 'active';
}
