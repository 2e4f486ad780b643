/** How the estate behaves. Everything has a default; tests and the demo change what they are about. */
export interface Scenario {
  /** `manual`: time stands still until somebody advances it. */
  clock: 'real' | 'manual';
  /**
   * `shifted`: the seed's times are moved so that its "now" (2026-11-20T10:30Z) is the moment of
   * seeding, so a search over the last week finds the campaign on any day. `as-written`: left alone.
   */
  seedTimes: 'shifted' | 'as-written';
  /** Machine actions: Pending → InProgress after the first, final after the second, in milliseconds. */
  machineActionDelaysMs: { toInProgress: number; toFinal: number };
  /** What a second isolate does while the first is pending (facts 4.3); `stuck` is the trap. */
  duplicateIsolation: 'adopt' | 'refuse' | 'stuck';
  /** From the 202 of a remediation until the mails have moved. */
  mailDelayMs: number;
  /** `stays`: accepted and nothing moves. `fails`: the same, and it is counted as failed. */
  mailRemediation: 'moves' | 'stays' | 'fails';
  /** Ids of analyzed mails whose remediation fails, whatever `mailRemediation` says. */
  failingMails: string[];
  /** Most rows on one page of analyzedEmails, whatever `$top` asks for. */
  mailPageSize: number;
  /** From an order to a managed device until it is carried out, and whether it is. */
  deviceOrderMs: number;
  deviceOrders: 'succeed' | 'fail';
  /** From a change of a synchronised user until the directory takes it back. */
  directorySyncMs: number;
  /** The app also holds an Entra role that may change privileged users. */
  mayChangePrivilegedUsers: boolean;
  tokenLifetimeSeconds: number;
  clients: LabClient[];
  /** Requests per client and family; `{}` limits nothing. See `documentedLimits`. */
  limits: { [family in Family]?: Limit };
  /** Generated rows besides the seed, for benchmarks. */
  crowd: { hosts: number; users: number; mails: number };
}

export interface LabClient {
  clientId: string;
  secret: string;
  /** Shown as requestor of machine actions and as author of comments. */
  name: string;
  graphRoles: string[];
  mdeRoles: string[];
}

export const families = [
  'login',
  'mde',
  'graph-directory',
  'graph-security',
  'graph-identity-protection',
  'graph-outlook',
  'graph-intune',
  'chat',
] as const;

export type Family = (typeof families)[number];

export interface Limit {
  perSecond?: number;
  perMinute?: number;
  perHour?: number;
}

/** For `scenario.limits`: what facts 2.4 documents as requests per minute and hour. */
export const documentedLimits: Scenario['limits'] = {
  mde: { perMinute: 100, perHour: 1500 },
  'graph-security': { perMinute: 150 },
  'graph-identity-protection': { perSecond: 1 },
};

/** Systems whose protocol the estate does not speak: without a connection of their own there is none. */
export const beyondLab: ReadonlySet<string> = new Set(['imap', 'ldap']);

export const labTenantId = '0a1b2c3d-0000-4000-8000-00000000c0de';

/** The client that connections to the lab use. Its secret opens nothing but this estate. */
export const labClient: LabClient = {
  clientId: '5e0c1a57-0000-4000-8000-0000000000a1',
  secret: 'lab-estate-secret',
  name: 'riposte',
  graphRoles: [
    'User.Read.All',
    'Directory.Read.All',
    'User.EnableDisableAccount.All',
    'User.RevokeSessions.All',
    'SecurityAlert.Read.All',
    'SecurityAlert.ReadWrite.All',
    'SecurityIncident.Read.All',
    'SecurityIncident.ReadWrite.All',
    'SecurityAnalyzedMessage.Read.All',
    'SecurityAnalyzedMessage.ReadWrite.All',
    'IdentityRiskyUser.ReadWrite.All',
    'UserAuthenticationMethod.ReadWrite.All',
    'MailboxSettings.ReadWrite',
    'Device.ReadWrite.All',
    'DeviceManagementManagedDevices.ReadWrite.All',
    'DeviceManagementManagedDevices.PrivilegedOperations.All',
  ],
  mdeRoles: [
    'Machine.Read.All',
    'Machine.Isolate',
    'Machine.CollectForensics',
    'Machine.StopAndQuarantine',
    'Ti.ReadWrite',
  ],
};

export const defaultScenario: Scenario = {
  clock: 'real',
  seedTimes: 'shifted',
  machineActionDelaysMs: { toInProgress: 150, toFinal: 150 },
  duplicateIsolation: 'adopt',
  mailDelayMs: 150,
  mailRemediation: 'moves',
  failingMails: [],
  mailPageSize: 1000,
  deviceOrderMs: 150,
  deviceOrders: 'succeed',
  directorySyncMs: 500,
  mayChangePrivilegedUsers: false,
  tokenLifetimeSeconds: 3599,
  clients: [labClient],
  limits: {},
  crowd: { hosts: 0, users: 0, mails: 0 },
};
