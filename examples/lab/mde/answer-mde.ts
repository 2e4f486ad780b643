import { randomUUID } from 'node:crypto';
import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { authorize, requireRoles } from '../http/authorize.ts';
import { FilterFault } from '../http/compile-filter.ts';
import { type BodyFault, BodyRefusal } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import type { LabContext } from '../lab-context.ts';
import type { MachineAction } from '../world/records.ts';
import { listIndicators, postIndicator, removeIndicator } from './indicator-calls.ts';
import {
  cancel,
  collectPackage,
  findAction,
  getMachineAction,
  isolate,
  listMachineActions,
  quarantineFile,
  unisolate,
} from './machine-action-calls.ts';
import { findHost, getMachine, listMachines } from './machine-calls.ts';

const codes = { unauthenticated: 'Unauthorized', forbidden: 'Forbidden', throttled: 'TooManyRequests' };
const readMachines = [['Machine.Read.All'], ['Machine.ReadWrite.All']];

const writeIndicators = [['Ti.ReadWrite'], ['Ti.ReadWrite.All']];
const roleOfAction: Record<MachineAction['type'], string> = {
  Isolate: 'Machine.Isolate',
  Unisolate: 'Machine.Isolate',
  CollectInvestigationPackage: 'Machine.CollectForensics',
  StopAndQuarantineFile: 'Machine.StopAndQuarantine',
};

const codeOfFault: Record<BodyFault, string> = {
  malformed: 'InvalidRequestBody',
  missing: 'MissingRequiredParameter',
  unknown: 'InvalidRequestBody',
  invalid: 'InvalidInput',
};

/** Defender for Endpoint below `/mde`: `/api/…` and `/api/v1.0/…` are the same resources (facts 1.1). */
export function answerMde(lab: LabContext, request: LabRequest): Answer {
  try {
    const caller = authorize(lab, request, { audience: 'mde', family: 'mde', codes });
    return route(lab, request, caller);
  } catch (error) {
    if (error instanceof Refusal) return refuseMde(error);
    if (error instanceof BodyRefusal) {
      return refuseMde(new Refusal(400, codeOfFault[error.fault], error.message));
    }
    if (error instanceof FilterFault) return refuseMde(new Refusal(400, 'ODataError', error.message));
    throw error;
  }
}

/** The error form of facts 2.1; `target` is a correlation id. */
export function refuseMde({ status, code, message, headers }: Refusal): Answer {
  return { status, headers, body: { error: { code, message, target: randomUUID() } } };
}

function route(lab: LabContext, request: LabRequest, caller: TokenClaims): Answer {
  const { world } = lab;
  const [api, ...tail] = request.segments;
  const [collection, id, operation, ...rest] = tail[0] === 'v1.0' ? tail.slice(1) : tail;
  const call = `${request.method} ${collection}${id === undefined ? '' : '/{id}'}${operation === undefined ? '' : `/${operation}`}`;

  if (api === 'api' && rest.length === 0) {
    switch (call) {
      case 'GET machines':
        requireRoles(caller, readMachines, codes.forbidden);
        return listMachines(world, request);
      case 'GET machines/{id}':
        requireRoles(caller, readMachines, codes.forbidden);
        return getMachine(world, request, id ?? '');
      case 'POST machines/{id}/isolate':
        requireRoles(caller, [['Machine.Isolate']], codes.forbidden);
        return isolate(world, request, caller, findHost(world, id ?? ''));
      case 'POST machines/{id}/unisolate':
        requireRoles(caller, [['Machine.Isolate']], codes.forbidden);
        return unisolate(world, request, caller, findHost(world, id ?? ''));
      case 'POST machines/{id}/collectInvestigationPackage':
        requireRoles(caller, [['Machine.CollectForensics']], codes.forbidden);
        return collectPackage(world, request, caller, findHost(world, id ?? ''));
      case 'POST machines/{id}/StopAndQuarantineFile':
        requireRoles(caller, [['Machine.StopAndQuarantine']], codes.forbidden);
        return quarantineFile(world, request, caller, findHost(world, id ?? ''));
      case 'GET machineactions':
        requireRoles(caller, readMachines, codes.forbidden);
        return listMachineActions(world, request);
      case 'GET machineactions/{id}':
        requireRoles(caller, readMachines, codes.forbidden);
        return getMachineAction(world, request, id ?? '');
      case 'POST machineactions/{id}/cancel':
        // cancelling needs the permission of the action itself
        requireRoles(caller, [[roleOfAction[findAction(world, id ?? '').type]]], codes.forbidden);
        return cancel(world, request, caller, id ?? '');
      case 'GET indicators':
        requireRoles(caller, writeIndicators, codes.forbidden);
        return listIndicators(world, request, caller);
      case 'POST indicators':
        requireRoles(caller, writeIndicators, codes.forbidden);
        return postIndicator(world, request, caller);
      case 'DELETE indicators/{id}':
        requireRoles(caller, writeIndicators, codes.forbidden);
        return removeIndicator(world, caller, id ?? '');
    }
  }
  throw new Refusal(404, 'NotFound', `No resource answers ${request.method} ${request.path}.`);
}
