import type { PersonId } from '../../../schemas/ids.ts';
import { type Door, type IdentityContext, writeEntry } from './identity-context.ts';

/**
 * Makes sure that there is somebody who can let others in: creates the administrator when there is none. Called at
 * each start of a server, so that there is always a way in; there is no default password.
 *
 * @param groups of one that is created; those of one that is there stay as they are
 */
export function ensureAdministrator(
  context: IdentityContext,
  groups: readonly string[] = [],
): Promise<{
  created: boolean;
  personId: PersonId;
  name: string;
  /** An administrator has signed in before, this one or another. */
  cameIn: boolean;
}> {
  const door: Door = {
    actor: { kind: 'system', id: 'start', channel: 'engine' },
  };
  return context.database.transaction(async (tx) => {
    // Two processes that start at once must not both find nobody.
    await tx.query('select pg_advisory_xact_lock(hashtext($1))', [`riposte/administrator/${context.tenant}`]);
    const { rows } = await tx.query<{ id: string; name: string; cameIn: boolean }>(
      `select id, name, exists (select 1 from sessions s where s.tenant_id = p.tenant_id and s.person_id = p.id) as "cameIn"
       from people p where tenant_id = $1 and active and 'admin' = any(roles)
       order by created_at, id`,
      [context.tenant],
    );
    const [row] = rows;
    if (row !== undefined) {
      const cameIn = rows.some((each) => each.cameIn);
      return { created: false, personId: row.id as PersonId, name: row.name, cameIn };
    }
    const personId = context.mint('PersonId');
    const name = 'Administrator';
    await tx.query('insert into people (tenant_id, id, name, roles, groups) values ($1, $2, $3, $4, $5)', [
      context.tenant,
      personId,
      name,
      ['admin'],
      groups,
    ]);
    await writeEntry(tx, context, door, {
      type: 'person.created',
      outcome: 'success',
      reason: 'first start',
      data: { personId, roles: ['admin'], groups: [...groups] },
    });
    return { created: true, personId, name, cameIn: false };
  });
}
