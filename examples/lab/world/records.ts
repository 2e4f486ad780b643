/* What the estate is made of. Plain JSON: kept in the data file as it stands. */

export interface Host {
  /** Exactly the fields of a Defender machine (facts 4.7); never a field for isolation. */
  machine: Machine;
  online: boolean;
  isolationSupport: 'supported' | 'os-unsupported' | 'client-unsupported';
  /** The truth that the API does not show. */
  isolation: Isolation;
  /** SHA-1 of files that were seen on it within 30 days, and of those in quarantine. */
  seenFiles: string[];
  quarantinedFiles: string[];
  /** The device object of the directory; null if it is not joined. */
  device: { objectId: string; enabled: boolean } | null;
  /** The device in Intune; null if it is not managed. */
  managed: ManagedDevice | null;
  note: string | null;
  /** Every machine action ever created for it, oldest first. */
  actionIds: string[];
}

export interface ManagedDevice {
  id: string;
  managementState: string;
  orders: {
    name: 'remoteLock' | 'wipe';
    state: 'pending' | 'active' | 'done' | 'failed';
    startedMs: number;
    updatedMs: number;
    by: string;
  }[];
}

export type Isolation = 'none' | 'Full' | 'Selective' | 'UnManagedDevice';

export interface Machine {
  id: string;
  computerDnsName: string;
  firstSeen: string;
  lastSeen: string;
  osPlatform: string;
  version: string | null;
  osProcessor: string | null;
  osArchitecture: string | null;
  osBuild: number | null;
  lastIpAddress: string;
  lastExternalIpAddress: string;
  healthStatus: string;
  onboardingStatus: string;
  rbacGroupId: number;
  rbacGroupName: string;
  riskScore: string;
  exposureLevel: string;
  isAadJoined: boolean;
  aadDeviceId: string | null;
  machineTags: string[];
  deviceValue: string;
}

export interface MachineAction {
  seq: number;
  id: string;
  type: 'Isolate' | 'Unisolate' | 'CollectInvestigationPackage' | 'StopAndQuarantineFile';
  isolationType: Isolation;
  /** The file it is about. */
  sha1: string | null;
  status: 'Pending' | 'InProgress' | 'Succeeded' | 'Failed' | 'TimeOut' | 'Cancelled';
  machineId: string;
  computerDnsName: string;
  requestor: string;
  comment: string;
  createdMs: number;
  updatedMs: number;
  cancelled: { requestor: string; comment: string; atMs: number } | null;
  /** Waits for the next release of its host and runs then. */
  stuck: boolean;
  ends: MachineActionEnd;
}

export type MachineActionEnd = 'Succeeded' | 'Failed' | 'TimeOut' | 'never';

export interface User {
  id: string;
  userPrincipalName: string;
  displayName: string;
  mail: string | null;
  jobTitle: string | null;
  department: string | null;
  accountEnabled: boolean;
  /** False: was synchronised once. Null: never was. */
  onPremisesSyncEnabled: boolean | null;
  onPremisesSecurityIdentifier: string | null;
  /** What the on-premises directory says; wins over the cloud while the user is synchronised. */
  enabledOnPremises: boolean;
  sessionsValidFromMs: number;
  sessionsRevoked: number;
  manager: string | null;
  memberOf: string[];
  /** What Identity Protection thinks; null: it never found anything. */
  risk: { level: string; state: string } | null;
  methods: SignInMethod[];
  rules: InboxRule[];
  note: string | null;
}

export interface SignInMethod {
  id: string;
  /** `phoneAuthenticationMethod` and so on. */
  type: string;
  createdDateTime: string | null;
}

/** As Graph writes it (facts 7.3). */
export interface InboxRule {
  id: string;
  displayName: string;
  sequence: number;
  isEnabled: boolean;
  isReadOnly: boolean;
  hasError: boolean;
  conditions: { [name: string]: unknown };
  actions: { [name: string]: unknown };
}

/** As Defender writes it (facts 4.8). */
export interface Indicator {
  id: string;
  indicatorValue: string;
  indicatorType: string;
  action: string;
  title: string;
  description: string;
  application: string | null;
  severity: string | null;
  expirationTime: string | null;
  /** The device groups it is limited to; empty, or absent in files of before: every device. */
  rbacGroupNames?: string[];
  creationTimeDateTimeUtc: string;
  createdBy: string;
}

export interface Group {
  id: string;
  kind: 'group' | 'directoryRole';
  displayName: string;
  isAssignableToRole?: boolean;
  memberOf: string[];
}

export type Place =
  | 'inbox'
  | 'junk'
  | 'deleted-items'
  | 'recoverable-items'
  | 'quarantine'
  | 'gone'
  /** On-premises, external, dropped or failed: remediation does not reach it. */
  | 'unreachable';

export interface Mail {
  id: string;
  message: MessageFacts;
  recipient: string;
  loggedMs: number;
  originalLocation: string;
  /** What `latestDelivery.location` says. */
  location: string;
  place: Place;
  /** Where a remediation under way will put it. */
  movingTo: Place | null;
  timeline: { atMs: number; type: string; source: string; details: string }[];
}

/** What all copies of one message share. */
export interface MessageFacts {
  networkMessageId: string;
  internetMessageId: string;
  sender: { address: string; displayName: string; ipv4: string };
  subject: string;
  directionality: string;
  threatTypes: string[];
  urls: string[];
  attachments: { fileName: string; fileExtension: string; sha256: string; fileSize: number }[];
  authentication: string;
}

export interface Remediation {
  bulkId: string;
  atMs: number;
  by: string;
  displayName: string;
  action: string;
  /** Mail id → how it ended. */
  mails: { [mailId: string]: 'pending' | 'moved' | 'already-there' | 'failed' };
}

/** Alerts and incidents are kept as the vendor writes them. */
export interface SecurityObject {
  id: string;
  [property: string]: unknown;
}

export interface ChatMessage {
  seq: number;
  at: string;
  channel: string;
  text: string;
  /** First 16 hex digits of the SHA-256 of `text`. */
  digest: string;
  card: unknown;
}
