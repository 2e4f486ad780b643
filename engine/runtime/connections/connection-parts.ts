import type { MintId, TenantId } from '../../../schemas/ids.ts';
import type { ActionRegistry, Connection } from '../../core/contracts/action.ts';
import type { Imap } from '../../core/contracts/imap.ts';
import type { Ldap } from '../../core/contracts/ldap.ts';
import type { Http } from '../../core/contracts/ports.ts';
import type { ProbeRegistry } from '../../core/contracts/probe.ts';
import type { Log } from '../engine-parts.ts';
import type { Database } from '../store/database.ts';
import type { CallNotes } from './note-calls.ts';

/** What testing takes; there in a worker, who alone has the secrets. */
export interface ConnectionParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  http: Http;
  ldap: Ldap;
  imap: Imap;
  registry: ActionRegistry;
  probes: ProbeRegistry;
  connections: readonly Connection[];
  calls: CallNotes;
  clock: { nowMs(): number };
  /** From 0 to 1, so that not all are tested at the same moment. */
  chance(): number;
  /** Entries were committed: the sequencer may look. */
  onEntries?(): void;
}
