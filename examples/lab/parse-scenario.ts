import { isObject } from './http/read-strict-body.ts';
import { defaultScenario, families, type LabClient, type Scenario } from './scenario.ts';

type Check = (value: unknown) => boolean;

const isCount: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isPositive: Check = (value) => isCount(value) && value !== 0;
const isTexts: Check = (value) => Array.isArray(value) && value.every((item) => typeof item === 'string');
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const each =
  (names: readonly string[], check: Check): Check =>
  (value) =>
    isObject(value) &&
    Object.keys(value).every((name) => names.includes(name)) &&
    Object.values(value).every(check);
const all =
  (names: readonly string[], check: Check): Check =>
  (value) =>
    isObject(value) && names.every((name) => Object.hasOwn(value, name)) && each(names, check)(value);

const isClient = (value: unknown): value is LabClient =>
  isObject(value) &&
  typeof value.clientId === 'string' &&
  typeof value.secret === 'string' &&
  typeof value.name === 'string' &&
  isTexts(value.graphRoles) &&
  isTexts(value.mdeRoles);

const checks: Record<keyof Scenario, Check> = {
  clock: oneOf('real', 'manual'),
  seedTimes: oneOf('shifted', 'as-written'),
  machineActionDelaysMs: all(['toInProgress', 'toFinal'], isCount),
  duplicateIsolation: oneOf('adopt', 'refuse', 'stuck'),
  mailDelayMs: isCount,
  mailRemediation: oneOf('moves', 'stays', 'fails'),
  failingMails: isTexts,
  mailPageSize: isPositive,
  deviceOrderMs: isCount,
  deviceOrders: oneOf('succeed', 'fail'),
  directorySyncMs: isCount,
  mayChangePrivilegedUsers: (value) => typeof value === 'boolean',
  tokenLifetimeSeconds: isCount,
  clients: (value) => Array.isArray(value) && value.every(isClient),
  limits: each(families, each(['perSecond', 'perMinute', 'perHour'], isPositive)),
  crowd: all(['hosts', 'users', 'mails'], isCount),
};

/** Reads the parts of a scenario that came as JSON; throws an `Error` that says what is wrong. */
export function parseScenario(value: unknown): Partial<Scenario> {
  if (!isObject(value)) throw new Error('A scenario is an object.');
  for (const [name, part] of Object.entries(value)) {
    if (!isScenarioKey(name)) throw new Error(`A scenario has no '${name}'.`);
    if (!checks[name](part)) {
      throw new Error(`'${name}' is not valid; the default is ${JSON.stringify(defaultScenario[name])}.`);
    }
  }
  return value;
}

function isScenarioKey(name: string): name is keyof Scenario {
  return Object.hasOwn(checks, name);
}
