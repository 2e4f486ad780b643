import type { PersonId } from '../../../schemas/ids.ts';
import { createSignInLink } from './create-sign-in-link.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';

/**
 * Makes sure that somebody can sign in: creates the administrator when nobody who may manage people
 * exists, and returns a one-time link for that person. Called at a start, so that a terminal can always
 * show a way in; there is no default password.
 */
export async function ensureAdministrator(context: IdentityContext): Promise<{
  created: boolean;
  personId: PersonId;
  name: string;
  secret: string;
  expiresAt: string;
}> {
  const door: Door = {
    actor: { kind: 'system', id: 'start', channel: 'engine' },
  };
  const found = await context.database.transaction(async (tx) => {
    // Two processes that start at once must not both find nobody.
    await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`riposte/administrator/${context.tenant}`]);
    const { rows } = await tx.query<{ id: string; name: string }>(
      `select id, name from people where tenant_id = $1 and active and 'admin' = any(roles)
       order by created_at, id limit 1`,
      [context.tenant],
    );
    const row = rows[0];
    if (row !== undefined) return { created: false, personId: row.id as PersonId, name: row.name };
    const personId = context.mint('PersonId');
    const name = 'Administrator';
    await tx.query('insert into people (tenant_id, id, name, roles) values ($1, $2, $3, $4)', [
      context.tenant,
      personId,
      name,
      ['admin'],
    ]);
    await writeEntry(tx, context, door, {
      type: 'person.created',
      outcome: 'success',
      reason: 'first start',
      data: { personId, roles: ['admin'], groups: [] },
    });
    return { created: true, personId, name };
  });
  const link = await createSignInLink(context, door, found.personId);
  if (!link.ok) throw new Error(`the administrator ${found.personId} was deactivated during the start`);
  return { ...found, secret: link.secret, expiresAt: link.expiresAt };
}
