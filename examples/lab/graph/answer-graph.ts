import { randomUUID } from 'node:crypto';
import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { authorize } from '../http/authorize.ts';
import { FilterFault } from '../http/compile-filter.ts';
import { BodyRefusal } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import type { LabContext } from '../lab-context.ts';
import type { SecurityKind } from '../world/write-incident.ts';
import {
  getManagedDevice,
  listDevices,
  listManagedDevices,
  orderManagedDevice,
  patchDevice,
} from './device-calls.ts';
import { graphFamilyOf } from './graph-family.ts';
import { getMail, listMails, remediate } from './mail-calls.ts';
import { deleteMethod, listMethods } from './method-calls.ts';
import { changeRisk, getRiskyUser } from './risk-calls.ts';
import { listRules, patchRule } from './rule-calls.ts';
import { getSecurityObject, listSecurityObjects, patchSecurity, postComment } from './security-calls.ts';
import { getManager, getUser, listMemberships, patchUser, revokeSignInSessions } from './user-calls.ts';

/** Microsoft Graph below `/graph/v1.0`. */
export function answerGraph(lab: LabContext, request: LabRequest): Answer {
  const family = graphFamilyOf(request.segments);
  const directory = family === 'graph-directory';
  const badRequest = directory ? 'Request_BadRequest' : 'invalidRequest';
  const codes = {
    unauthenticated: 'unauthenticated',
    forbidden: directory ? 'Authorization_RequestDenied' : 'accessDenied',
    throttled: 'activityLimitReached',
  };
  try {
    const caller = authorize(lab, request, { audience: 'graph', family, codes });
    return route(lab, request, caller);
  } catch (error) {
    if (error instanceof Refusal) return refuseGraph(error, request, lab.world.clock.nowMs());
    if (error instanceof BodyRefusal || error instanceof FilterFault) {
      return refuseGraph(new Refusal(400, badRequest, error.message), request, lab.world.clock.nowMs());
    }
    throw error;
  }
}

/** The error form of facts 2.2. */
export function refuseGraph(refusal: Refusal, request: LabRequest, nowMs: number): Answer {
  const { status, code, message, headers } = refusal;
  const given = request.headers['client-request-id'];
  const requestId = randomUUID();
  const innerError = {
    date: new Date(nowMs).toISOString().slice(0, 19),
    'request-id': requestId,
    'client-request-id': typeof given === 'string' ? given : requestId,
  };
  return { status, headers, body: { error: { code, message, innerError } } };
}

function route(lab: LabContext, request: LabRequest, caller: TokenClaims): Answer {
  const [version, area, ...tail] = request.segments;
  const answer =
    version !== 'v1.0'
      ? null
      : area === 'users'
        ? routeUsers(lab, request, caller, tail)
        : area === 'security'
          ? routeSecurity(lab, request, caller, tail)
          : area === 'identityProtection'
            ? routeRisk(lab, request, caller, tail)
            : area === 'devices'
              ? routeDevices(lab, request, caller, tail)
              : area === 'deviceManagement'
                ? routeManaged(lab, request, caller, tail)
                : null;
  if (answer !== null) return answer;
  const code = area === 'users' || area === 'devices' ? 'Request_ResourceNotFound' : 'itemNotFound';
  throw new Refusal(404, code, `No resource answers ${request.method} ${request.path}.`);
}

function routeUsers(
  { world }: LabContext,
  request: LabRequest,
  caller: TokenClaims,
  [key, call, ...rest]: string[],
): Answer | null {
  if (key === undefined || key === '') return null;
  if (call === 'authentication') return routeMethods(world, request, caller, key, rest);
  if (call === 'mailFolders') return routeRules(world, request, caller, key, rest);
  if (rest.length > 0) return null;
  switch (`${request.method} ${shortName(call) ?? ''}`) {
    case 'GET ':
      return getUser(world, request, caller, key);
    case 'PATCH ':
      return patchUser(world, request, caller, key);
    case 'GET manager':
      return getManager(world, request, caller, key);
    case 'GET memberOf':
      return listMemberships(world, request, caller, key, false);
    case 'GET transitiveMemberOf':
      return listMemberships(world, request, caller, key, true);
    case 'POST revokeSignInSessions':
      return revokeSignInSessions(world, request, caller, key);
    default:
      return null;
  }
}

