import type { AccountEventId, MintId, TenantId } from '../../../schemas/ids.ts';
import type { Actor, EntryDraft } from '../../core/contracts/entry.ts';
import { accountEventOf } from '../../core/identity/account-event.ts';
import { recordAudit } from '../record-audit.ts';
import type { Database } from '../store/database.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Sql } from '../store/sql.ts';
import { noteAccountEvent } from './note-account-event.ts';
import type { LetIn } from './still-them.ts';

/** What every use case of this folder is handed. */
export interface IdentityContext {
  database: Database;
  tenant: TenantId;
  mint: MintId;
}

/** Who asks for a change, and under which request: goes into the entry as it is. */
export interface Door {
  actor: Actor;
  requestId?: string;
  /** Absent: the engine itself, or somebody who is just signing in. */
  letIn?: LetIn | null;
}

/** The words of a refusal: nothing was changed. */
export interface IdentityRefusal {
  ok: false;
  code:
    | 'request/not-found'
    | 'request/conflict'
    | 'request/stale'
    | 'auth/last-administrator'
    | 'auth/bad-link'
    | 'auth/bad-passkey'
    | 'auth/cloned-passkey'
    | 'auth/fresh-sign-in'
    | 'auth/forbidden'
    | 'auth/required'
    | 'auth/bad-token'
    | 'auth/foreign-sign-in'
    | 'auth/unknown-person'
    | 'auth/deactivated'
    | 'auth/no-role'
    | 'auth/another-person';
  detail: string;
}

type Draft = Omit<EntryDraft, 'actor' | 'requestId'>;

/** One entry in the transaction of the change it tells about, which whose account it is about is told. */
export async function writeEntry(tx: Sql, context: IdentityContext, door: Door, draft: Draft): Promise<void> {
  await writeAndTell(tx, context, door, draft);
}

/** The same. Time is the database's. @returns what that person is told; null when it is about nobody's account */
export async function writeAndTell(
  tx: Sql,
  context: IdentityContext,
  door: Door,
  draft: Draft,
): Promise<AccountEventId | null> {
  const nowMs = await databaseNowMs(tx);
  const requestId = door.requestId === undefined ? {} : { requestId: door.requestId };
  const entry: EntryDraft = { ...draft, actor: door.actor, ...requestId };
  await recordAudit(tx, context.tenant, nowMs, [entry], context.mint);
  const event = accountEventOf(entry);
  return event === null ? null : noteAccountEvent(tx, context, door.actor, event);
}
