import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { requireRoles } from '../http/authorize.ts';
import { compileFilter, type FilterDialect } from '../http/compile-filter.ts';
import { allowOptions, readPaging } from '../http/read-paging.ts';
import {
  BodyRefusal,
  type BodyShape,
  oneOf,
  readStrictBody,
  text,
  textIn,
} from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import type { SecurityObject } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { addComment, patchSecurityObject, type SecurityKind } from '../world/write-incident.ts';
import { classifications, determinations, statusesOf } from './security-words.ts';

const metadata = 'https://graph.microsoft.com/v1.0/$metadata#security/';
const badRequest = 'invalidRequest';
const forbidden = 'accessDenied';
const pageSize = 100;

const collectionOf = { alert: 'alerts_v2', incident: 'incidents' } as const;
const permissionOf = { alert: 'SecurityAlert', incident: 'SecurityIncident' } as const;

export function listSecurityObjects(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  kind: SecurityKind,
): Answer {
  requireRead(caller, kind);
  const expandable = kind === 'incident' ? ['$expand'] : [];
  allowOptions(request.query, ['$filter', '$top', '$skip', '$count', ...expandable], badRequest);
  const { skip, top } = readPaging(request.query, 2000, badRequest);
  const size = request.query.has('$top') ? Math.max(top, 1) : pageSize;
  const source = request.query.get('$filter');
  const all = [...objectsOf(world, kind).values()];
  const rows = source === null ? all : all.filter(compileFilter(source, dialectOf(kind)).test);
  const expand = wantsAlerts(request);
  const next = new URLSearchParams(request.query);
  next.set('$skip', String(skip + size));
  return {
    status: 200,
    body: {
      '@odata.context': `${metadata}${collectionOf[kind]}`,
      ...(request.query.get('$count') === 'true' ? { '@odata.count': rows.length } : {}),
      value: rows.slice(skip, skip + size).map((row) => show(world, row, expand)),
      ...(skip + size < rows.length ? { '@odata.nextLink': `${request.origin}${request.path}?${next}` } : {}),
    },
  };
}

export function getSecurityObject(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  kind: SecurityKind,
  id: string,
): Answer {
  requireRead(caller, kind);
  allowOptions(request.query, kind === 'incident' ? ['$expand'] : [], badRequest);
  const object = find(world, kind, id);
  return {
    status: 200,
    body: {
      '@odata.context': `${metadata}${collectionOf[kind]}/$entity`,
      ...show(world, object, wantsAlerts(request)),
    },
  };
}

/** Only the properties that are documented for PATCH, in camelCase (facts 5.1 and 5.2). */
export function patchSecurity(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  kind: SecurityKind,
  id: string,
): Answer {
  requireRoles(caller, [[`${permissionOf[kind]}.ReadWrite.All`]], forbidden);
  const object = find(world, kind, id);
  const shape: BodyShape = {
    '@odata.type': typeName(kind),
    status: oneOf(statusesOf[kind]),
    classification: oneOf(classifications),
    determination: oneOf(determinations),
    assignedTo: {
      expected: 'a string or null',
      test: (value) => value === null || typeof value === 'string',
    },
    ...(kind === 'incident' ? { customTags: tags } : {}),
  };
  const { '@odata.type': _type, ...patch } = readStrictBody(request, shape);
  if (Object.keys(patch).length === 0) throw new BodyRefusal('missing', 'There is nothing to update.');
  patchSecurityObject(world, kind, object, patch, caller.name);
  return {
    status: 200,
    body: { '@odata.context': `${metadata}${collectionOf[kind]}/$entity`, ...object },
  };
}

/** Answers the whole list of comments. */
export function postComment(
  world: World,
  request: LabRequest,
  caller: TokenClaims,
  kind: SecurityKind,
  id: string,
): Answer {
  requireRoles(caller, [[`${permissionOf[kind]}.ReadWrite.All`]], forbidden);
  const object = find(world, kind, id);
  const body = readStrictBody(request, {
    '@odata.type': oneOf(
      ['microsoft.graph.security.alertComment', '#microsoft.graph.security.alertComment'],
      { required: true },
    ),
    comment: text({ required: true }),
  });
  const value = addComment(world, kind, object, textIn(body, 'comment'), caller.name);
  const context = `${metadata}${collectionOf[kind]}('${object.id}')/comments`;
  return { status: 200, body: { '@odata.context': context, value } };
}

const tags = {
  expected: 'a list of strings',
  test: (value: unknown) => Array.isArray(value) && value.every((tag) => typeof tag === 'string'),
};

function typeName(kind: SecurityKind) {
  return oneOf([`microsoft.graph.security.${kind}`, `#microsoft.graph.security.${kind}`]);
}

function requireRead(caller: TokenClaims, kind: SecurityKind): void {
  const name = permissionOf[kind];
  requireRoles(caller, [[`${name}.Read.All`], [`${name}.ReadWrite.All`]], forbidden);
}

function wantsAlerts(request: LabRequest): boolean {
  const expand = request.query.get('$expand');
  if (expand !== null && expand !== 'alerts')
    throw new Refusal(400, badRequest, `Cannot expand '${expand}'.`);
  return expand === 'alerts';
}

function show(world: World, object: SecurityObject, expandAlerts: boolean): object {
  if (!expandAlerts) return object;
  return { ...object, alerts: [...world.alerts.values()].filter((alert) => alert.incidentId === object.id) };
}

function objectsOf(world: World, kind: SecurityKind): Map<string, SecurityObject> {
  return kind === 'alert' ? world.alerts : world.incidents;
}

function find(world: World, kind: SecurityKind, id: string): SecurityObject {
  const object = objectsOf(world, kind).get(id);
  if (object === undefined) throw new Refusal(404, 'itemNotFound', `The ${kind} ${id} was not found.`);
  return object;
}

const filterNames = ['assignedTo', 'classification', 'determination', 'severity', 'status'];

function dialectOf(kind: SecurityKind): FilterDialect<SecurityObject> {
  const names = kind === 'alert' ? [...filterNames, 'serviceSource'] : filterNames;
  return {
    operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
    or: true,
    fields: {
      // compared without case, because incidents also hold words such as "Active" (a documented drift)
      ...Object.fromEntries(names.map((name) => [name, { kind: 'folded' as const, read: readerOf(name) }])),
      createdDateTime: { kind: 'instant', read: readerOf('createdDateTime') },
      lastUpdateDateTime: { kind: 'instant', read: readerOf('lastUpdateDateTime') },
    },
  };
}

function readerOf(name: string): (row: SecurityObject) => string | null {
  return (row) => {
    const value = row[name];
    return typeof value === 'string' ? value : null;
  };
}
