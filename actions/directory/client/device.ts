import type {
  ActionContext,
  ActionOutcome,
  CheckOutcome,
  Failure,
} from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { odataText } from '../../client/odata-text.ts';
import { path, query } from '../../client/path.ts';
import { booleanOf, nonEmptyTextOf, rowsOf } from '../../client/read-field.ts';
import { textArgument } from '../../client/read-input.ts';
import type { VendorApi } from '../../client/vendor-api.ts';

interface Device {
  /** Object id, which is not the device id (facts 3): writes go to it. */
  objectId: string;
  enabled: boolean;
}

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export async function setDeviceEnabled(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<ActionOutcome> {
  const reading = await readDevice(graph, context, input);
  if (!reading.ok) return failed(reading.failure);
  const { device } = reading;
  if (device.enabled === enabled) {
    return { kind: 'succeeded', outputs: deviceOutputs(device, enabled), changed: false };
  }
  const writing = await graph.write(context, 'PATCH', path`/devices/${device.objectId}`, {
    accountEnabled: enabled,
  });
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  return { kind: 'succeeded', outputs: deviceOutputs(device, enabled), changed: true };
}

export async function checkDeviceEnabled(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<CheckOutcome> {
  const reading = await readDevice(graph, context, input);
  if (!reading.ok) return { kind: 'unknown', message: reading.failure.message };
  if (reading.device.enabled !== enabled)
    return { kind: 'absent', shows: { enabled: reading.device.enabled } };
  return { kind: 'present', outputs: deviceOutputs(reading.device, enabled) };
}

async function readDevice(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<{ ok: true; device: Device } | { ok: false; failure: Failure }> {
  const deviceId = textArgument(input, 'directory_id').trim().toLowerCase();
  if (!guid.test(deviceId))
    return refuse('invalid-request', 'directory_id must be the device id of Entra, a GUID.');
  const filter = query({ $filter: `deviceId eq ${odataText(deviceId)}` });
  const answer = await graph.read(context, `/devices${filter}`);
  if (!answer.ok) return answer;
  const rows = rowsOf(answer.body);
  if (rows === null) return refuse('invalid-response', 'Microsoft Graph sent devices that cannot be read.');
  const [row, second] = rows.filter((each) => nonEmptyTextOf(each, 'deviceId')?.toLowerCase() === deviceId);
  if (row === undefined) return refuse('not-found', 'The directory has no such device.');
  if (second !== undefined) return refuse('conflict', 'The directory has more than one device with this id.');
  const objectId = nonEmptyTextOf(row, 'id');
  const enabled = booleanOf(row, 'accountEnabled');
  if (objectId === null || enabled === null)
    return refuse('invalid-response', 'Microsoft Graph sent a device without id or state.');
  return { ok: true, device: { objectId, enabled } };
}

function deviceOutputs(device: Device, enabled: boolean): JsonObject {
  return { enabled, was_enabled: device.enabled, object_id: device.objectId };
}

function refuse(code: string, message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal(code, message) };
}
