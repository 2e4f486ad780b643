import type { PersonId, TenantId } from '../../../schemas/ids.ts';
import { sessionPolicy } from '../../core/identity/session-policy.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import type { Tx } from '../store/sql.ts';

/*
 * Whether whoever was let in at the beginning of a request is still let in where their order is written. Somebody
 * signs out, is deactivated, loses a role or has a token revoked while an order of theirs waits for a lock: what is
 * written after that would be the word of nobody.
 */

/** What a caller was let in by, and the rights their order was judged by. */
export interface LetIn {
  /** SHA-256 of the session, in hex; the secret itself goes nowhere. */
  by:
    | { kind: 'session'; hash: string }
    | { kind: 'token'; id: string }
    /** A token of another issuer, which nobody here can end before its time. */
    | { kind: 'workload'; untilMs: number };
  /** Null: a program, whose rights never change. */
  personId: PersonId | null;
  roles: readonly string[];
  groups: readonly string[];
}

export interface NotThem {
  code: 'auth/required' | 'auth/bad-token' | 'auth/forbidden';
  detail: string;
}

/** How much is held until the commit. */
type Held =
  /** The person too: an order, which changes nobody. People come first, as for whoever deactivates one of them. */
  | 'person'
  /** For whoever goes on to lock people for a change: two who hold themselves would wait for each other. */
  | 'proof';

/**
 * Null when they still are. What they came with is shared until the commit, so whoever ends it waits for the order, or
 * is seen by it; with `person`, so are their roles.
 */
export async function notThemAnyMore(
  tx: Tx,
  tenant: TenantId,
  { by, personId, roles, groups }: LetIn,
  held: Held = 'person',
): Promise<NotThem | null> {
  const people = personId === null ? [] : await readPerson(tx, tenant, personId, held);
  const [person] = people;
  const ended = by.kind === 'session' ? sessionEnded : tokenEnded;
  if (!(await stands(tx, tenant, by)) || (personId !== null && person === undefined)) return ended;
  if (person === undefined) return null;
  const keeps = (had: readonly string[], has: readonly string[]) => had.every((each) => has.includes(each));
  return keeps(roles, person.roles) && keeps(groups, person.groups) ? null : rightsTaken;
}

const sessionEnded: NotThem = {
  code: 'auth/required',
  detail: 'The session has ended meanwhile. Nothing was changed; sign in and look again.',
};

const tokenEnded: NotThem = {
  code: 'auth/bad-token',
  detail: 'The token has ended meanwhile. Nothing was changed.',
};

const rightsTaken: NotThem = {
  code: 'auth/forbidden',
  detail: 'A role or group of yours was taken away meanwhile. Nothing was changed; look again.',
};

function stands(tx: Tx, tenant: TenantId, by: LetIn['by']): Promise<boolean> {
  switch (by.kind) {
    case 'session':
      return sessionStands(tx, tenant, by.hash);
    case 'token':
      return tokenStands(tx, tenant, by.id);
    case 'workload':
      return databaseNowMs(tx).then((nowMs) => nowMs < by.untilMs);
  }
}

async function readPerson(tx: Tx, tenant: TenantId, personId: PersonId, held: Held) {
  const { rows } = await tx.query<{ roles: string[]; groups: string[] }>(
    `select roles, groups from people where tenant_id = $1 and id = $2 and active ${held === 'person' ? 'for share' : ''}`,
    [tenant, personId],
  );
  return rows;
}

async function sessionStands(tx: Tx, tenant: TenantId, hash: string): Promise<boolean> {
  const { rows } = await tx.query<{ stands: boolean }>(
    `select ended_at is null and expires_at > clock_timestamp()
       and seen_at > clock_timestamp() - $3 * interval '1 millisecond' as stands
     from sessions where tenant_id = $1 and hash = decode($2, 'hex') for share`,
    [tenant, hash, sessionPolicy.idleMs],
  );
  return rows[0]?.stands ?? false;
}

async function tokenStands(tx: Tx, tenant: TenantId, id: string): Promise<boolean> {
  const { rows } = await tx.query<{ stands: boolean }>(
    `select revoked_at is null and expires_at > clock_timestamp() as stands
     from tokens where tenant_id = $1 and id = $2 for share`,
    [tenant, id],
  );
  return rows[0]?.stands ?? false;
}
