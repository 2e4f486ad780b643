import { randomUUID } from 'node:crypto';
import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { authorize, requireRoles } from '../http/authorize.ts';
import { FilterFault } from '../http/compile-filter.ts';
import { type BodyFault, BodyRefusal } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import type { LabContext } from '../lab-context.ts';
import { cancel, getMachineAction, isolate, listMachineActions, unisolate } from './machine-action-calls.ts';
import { findHost, getMachine, listMachines } from './machine-calls.ts';

const codes = { unauthenticated: 'Unauthorized', forbidden: 'Forbidden', throttled: 'TooManyRequests' };
const readMachines = [['Machine.Read.All'], ['Machine.ReadWrite.All']];

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
      case 'GET machineactions':
        requireRoles(caller, readMachines, codes.forbidden);
        return listMachineActions(world, request);
      case 'GET machineactions/{id}':
        requireRoles(caller, readMachines, codes.forbidden);
        return getMachineAction(world, request, id ?? '');
      case 'POST machineactions/{id}/cancel':
        // the lab's only actions are isolations, and cancelling needs the permission of the action
        requireRoles(caller, [['Machine.Isolate']], codes.forbidden);
        return cancel(world, request, caller, id ?? '');
    }
  }
  throw new Refusal(404, 'NotFound', `No resource answers ${request.method} ${request.path}.`);
}
