import type { ActionContext, Connection } from '../../../engine/core/contracts/action.ts';
import type { Imap } from '../../../engine/core/contracts/imap.ts';
import type { Ldap } from '../../../engine/core/contracts/ldap.ts';
import type { Http } from '../../../engine/core/contracts/ports.ts';
import { noImap } from '../../../engine/runtime/imap/no-imap.ts';
import { ldapOut } from '../../support/ways-out.ts';

export interface ContextOptions {
  http: Http;
  ldap?: Ldap;
  imap?: Imap;
  settings: { [name: string]: string };
  secrets?: { [name: string]: string };
  actionKey?: string;
  signal?: AbortSignal;
  nowMs?: () => number;
  connectionId?: string;
}

/** What a worker hands to an action, with a clock that can be set. */
export function buildContext(options: ContextOptions): ActionContext {
  const secrets = options.secrets ?? { client_secret: 's3cr3t-of-the-connection' };
  const connection: Connection = {
    id: options.connectionId ?? 'contoso',
    system: 'edr',
    settings: options.settings,
    async secret(name) {
      const value = secrets[name];
      if (value === undefined) throw new Error(`no secret ${name} in vault /run/secrets/hidden-place`);
      return value;
    },
  };
  return {
    connection,
    http: options.http,
    ldap: options.ldap ?? ldapOut,
    imap: options.imap ?? noImap,
    signal: options.signal ?? new AbortController().signal,
    actionKey: options.actionKey ?? 'k7q2m4n6p8r0s2t4v6w8x0y2z4a6b8c0',
    nowMs: options.nowMs ?? (() => Date.now()),
  };
}
