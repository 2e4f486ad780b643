import { readFileSync } from 'node:fs';
import type {
  Group,
  InboxRule,
  Machine,
  MessageFacts,
  SecurityObject,
  SignInMethod,
} from '../world/records.ts';

/** The seed files as they are written. Times are as of `seedNow`. */
export interface Seed {
  hosts: SeedHost[];
  users: SeedUser[];
  access: SeedAccess[];
  groups: Group[];
  messages: SeedMessage[];
  alerts: SecurityObject[];
  incidents: SecurityObject[];
  channels: string[];
}

export interface SeedHost extends Omit<Machine, SameForAll> {
  lab?: {
    online?: boolean;
    isolationSupport?: 'os-unsupported' | 'client-unsupported';
    seenFiles?: string[];
    note?: string;
  };
}

type SameForAll = 'firstSeen' | 'lastSeen' | 'osProcessor' | 'osArchitecture' | 'lastExternalIpAddress';

export interface SeedUser {
  id: string;
  userPrincipalName: string;
  displayName: string;
  mail: string | null;
  jobTitle: string | null;
  department: string | null;
  accountEnabled: boolean;
  onPremisesSyncEnabled: boolean | null;
  onPremisesSecurityIdentifier: string | null;
  manager: string | null;
  memberOf: string[];
  lab?: { note: string };
}

/** What lies about a user outside the directory object, by user principal name. */
export interface SeedAccess {
  userPrincipalName: string;
  risk?: { level: string; state: string };
  methods?: SignInMethod[];
  rules?: InboxRule[];
}

export interface SeedMessage extends MessageFacts {
  loggedDateTime: string;
  copies: { id: string; recipient: string; location: string }[];
}

/** The moment at which the seed's times make sense together: just after the last sample alert. */
export const seedNow = '2026-11-20T10:30:00.000Z';

export function loadSeed(): Seed {
  return {
    hosts: read('hosts'),
    users: read('users'),
    access: read('access'),
    groups: read('groups'),
    messages: read('messages'),
    alerts: read('alerts'),
    incidents: read('incidents'),
    channels: read('channels'),
  };
}

/** The files are part of this folder and checked by its tests, so their shape is taken as given. */
function read<Row>(name: string): Row[] {
  return JSON.parse(readFileSync(new URL(`./${name}.json`, import.meta.url), 'utf8')) as Row[];
}
