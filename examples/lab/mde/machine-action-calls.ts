import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { compileFilter, type FilterDialect } from '../http/compile-filter.ts';
import { allowOptions, readPaging } from '../http/read-paging.ts';
import { oneOf, readStrictBody, text, textIn } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import { orderMachineAction } from '../world/order-machine-action.ts';
import { orderOnce } from '../world/order-once.ts';
import type { Host, Isolation, MachineAction } from '../world/records.ts';
import { cancelMachineAction } from '../world/run-machine-action.ts';
import type { World } from '../world/world.ts';
import { creationTime, showMachineAction } from './show-machine-action.ts';

const context = 'https://api.security.microsoft.com/api/$metadata#MachineActions';
const isolationTypes = ['Full', 'Selective', 'UnManagedDevice'] as const;

export function isolate(world: World, request: LabRequest, caller: TokenClaims, host: Host): Answer {
  const body = readStrictBody(request, {
    Comment: text({ required: true }),
    IsolationType: oneOf(isolationTypes),
  });
  const type = isolationTypes.find((known) => known === body.IsolationType) ?? 'Full';
  refuseUnsupported(host, type);
  return order(world, request, caller, host, 'Isolate', type, textIn(body, 'Comment'));
}

export function unisolate(world: World, request: LabRequest, caller: TokenClaims, host: Host): Answer {
  const body = readStrictBody(request, { Comment: text({ required: true }) });
  return order(world, request, caller, host, 'Unisolate', 'none', textIn(body, 'Comment'));
}

/** A second one while one runs is 400. */
export function collectPackage(world: World, request: LabRequest, caller: TokenClaims, host: Host): Answer {
  const body = readStrictBody(request, { Comment: text({ required: true }) });
  return once(world, request, caller, host, 'CollectInvestigationPackage', null, textIn(body, 'Comment'));
}

/** Windows only, and only files that were seen on the device (facts 4.1). */
export function quarantineFile(world: World, request: LabRequest, caller: TokenClaims, host: Host): Answer {
  const body = readStrictBody(request, { Comment: text({ required: true }), Sha1: text({ required: true }) });
  const sha1 = textIn(body, 'Sha1').toLowerCase();
  if (!/^[0-9a-f]{40}$/.test(sha1)) throw new Refusal(400, 'InvalidHashValue', 'Sha1 must be 40 hex digits.');
  if (!host.machine.osPlatform.startsWith('Windows')) {
    throw new Refusal(400, 'OsPlatformNotSupported', `${host.machine.osPlatform} cannot quarantine files.`);
  }
  if (!host.seenFiles.includes(sha1)) {
    throw new Refusal(400, 'BadRequest', 'The file was not seen on this device in the last 30 days.');
  }
  return once(world, request, caller, host, 'StopAndQuarantineFile', sha1, textIn(body, 'Comment'));
}

function once(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  host: Host,
  type: 'CollectInvestigationPackage' | 'StopAndQuarantineFile',
  sha1: string | null,
  comment: string,
): Answer {
  if (host.machine.onboardingStatus !== 'onboarded') {
    throw new Refusal(400, 'BadRequest', `The device is ${host.machine.onboardingStatus}.`);
  }
  const ends = request.machineActionEnd ?? 'Succeeded';
  const action = orderOnce(world, { host, type, sha1, comment, by: caller.name, ends });
  if (action === null) throw new Refusal(400, 'BadRequest', 'Action is already in progress');
  return single(action, 201);
}

function order(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  host: Host,
  type: 'Isolate' | 'Unisolate',
  isolationType: Isolation,
  comment: string,
): Answer {
  const ends = request.machineActionEnd ?? 'Succeeded';
  const result = orderMachineAction(world, { host, type, isolationType, comment, by: caller.name, ends });
  if (result.kind === 'in-progress') throw new Refusal(400, 'BadRequest', 'Action is already in progress');
  return single(result.action, 201);
}

/** What the documents say about systems and onboarding; the code for a wrong kind of device is ours. */
function refuseUnsupported(host: Host, type: Isolation): void {
  const { machine } = host;
  if (host.isolationSupport === 'os-unsupported') {
    throw new Refusal(400, 'OsPlatformNotSupported', `${machine.osPlatform} cannot be isolated.`);
  }
  if (host.isolationSupport === 'client-unsupported') {
    throw new Refusal(400, 'ClientVersionNotSupported', 'The client on this device is too old.');
  }
  const managed = machine.onboardingStatus === 'onboarded';
  if (managed !== (type !== 'UnManagedDevice')) {
    throw new Refusal(
      400,
      'BadRequest',
      `IsolationType ${type} does not fit a device that is ${machine.onboardingStatus}.`,
    );
  }
  if (type === 'Selective' && !/^Windows1[01]$/.test(machine.osPlatform)) {
    throw new Refusal(400, 'OsPlatformNotSupported', `${machine.osPlatform} cannot be isolated selectively.`);
  }
}

const dialect: FilterDialect<MachineAction> = {
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  or: true,
  fields: {
    id: { kind: 'text', read: (action) => action.id },
    status: { kind: 'text', read: (action) => action.status },
    machineId: { kind: 'text', read: (action) => action.machineId },
    type: { kind: 'text', read: (action) => action.type },
    requestor: { kind: 'text', read: (action) => action.requestor },
    creationDateTimeUtc: { kind: 'instant', read: creationTime },
  },
};

/** `$top` at most 10,000; no order is promised, and none is given. */
export function listMachineActions(world: World, request: LabRequest): Answer {
  allowOptions(request.query, ['$filter', '$top', '$skip'], 'ODataError');
  const { top, skip } = readPaging(request.query, 10_000, 'ODataError');
  const source = request.query.get('$filter');
  const filter = source === null ? null : compileFilter(source, dialect);

  const machineId = filter?.pinned.get('machineId');
  const candidates =
    machineId === undefined
      ? [...world.machineActions.values()]
      : (world.hosts.get(machineId)?.actionIds ?? []).flatMap((id) => world.machineActions.get(id) ?? []);
  const rows = filter === null ? candidates : candidates.filter(filter.test);
  const page = rows.toSorted((a, b) => disorder(a) - disorder(b)).slice(skip, skip + top);
  return {
    status: 200,
    body: { '@odata.context': context, value: page.map((action) => showMachineAction(action, 'list')) },
  };
}

/** Stable over pages, and unrelated to age: clients must sort by themselves. */
function disorder(action: MachineAction): number {
  return Math.imul(action.seq, 2654435761) >>> 0;
}

export function getMachineAction(world: World, request: LabRequest, id: string): Answer {
  allowOptions(request.query, [], 'ODataError');
  return single(findAction(world, id), 200);
}

export function cancel(world: World, request: LabRequest, caller: TokenClaims, id: string): Answer {
  const body = readStrictBody(request, { Comment: text({ required: true }) });
  const action = findAction(world, id);
  if (!cancelMachineAction(world, action, caller.name, textIn(body, 'Comment'))) {
    throw new Refusal(400, 'BadRequest', `The action is ${action.status} and cannot be cancelled.`);
  }
  return single(action, 200);
}

export function findAction(world: World, id: string): MachineAction {
  const action = world.machineActions.get(id.toLowerCase());
  if (action === undefined) throw new Refusal(404, 'ResourceNotFound', `Machine action ${id} was not found.`);
  return action;
}

function single(action: MachineAction, status: 200 | 201): Answer {
  return { status, body: { '@odata.context': `${context}/$entity`, ...showMachineAction(action, 'single') } };
}
