import type { Right } from '../../engine/core/contracts/probe.ts';

/*
 * What a permission of Microsoft's includes, as far as facts 1.4 says so. What is not written there is not known.
 */

/** What else is enough, by the permission that a manifest names. */
const alsoEnough: { [permission: string]: readonly string[] } = {
  'Machine.Read.All': ['Machine.ReadWrite.All'],
  'Ti.ReadWrite': ['Ti.ReadWrite.All'],
  'User.EnableDisableAccount.All': ['User.ReadWrite.All'],
  'User.Read.All': ['User.ReadWrite.All'],
  'SecurityAnalyzedMessage.Read.All': ['SecurityAnalyzedMessage.ReadWrite.All'],
  'MailboxSettings.Read': ['MailboxSettings.ReadWrite'],
};

/** Permissions of facts 1.4 that stand beside each other there: holding one says that another is not included. */
const apart = new Set([
  'Machine.Isolate',
  'Machine.CollectForensics',
  'Machine.StopAndQuarantine',
  'Machine.RestrictExecution',
  'Machine.Scan',
  'Machine.Offboard',
  'Machine.LiveResponse',
  'Machine.Read.All',
  'Machine.ReadWrite.All',
  'User.Read.All',
  'User.EnableDisableAccount.All',
  'User.RevokeSessions.All',
  'SecurityAnalyzedMessage.Read.All',
  'SecurityIncident.Read.All',
  'MailboxSettings.Read',
  'DeviceManagementManagedDevices.ReadWrite.All',
  'DeviceManagementManagedDevices.PrivilegedOperations.All',
]);

/**
 * @param name without the API, e.g. `Machine.Isolate`
 * @param held null: the vendor did not say
 */
export function weighPermission(name: string, held: ReadonlySet<string> | null): Right {
  if (held === null) return 'unknown';
  if ([name, ...(alsoEnough[name] ?? [])].some((enough) => held.has(enough))) return 'held';
  return [...held].some((each) => mayInclude(each, name)) ? 'unknown' : 'missing';
}

/** One of the same things, or of the whole directory, may be wider than we know. */
function mayInclude(held: string, name: string): boolean {
  if (apart.has(held)) return false;
  // Each of them is enough for one kind of method.
  if (held.startsWith('UserAuthMethod-')) return name.startsWith('UserAuthenticationMethod.');
  // Whoever may read groups reads that part of the directory.
  if (held.startsWith('Group')) return name.startsWith('Directory.') || name.startsWith('Group');
  const resource = (permission: string) => permission.slice(0, permission.indexOf('.'));
  return resource(held) === resource(name) || resource(held) === 'Directory';
}