function routeMethods(
  world: LabContext['world'],
  request: LabRequest,
  caller: TokenClaims,
  key: string,
  [collection, id, ...rest]: string[],
): Answer | null {
  if (collection === 'methods' && id === undefined) {
    return request.method === 'GET' ? listMethods(world, request, caller, key) : null;
  }
  if (collection === undefined || id === undefined || rest.length > 0) return null;
  return request.method === 'DELETE' ? deleteMethod(world, caller, key, collection, id) : null;
}

function routeRules(
  world: LabContext['world'],
  request: LabRequest,
  caller: TokenClaims,
  key: string,
  [folder, collection, id, ...rest]: string[],
): Answer | null {
  if (folder !== 'inbox' || collection !== 'messageRules' || rest.length > 0) return null;
  if (id === undefined) return request.method === 'GET' ? listRules(world, request, caller, key) : null;
  return request.method === 'PATCH' ? patchRule(world, request, caller, key, id) : null;
}

function routeRisk(
  { world }: LabContext,
  request: LabRequest,
  caller: TokenClaims,
  [collection, id, ...rest]: string[],
): Answer | null {
  if (collection !== 'riskyUsers' || id === undefined || rest.length > 0) return null;
  switch (`${request.method} ${shortName(id)}`) {
    case 'POST confirmCompromised':
      return changeRisk(world, request, caller, 'confirmedCompromised');
    case 'POST dismiss':
      return changeRisk(world, request, caller, 'dismissed');
    default:
      return request.method === 'GET' ? getRiskyUser(world, request, caller, id) : null;
  }
}

function routeDevices(
  { world }: LabContext,
  request: LabRequest,
  caller: TokenClaims,
  [id, ...rest]: string[],
): Answer | null {
  if (rest.length > 0) return null;
  if (id === undefined) return request.method === 'GET' ? listDevices(world, request, caller) : null;
  return request.method === 'PATCH' ? patchDevice(world, request, caller, id) : null;
}

function routeManaged(
  { world }: LabContext,
  request: LabRequest,
  caller: TokenClaims,
  [collection, id, call, ...rest]: string[],
): Answer | null {
  if (collection !== 'managedDevices' || rest.length > 0) return null;
  if (id === undefined) return request.method === 'GET' ? listManagedDevices(world, request, caller) : null;
  switch (`${request.method} ${shortName(call) ?? ''}`) {
    case 'GET ':
      return getManagedDevice(world, request, caller, id);
    case 'POST remoteLock':
      return orderManagedDevice(world, request, caller, id, 'remoteLock');
    case 'POST wipe':
      return orderManagedDevice(world, request, caller, id, 'wipe');
    default:
      return null;
  }
}

function routeSecurity(
  { world }: LabContext,
  request: LabRequest,
  caller: TokenClaims,
  [collection, id, call, ...rest]: string[],
): Answer | null {
  if (collection === 'collaboration') return routeMails(world, request, caller, [id, call, ...rest]);
  const kind: SecurityKind | null =
    collection === 'alerts_v2' ? 'alert' : collection === 'incidents' ? 'incident' : null;
  if (kind === null || rest.length > 0) return null;
  if (id === undefined) {
    return request.method === 'GET' ? listSecurityObjects(world, request, caller, kind) : null;
  }
  switch (`${request.method} ${call ?? ''}`) {
    case 'GET ':
      return getSecurityObject(world, request, caller, kind, id);
    case 'PATCH ':
      return patchSecurity(world, request, caller, kind, id);
    case 'POST comments':
      return postComment(world, request, caller, kind, id);
    default:
      return null;
  }
}

function routeMails(
  world: LabContext['world'],
  request: LabRequest,
  caller: TokenClaims,
  [collection, id, ...rest]: (string | undefined)[],
): Answer | null {
  if (collection !== 'analyzedEmails' || rest.some((segment) => segment !== undefined)) return null;
  if (id === undefined) return request.method === 'GET' ? listMails(world, request, caller) : null;
  if (shortName(id) === 'remediate')
    return request.method === 'POST' ? remediate(world, request, caller) : null;
  return request.method === 'GET' ? getMail(world, request, caller, id) : null;
}

/** Bound actions may be called with their namespace (facts 5). */
function shortName(call: string | undefined): string | undefined {
  return call?.replace(/^microsoft\.graph\.(security\.)?/, '');
}
