import type { PersonId } from '../../../schemas/ids.ts';
import type { Tx } from '../store/sql.ts';
import { endProofs } from './end-proofs.ts';
import { type Door, type IdentityContext, type IdentityRefusal, writeEntry } from './identity-context.ts';
import { type Person, type PersonRow, personColumns, toPerson } from './person.ts';
import { type Token, type TokenRow, tokenColumns, tokenWorks, toToken } from './token.ts';

export interface PersonChange {
  roles?: string[];
  groups?: string[];
  active?: boolean;
}

export interface Changed {
  ok: true;
  person: Person;
  /** What a deactivated person made for services and what works on, newest first. */
  serviceTokens: Token[];
}

/** Whether a change counts, by whoever is changed and whoever asks as they are now. */
type Judge = (before: Person, author: Person | null) => IdentityRefusal | null;

/** A page of them; whoever left more behind looks into the list. */
const leftBehindMax = 200;

/**
 * Changes roles and groups, or deactivates: takes effect on the person's next request, because
 * tokens and sessions are checked against this row each time. The last administrator stays, because
 * only they let people in: otherwise nobody could ever sign in to repair it. Whatever a deactivated
 * person had to prove themselves with ends for good.
 *
 * @param judge whether the author may, by both as they are now; absent: the engine itself asks
 */
export function changePerson(
  context: IdentityContext,
  door: Door,
  personId: PersonId,
  change: PersonChange,
  judge: Judge = () => null,
): Promise<Changed | IdentityRefusal> {
  return context.database.transaction((tx) =>
    changePersonIn(tx, context, door, personId, () => change, judge),
  );
}

/**
 * The same in a transaction that does more, which locks nobody before.
 *
 * @param changeOf by the person as they are when nobody else can change them
 */
export async function changePersonIn(
  tx: Tx,
  context: IdentityContext,
  door: Door,
  personId: PersonId,
  changeOf: (before: Person) => PersonChange,
  judge: Judge,
): Promise<Changed | IdentityRefusal> {
  // All of them locked, in one order: two administrators removing each other at once must not both succeed.
  const { rows } = await tx.query<PersonRow>(
    `select ${personColumns} from people where tenant_id = $1 and (id in ($2, $3) or (active and 'admin' = any(roles)))
       order by id for update`,
    [context.tenant, personId, door.actor.id],
  );
  const before = rows.find((row) => row.id === personId);
  if (before === undefined)
    return {
      ok: false,
      code: 'request/not-found',
      detail: 'There is no such person.',
    };
  const author = rows.find((row) => row.id === door.actor.id);
  const refusal = judge(toPerson(before), author === undefined ? null : toPerson(author));
  if (refusal !== null) return refusal;
  const change = changeOf(toPerson(before));
  const after = {
    roles: change.roles ?? before.roles,
    groups: change.groups ?? before.groups,
    active: change.active ?? before.active,
  };
  const others = rows.some((row) => row.id !== personId && isAdministrator(row));
  if (isAdministrator(before) && !isAdministrator(after) && !others) {
    return {
      ok: false,
      code: 'auth/last-administrator',
      detail: 'Nobody else could let people in afterwards.',
    };
  }
  const updated = await tx.query<PersonRow>(
    `update people set roles = $3, groups = $4, active = $5 where tenant_id = $1 and id = $2 returning ${personColumns}`,
    [context.tenant, personId, after.roles, after.groups, after.active],
  );
  // Whoever is let in again later proves themselves anew, and nobody who had one of these is let in with them.
  const revoked = after.active ? [] : await endProofs(tx, context, personId);
  // They belong to the installation: ending them by themselves would cut off a sensor because somebody moved on.
  const serviceTokens = after.active ? [] : await leftBehind(tx, context, personId);
  const outlive = serviceTokens.map(({ id }) => id);
  await writeEntry(tx, context, door, {
    type: 'person.changed',
    outcome: 'success',
    data: {
      personId,
      before: stateOf(before),
      after: stateOf(after),
      ...(revoked.length > 0 && { revoked }),
      ...(outlive.length > 0 && { outlive }),
    },
  });
  return { ok: true, person: toPerson(updated.rows[0] ?? before), serviceTokens };
}

async function leftBehind(tx: Tx, { tenant }: IdentityContext, personId: PersonId): Promise<Token[]> {
  const { rows } = await tx.query<TokenRow>(
    `select ${tokenColumns} from tokens where tenant_id = $1 and created_by = $2 and kind = 'service' and ${tokenWorks}
     order by created_at desc, id desc limit ${leftBehindMax}`,
    [tenant, personId],
  );
  return rows.map(toToken);
}

function isAdministrator({ roles, active }: { roles: string[]; active: boolean }): boolean {
  return active && roles.includes('admin');
}

function stateOf(person: { roles: string[]; groups: string[]; active: boolean }) {
  return { roles: person.roles, groups: person.groups, active: person.active };
}
