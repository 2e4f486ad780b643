import type { IdentityContext } from './identity-context.ts';

/**
 * Whether one of those who make people and sign-in links has ever come in. Until then nobody but a start
 * can let anybody in. Sessions stay when they end, so this does not turn false again by itself.
 */
export async function hasWayIn({ database, tenant }: IdentityContext): Promise<boolean> {
  const { rows } = await database.query(
    `select 1 from sessions s join people p on p.tenant_id = s.tenant_id and p.id = s.person_id
     where s.tenant_id = $1 and p.active and 'admin' = any(p.roles) limit 1`,
    [tenant],
  );
  return rows.length > 0;
}
