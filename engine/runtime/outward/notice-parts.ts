import type { MintId, TenantId } from '../../../schemas/ids.ts';
import type { ActionRegistry, Connection } from '../../core/contracts/action.ts';
import type { Ldap } from '../../core/contracts/ldap.ts';
import type { Http } from '../../core/contracts/ports.ts';
import type { CallNotes } from '../connections/note-calls.ts';
import type { Log } from '../engine-parts.ts';
import type { Sockets } from '../http/open-socket.ts';
import type { Database } from '../store/database.ts';
import type { ApprovalLinks } from './approval-links.ts';

export interface NoticeParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  http: Http;
  ldap: Ldap;
  sockets: Sockets;
  registry: ActionRegistry;
  connections: readonly Connection[];
  /** What tellings say of the connections they went over; absent: nobody asks. */
  calls?: CallNotes;
  links: ApprovalLinks;
  /** Of the installation, for the ids of mails. */
  host: string;
  clock: { nowMs(): number };
  /** Entries were committed: the sequencer may look. */
  onEntries?(): void;
}

/** With it and a margin a sending ends inside the lease of its notice. */
export const tellTimeoutMs = 45_000;
