import type { ActionManifests, CheckableManifest } from '../../engine/core/compile/context.ts';
import type { RenderedAction } from '../../engine/core/contracts/command.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { testRegistry } from '../compile/manifests.ts';
import type { Chance } from '../decide/chance.ts';

/*
 * Actions of every class and every kind of repeatability, and the world behind them: which host is a
 * server and which account is privileged is a fact, so two lookups never contradict each other.
 */

function variant(of: string, change: Partial<CheckableManifest>): CheckableManifest {
  const known = testRegistry.get(of);
  if (known === undefined) throw new Error(`no action ${of}`);
  return { ...known, ...change };
}

const irreversible = { kind: 'irreversible', reason: 'It is gone.' } as const;

const added: CheckableManifest[] = [
  variant('edr.isolate-host', {
    key: 'edr.wipe-disk',
    title: 'Wipe a disk',
    class: 'eradicate',
    effect: undefined as never,
    idempotent: 'no',
    inverse: irreversible,
    canCheck: false,
  }),
  variant('mail.quarantine-message', {
    key: 'mail.purge-copy',
    title: 'Purge a copy',
    class: 'eradicate',
    idempotent: 'native',
    inverse: irreversible,
  }),
  variant('directory.disable-user', {
    key: 'vault.lock-account',
    title: 'Lock an account',
    effect: 'account-locked',
    idempotent: 'no',
    canCheck: false,
  }),
];

export const generatedRegistry: ActionManifests = new Map([
  ...testRegistry,
  ...added.map((each) => [each.key, each] as const),
]);

export const connectionIds = ['emea'];

export const connections: { [system: string]: string[] } = Object.fromEntries(
  [...generatedRegistry.keys()].map((key) => [key.slice(0, key.indexOf('.')), connectionIds]),
);

const roles: { [host: string]: string } = {
  H1: 'server',
  H2: 'workstation',
  H3: 'unknown',
  H4: 'workstation',
};

export const hostIds: readonly string[] = Object.keys(roles);
export const userIds: readonly string[] = ['U1', 'U2'];

/** A target that nobody may contain by surprise, and whether it is one. */
export function isDelicate({ target, action, arguments: given }: RenderedAction): boolean {
  switch (target?.kind) {
    case 'host':
      return roles[target.id] !== 'workstation';
    case 'user':
      return target.id === 'U1';
    case 'mail':
    case 'file':
      return false;
    default:
      // Without a target nobody knows what it does to whom.
      return action !== '' && Object.keys(given).length >= 0;
  }
}

/** What the target answers: fixed facts, and lists of changing length. */
export function outputsOf({ action, arguments: given }: RenderedAction, chance: Chance): JsonObject {
  switch (action) {
    case 'inventory.get-host': {
      const host = String(given.host_id);
      return {
        name: host,
        role: roles[host] ?? 'unknown',
        criticality: 'low',
        tags: [],
        services: [],
        users: ['ann'],
        ...(chance.in(2) ? { owner: 'ann' } : {}),
      };
    }
    case 'directory.get-user':
      return {
        upn: String(given.user_id),
        display_name: 'Somebody',
        is_privileged: given.user_id === 'U1',
        tags: [],
        roles: [],
      };
    case 'mail.search-messages':
      return {
        messages: ['m1', 'm2', 'm3']
          .slice(0, chance.below(4))
          .map((id) => ({ id, mailbox: `${id}@example.test` })),
        mailbox_count: chance.below(4),
        read_count: 0,
        link_domains: [],
      };
    default:
      return generatedRegistry.get(action) === undefined ? {} : { state: 'done' };
  }
}
