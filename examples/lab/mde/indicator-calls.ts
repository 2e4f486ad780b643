import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { compileFilter, type FilterDialect } from '../http/compile-filter.ts';
import { allowOptions, readPaging } from '../http/read-paging.ts';
import { boolean, oneOf, readStrictBody, text, textIn } from '../http/read-strict-body.ts';
import type { TokenClaims } from '../http/tokens.ts';
import type { Indicator } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { deleteIndicator, liveIndicators, writeIndicator } from '../world/write-indicator.ts';

const context = 'https://api.security.microsoft.com/api/$metadata#Indicators';
const indicatorsMax = 15_000;

const fileActions = ['Allowed', 'Audit', 'Warn', 'Block', 'BlockAndRemediate', 'Alert', 'AlertAndBlock'];
const networkActions = ['Allowed', 'Audit', 'Warn', 'Block', 'Alert', 'AlertAndBlock'];

/** Type → allowed actions, form of the value, and the code for a value of another form (facts 2.1 and 4.8). */
const types: { [type: string]: { actions: string[]; value: RegExp; code: string } } = {
  FileSha1: { actions: fileActions, value: /^[0-9a-fA-F]{40}$/, code: 'InvalidHashValue' },
  FileSha256: { actions: fileActions, value: /^[0-9a-fA-F]{64}$/, code: 'InvalidHashValue' },
  FileMd5: { actions: fileActions, value: /^[0-9a-fA-F]{32}$/, code: 'InvalidHashValue' },
  CertificateThumbprint: {
    actions: ['Allowed', 'BlockAndRemediate'],
    value: /^[0-9a-fA-F]{40}$/,
    code: 'InvalidHashValue',
  },
  IpAddress: { actions: networkActions, value: /^[0-9a-fA-F.:]+$/, code: 'InvalidIpAddress' },
  DomainName: {
    actions: networkActions,
    value: /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]+$/i,
    code: 'InvalidDomainName',
  },
  Url: { actions: networkActions, value: /^https?:\/\/\S+$/i, code: 'InvalidUrl' },
};

export function postIndicator(world: World, request: LabRequest, caller: TokenClaims): Answer {
  const body = readStrictBody(request, {
    indicatorValue: text({ required: true }),
    indicatorType: oneOf(Object.keys(types), { required: true }),
    action: oneOf(fileActions, { required: true }),
    title: text({ required: true }),
    description: text({ required: true }),
    application: text(),
    expirationTime: {
      expected: 'a time in UTC',
      test: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
    },
    severity: oneOf(['Informational', 'Low', 'Medium', 'High']),
    recommendedActions: text(),
    rbacGroupNames: { expected: 'a list of names', test: (value) => namesIn(value) !== null },
    educateUrl: text(),
    generateAlert: boolean(),
  });
  const [type, value, action] = [
    textIn(body, 'indicatorType'),
    textIn(body, 'indicatorValue'),
    textIn(body, 'action'),
  ];
  const rule = types[type];
  if (rule === undefined) throw new TypeError('The type was not checked.');
  if (!rule.value.test(value)) throw new Refusal(400, rule.code, `The value does not fit ${type}.`);
  if (!rule.actions.includes(action)) {
    throw new Refusal(400, 'InvalidInput', `The action ${action} is not allowed for ${type}.`);
  }
  if (action === 'Audit' && body.generateAlert !== true) {
    throw new Refusal(400, 'InvalidInput', 'generateAlert must be true with Audit.');
  }
  const same = liveIndicators(world).find(
    (each) => each.indicatorType === type && each.indicatorValue === value.toLowerCase(),
  );
  if (same !== undefined && !seesAll(caller) && same.createdBy !== caller.name) {
    throw new Refusal(403, 'Forbidden', 'The indicator belongs to another application.');
  }
  if (same === undefined && liveIndicators(world).length >= indicatorsMax) {
    throw new Refusal(400, 'BadRequest', `A tenant has at most ${indicatorsMax} active indicators.`);
  }
  const optional = (name: string) => (typeof body[name] === 'string' ? textIn(body, name) : null);
  const indicator = writeIndicator(
    world,
    {
      indicatorValue: value.toLowerCase(),
      indicatorType: type,
      action,
      title: textIn(body, 'title'),
      description: textIn(body, 'description'),
      application: optional('application'),
      severity: optional('severity'),
      expirationTime: optional('expirationTime'),
      rbacGroupNames: namesIn(body.rbacGroupNames) ?? [],
    },
    caller.name,
  );
  return {
    status: 200,
    body: { '@odata.context': `${context}/$entity`, ...showIndicator(world, indicator) },
  };
}

const dialect: FilterDialect<Indicator> = {
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  or: true,
  fields: {
    application: { kind: 'text', read: (row) => row.application },
    expirationTime: { kind: 'instant', read: (row) => row.expirationTime },
    title: { kind: 'text', read: (row) => row.title },
    indicatorValue: { kind: 'folded', read: (row) => row.indicatorValue },
    indicatorType: { kind: 'text', read: (row) => row.indicatorType },
    creationTimeDateTimeUtc: { kind: 'instant', read: (row) => row.creationTimeDateTimeUtc },
    createdBy: { kind: 'text', read: (row) => row.createdBy },
    action: { kind: 'text', read: (row) => row.action },
    severity: { kind: 'text', read: (row) => row.severity },
  },
};

export function listIndicators(world: World, request: LabRequest, caller: TokenClaims): Answer {
  allowOptions(request.query, ['$filter', '$top', '$skip'], 'ODataError');
  const { top, skip } = readPaging(request.query, 10_000, 'ODataError');
  const source = request.query.get('$filter');
  const visible = liveIndicators(world).filter((row) => seesAll(caller) || row.createdBy === caller.name);
  const rows = source === null ? visible : visible.filter(compileFilter(source, dialect).test);
  return {
    status: 200,
    body: {
      '@odata.context': context,
      value: rows.slice(skip, skip + top).map((row) => showIndicator(world, row)),
    },
  };
}

export function removeIndicator(world: World, caller: TokenClaims, id: string): Answer {
  const indicator = liveIndicators(world).find((row) => row.id === id);
  if (indicator === undefined || (!seesAll(caller) && indicator.createdBy !== caller.name)) {
    throw new Refusal(404, 'ResourceNotFound', `Indicator ${id} was not found.`);
  }
  deleteIndicator(world, indicator, caller.name);
  return { status: 204 };
}

/** With the groups' ids, as far as a device of the estate is in one (facts 4.8). */
function showIndicator(world: World, indicator: Indicator): object {
  const rbacGroupNames = indicator.rbacGroupNames ?? [];
  const groups = new Map(
    [...world.hosts.values()].map(({ machine }) => [machine.rbacGroupName, machine.rbacGroupId]),
  );
  const rbacGroupIds = rbacGroupNames.flatMap((name) => groups.get(name)?.toString() ?? []);
  return { ...indicator, rbacGroupNames, rbacGroupIds };
}

function namesIn(value: unknown): string[] | null {
  if (!Array.isArray(value)) return null;
  return value.every((name): name is string => typeof name === 'string' && name !== '') ? value : null;
}

/** `Ti.ReadWrite` is for an application's own entries. */
function seesAll(caller: TokenClaims): boolean {
  return caller.roles.includes('Ti.ReadWrite.All');
}
