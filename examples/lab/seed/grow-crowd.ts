import { createHash } from 'node:crypto';
import type { Seed, SeedHost, SeedMessage, SeedUser } from './load-seed.ts';

/**
 * Rows for benchmarks, the same on every start: host `n` is `crowd-<n>.contoso.com` with the id
 * `crowdHostId(n)`, and so on. `n` counts from 0.
 */
export function growCrowd(seed: Seed, crowd: { hosts: number; users: number; mails: number }): Seed {
  const messages: SeedMessage[] = [];
  for (let n = 0; n < crowd.mails; n += 1) messages.push(crowdMessage(n));
  return {
    ...seed,
    hosts: [...seed.hosts, ...Array.from({ length: crowd.hosts }, (_, n) => crowdHost(n))],
    users: [...seed.users, ...Array.from({ length: crowd.users }, (_, n) => crowdUser(n))],
    messages: [...seed.messages, ...messages],
  };
}

export function crowdHostId(n: number): string {
  return createHash('sha1').update(`lab:crowd:host:${n}`).digest('hex');
}

export function crowdUserId(n: number): string {
  return guid(`user:${n}`);
}

export function crowdMailId(n: number): string {
  return `${guid(`message:${n}`)}-${String(n).padStart(16, '0')}-1`;
}

function guid(name: string): string {
  const hex = createHash('sha1').update(`lab:crowd:${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function crowdHost(n: number): SeedHost {
  return {
    id: crowdHostId(n),
    computerDnsName: `crowd-${n}.contoso.com`,
    osPlatform: 'Windows11',
    version: '23H2',
    osBuild: 22631,
    lastIpAddress: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`,
    healthStatus: 'Active',
    onboardingStatus: 'onboarded',
    riskScore: 'None',
    exposureLevel: 'Low',
    rbacGroupId: 12,
    rbacGroupName: 'Workstations',
    isAadJoined: true,
    aadDeviceId: guid(`device:${n}`),
    deviceValue: 'Normal',
    machineTags: ['owner:Crowd'],
  };
}

function crowdUser(n: number): SeedUser {
  return {
    id: crowdUserId(n),
    userPrincipalName: `crowd-${n}@contoso.com`,
    displayName: `Crowd ${n}`,
    mail: `crowd-${n}@contoso.com`,
    jobTitle: 'Member of the crowd',
    department: 'Crowd',
    accountEnabled: true,
    onPremisesSyncEnabled: null,
    onPremisesSecurityIdentifier: null,
    manager: null,
    memberOf: [],
  };
}

function crowdMessage(n: number): SeedMessage {
  return {
    networkMessageId: guid(`message:${n}`),
    internetMessageId: `<crowd-${n}@bulk.example.com>`,
    sender: { address: 'bulk@bulk.example.com', displayName: 'Bulk', ipv4: '203.0.113.200' },
    subject: 'Crowd campaign',
    loggedDateTime: '2026-11-20T09:00:00Z',
    directionality: 'inbound',
    threatTypes: ['phish'],
    urls: [],
    attachments: [],
    authentication: 'fail',
    copies: [{ id: crowdMailId(n), recipient: `crowd-${n}@contoso.com`, location: 'inbox_folder' }],
  };
}
