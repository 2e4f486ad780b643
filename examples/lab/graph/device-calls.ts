import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { requireRoles } from '../http/authorize.ts';
import { compileFilter, type FilterDialect } from '../http/compile-filter.ts';
import { allowOptions } from '../http/read-paging.ts';
import { BodyRefusal, boolean, readStrictBody, text } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import { orderDevice } from '../world/order-device.ts';
import type { Host, ManagedDevice } from '../world/records.ts';
import { timestamp } from '../world/timestamp.ts';
import type { World } from '../world/world.ts';

const metadata = 'https://graph.microsoft.com/v1.0/$metadata#';
const directoryForbidden = 'Authorization_RequestDenied';
const forbidden = 'accessDenied';

const devices: FilterDialect<Host> = {
  operators: ['eq'],
  or: false,
  fields: { deviceId: { kind: 'folded', read: (host) => host.machine.aadDeviceId } },
};
const managed: FilterDialect<Host> = {
  operators: ['eq'],
  or: false,
  fields: { azureADDeviceId: { kind: 'folded', read: (host) => host.machine.aadDeviceId } },
};

/** Device objects of the directory; `id` is not `deviceId` (facts 3). */
export function listDevices(world: World, request: LabRequest, caller: TokenClaims): Answer {
  requireRoles(caller, [['Device.ReadWrite.All'], ['Device.Read.All']], directoryForbidden);
  const rows = filtered(world, request, devices, 'Request_BadRequest').flatMap(({ device, machine }) =>
    device === null
      ? []
      : [{ id: device.objectId, deviceId: machine.aadDeviceId, accountEnabled: device.enabled }],
  );
  return { status: 200, body: { '@odata.context': `${metadata}devices`, value: rows } };
}

export function patchDevice(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  objectId: string,
): Answer {
  requireRoles(caller, [['Device.ReadWrite.All']], directoryForbidden);
  const host = [...world.hosts.values()].find(({ device }) => device?.objectId === objectId.toLowerCase());
  const device = host?.device;
  if (host === undefined || device === undefined || device === null) {
    throw new Refusal(404, 'Request_ResourceNotFound', `Resource '${objectId}' does not exist.`);
  }
  const body = readStrictBody(request, { accountEnabled: boolean({ required: true }) });
  const enabled = body.accountEnabled === true;
  const change = device.enabled === enabled ? 'repeat' : enabled ? 'released' : 'applied';
  device.enabled = enabled;
  const target = `host:${host.machine.aadDeviceId}`;
  world.record({ effect: 'device-blocked', target, change, by: caller.name }, world.clock.nowMs());
  return { status: 204 };
}

const mayRead = [['DeviceManagementManagedDevices.ReadWrite.All']];

export function listManagedDevices(world: World, request: LabRequest, caller: TokenClaims): Answer {
  requireRoles(caller, mayRead, forbidden);
  const value = filtered(world, request, managed, 'invalidRequest').flatMap((host) =>
    host.managed === null ? [] : [showManaged(host, host.managed)],
  );
  return { status: 200, body: { '@odata.context': `${metadata}deviceManagement/managedDevices`, value } };
}

export function getManagedDevice(world: World, request: LabRequest, caller: TokenClaims, id: string): Answer {
  requireRoles(caller, mayRead, forbidden);
  allowOptions(request.query, [], 'invalidRequest');
  const { host, device } = findManaged(world, id);
  const context = `${metadata}deviceManagement/managedDevices/$entity`;
  return { status: 200, body: { '@odata.context': context, ...showManaged(host, device) } };
}

/** 204 and a row in `deviceActionResults`; a repeat adds a second row. */
export function orderManagedDevice(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  id: string,
  call: 'remoteLock' | 'wipe',
): Answer {
  requireRoles(caller, [['DeviceManagementManagedDevices.PrivilegedOperations.All']], forbidden);
  const { host, device } = findManaged(world, id);
  if (call === 'wipe') {
    readStrictBody(request, {
      keepEnrollmentData: boolean(),
      keepUserData: boolean(),
      macOsUnlockCode: text(),
      persistEsimDataPlan: boolean(),
    });
  } else if (!/^\s*(\{\s*\})?\s*$/.test(request.body)) {
    throw new BodyRefusal('unknown', 'The action remoteLock takes no parameters.');
  }
  orderDevice(world, host, device, call, caller.name);
  return { status: 204 };
}

function findManaged(world: World, id: string): { host: Host; device: ManagedDevice } {
  for (const host of world.hosts.values()) {
    if (host.managed?.id === id.toLowerCase()) return { host, device: host.managed };
  }
  throw new Refusal(404, 'itemNotFound', `The managed device ${id} was not found.`);
}

function filtered(world: World, request: LabRequest, dialect: FilterDialect<Host>, code: string): Host[] {
  allowOptions(request.query, ['$filter'], code);
  const source = request.query.get('$filter');
  const hosts = [...world.hosts.values()];
  return source === null ? hosts : hosts.filter(compileFilter(source, dialect).test);
}

function showManaged(host: Host, device: ManagedDevice): object {
  return {
    id: device.id,
    azureADDeviceId: host.machine.aadDeviceId,
    managementState: device.managementState,
    deviceActionResults: device.orders.map((order) => ({
      actionName: order.name,
      actionState: order.state,
      startDateTime: timestamp(order.startedMs),
      lastUpdatedDateTime: timestamp(order.updatedMs),
    })),
  };
}
