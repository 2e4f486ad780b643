import { createHash } from 'node:crypto';
import type { Scenario } from '../scenario.ts';
import type { Host, Mail, Place, User } from '../world/records.ts';
import { timestamp } from '../world/timestamp.ts';
import type { WorldData } from '../world/world.ts';
import { growCrowd } from './grow-crowd.ts';
import {
  loadSeed,
  type SeedAccess,
  type SeedHost,
  type SeedMessage,
  type SeedUser,
  seedNow,
} from './load-seed.ts';

/** A fresh estate as of `nowMs`, in which nothing was ever isolated, disabled or moved by a client. */
export function seedWorld(scenario: Scenario, nowMs: number): WorldData {
  const seed = growCrowd(loadSeed(), scenario.crowd);
  const shiftMs = scenario.seedTimes === 'shifted' ? nowMs - Date.parse(seedNow) : 0;
  const shift = (value: unknown) => shiftTimes(value, shiftMs);
  const accessOf = new Map(seed.access.map((access) => [access.userPrincipalName, access]));
  return {
    version: 2,
    clock: scenario.clock === 'real' ? { kind: 'real', ms: 0 } : { kind: 'manual', ms: nowMs },
    seq: 0,
    hosts: seed.hosts.map((host) => seedHost(host, shiftMs)),
    machineActions: [],
    users: seed.users.map((user) => seedUser(user, accessOf.get(user.userPrincipalName), shiftMs)),
    groups: seed.groups,
    mails: seed.messages.flatMap((message) => seedMails(message, shiftMs)),
    remediations: [],
    indicators: [],
    alerts: seed.alerts.map((alert) => ({ ...asObject(shift(alert)), id: alert.id })),
    incidents: seed.incidents.map((incident) => ({ ...asObject(shift(incident)), id: incident.id })),
    channels: seed.channels,
    chat: [],
    tasks: [],
    ledger: { counters: [], journal: [], seq: 0 },
  };
}

function seedHost({ lab, ...fields }: SeedHost, shiftMs: number): Host {
  const seenMs = Date.parse(seedNow) + shiftMs;
  const online = lab?.online ?? true;
  const dayMs = 24 * 60 * 60 * 1000;
  return {
    machine: {
      ...fields,
      firstSeen: timestamp(seenMs - 600 * dayMs),
      lastSeen: timestamp(online ? seenMs - 5 * 60_000 : seenMs - 9 * dayMs),
      osProcessor: fields.onboardingStatus === 'onboarded' ? 'x64' : null,
      osArchitecture: fields.onboardingStatus === 'onboarded' ? '64-bit' : null,
      lastExternalIpAddress: '203.0.113.10',
    },
    online,
    isolationSupport: lab?.isolationSupport ?? 'supported',
    isolation: 'none',
    seenFiles: lab?.seenFiles ?? [],
    quarantinedFiles: [],
    ...seedDevice(fields),
    note: lab?.note ?? null,
    actionIds: [],
  };
}

/** Ids are derived, so that they are the same on every start and different from each other. */
function seedDevice({
  aadDeviceId,
  osPlatform,
  onboardingStatus,
}: SeedHost): Pick<Host, 'device' | 'managed'> {
  if (aadDeviceId === null) return { device: null, managed: null };
  const client = /^(Windows1[01]|macOS)$/.test(osPlatform) && onboardingStatus === 'onboarded';
  return {
    device: { objectId: derivedId('device', aadDeviceId), enabled: true },
    managed: client
      ? { id: derivedId('managed', aadDeviceId), managementState: 'managed', orders: [] }
      : null,
  };
}

export function derivedId(kind: string, name: string): string {
  const hex = createHash('sha1').update(`lab:${kind}:${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function seedUser({ lab, ...fields }: SeedUser, access: SeedAccess | undefined, shiftMs: number): User {
  return {
    ...fields,
    enabledOnPremises: fields.accountEnabled,
    sessionsValidFromMs: Date.parse('2026-01-07T08:00:00Z') + shiftMs,
    sessionsRevoked: 0,
    risk: access?.risk ?? null,
    methods: (access?.methods ?? []).map((method) => ({
      ...method,
      createdDateTime:
        method.createdDateTime === null ? null : timestamp(Date.parse(method.createdDateTime) + shiftMs),
    })),
    rules: access?.rules ?? [],
    note: lab?.note ?? null,
  };
}

function seedMails({ copies, loggedDateTime, ...message }: SeedMessage, shiftMs: number): Mail[] {
  const loggedMs = Date.parse(loggedDateTime) + shiftMs;
  return copies.map(({ id, recipient, location }) => ({
    id,
    message,
    recipient,
    loggedMs,
    originalLocation: location === 'deletedFolder' ? 'inbox_folder' : location,
    location,
    place: placeOf(location),
    movingTo: null,
    timeline: [{ atMs: loggedMs, type: 'originalDelivery', source: 'system', details: location }],
  }));
}

function placeOf(location: string): Place {
  switch (location) {
    case 'inbox_folder':
      return 'inbox';
    case 'junkFolder':
      return 'junk';
    case 'deletedFolder':
      return 'deleted-items';
    case 'quarantine':
      return 'quarantine';
    default:
      return 'unreachable';
  }
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Every text in it that is an instant, moved. */
function shiftTimes(value: unknown, ms: number): unknown {
  if (ms === 0) return value;
  if (typeof value === 'string') return instant.test(value) ? timestamp(Date.parse(value) + ms) : value;
  if (Array.isArray(value)) return value.map((item) => shiftTimes(item, ms));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shiftTimes(inner, ms)]));
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
