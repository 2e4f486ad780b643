import type { TriggerType } from '../contracts/plan.ts';

/*
 * By which values of a signal those that came earlier are found without reading the others. Only by these a wait may
 * look back further than ten minutes: in a storm there are hundreds of thousands of others.
 */

/** By which names an alert's targets are indexed (see normalize-alert.ts). */
export const indexedTargets: { readonly [path: string]: string } = {
  'alert.targets.hosts[].id': 'host',
  'alert.targets.users[].id': 'user',
  'alert.targets.mails[].id': 'mail',
  'alert.targets.files[].sha256': 'file',
  'alert.targets.ips[].address': 'ip',
};

/** @param path below `signal`, as in the key of a wait */
export function isIndexedKey(type: TriggerType, path: string): boolean {
  if (type === 'incident.created' || type === 'incident.updated') return path === 'incident.id';
  return type === 'alert.created' && (path === 'alert.incident.id' || indexedTargets[path] !== undefined);
}
