import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { compileFilter, type FilterDialect } from '../http/compile-filter.ts';
import { allowOptions, readPaging } from '../http/read-paging.ts';
import type { Host } from '../world/records.ts';
import type { World } from '../world/world.ts';

const context = 'https://api.security.microsoft.com/api/$metadata#Machines';

/** The documented filter fields (facts 4.7). */
const dialect: FilterDialect<Host> = {
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  or: true,
  fields: {
    computerDnsName: { kind: 'folded', read: ({ machine }) => machine.computerDnsName },
    id: { kind: 'text', read: ({ machine }) => machine.id },
    version: { kind: 'text', read: ({ machine }) => machine.version },
    deviceValue: { kind: 'text', read: ({ machine }) => machine.deviceValue },
    aadDeviceId: { kind: 'text', read: ({ machine }) => machine.aadDeviceId },
    machineTags: { kind: 'texts', read: ({ machine }) => machine.machineTags },
    lastSeen: { kind: 'instant', read: ({ machine }) => machine.lastSeen },
    exposureLevel: { kind: 'text', read: ({ machine }) => machine.exposureLevel },
    onboardingStatus: { kind: 'text', read: ({ machine }) => machine.onboardingStatus },
    lastIpAddress: { kind: 'text', read: ({ machine }) => machine.lastIpAddress },
    healthStatus: { kind: 'text', read: ({ machine }) => machine.healthStatus },
    osPlatform: { kind: 'text', read: ({ machine }) => machine.osPlatform },
    riskScore: { kind: 'text', read: ({ machine }) => machine.riskScore },
    rbacGroupId: { kind: 'number', read: ({ machine }) => machine.rbacGroupId },
  },
};

export function listMachines(world: World, request: LabRequest): Answer {
  allowOptions(request.query, ['$filter', '$top', '$skip'], 'ODataError');
  const { top, skip } = readPaging(request.query, 10_000, 'ODataError');
  const source = request.query.get('$filter');
  const hosts = [...world.hosts.values()];
  const rows = source === null ? hosts : hosts.filter(compileFilter(source, dialect).test);
  return {
    status: 200,
    body: { '@odata.context': context, value: rows.slice(skip, skip + top).map(({ machine }) => machine) },
  };
}

/** By id or by computer name. */
export function getMachine(world: World, request: LabRequest, key: string): Answer {
  allowOptions(request.query, [], 'ODataError');
  const lower = key.toLowerCase();
  const host = world.hosts.get(lower) ?? world.hosts.get(world.hostIdByName.get(lower) ?? '');
  if (host === undefined) throw unknownMachine(key);
  return { status: 200, body: { '@odata.context': `${context}/$entity`, ...host.machine } };
}

/** The actions are documented with the id only: a name is not found. */
export function findHost(world: World, id: string): Host {
  const host = world.hosts.get(id.toLowerCase());
  if (host === undefined) throw unknownMachine(id);
  return host;
}

function unknownMachine(key: string): Refusal {
  return new Refusal(404, 'ResourceNotFound', `Machine ${key} was not found.`);
}
