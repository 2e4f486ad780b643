import type { TenantId } from '../../../../schemas/ids.ts';
import type { Sql } from '../sql.ts';

/*
 * Who stands behind some actors: a person is themselves, a service token is whoever made it. Used to
 * keep the one who asks from being the one who decides, also through a token of their own.
 */
const text = `
select distinct created_by as id from tokens where tenant_id = $1 and id = any($2) and created_by like 'per\\_%'`;

export async function peopleBehind(
  sql: Sql,
  tenant: TenantId,
  actors: readonly (string | null)[],
): Promise<string[]> {
  const people = actors.filter((id): id is string => id?.startsWith('per_') === true);
  const tokens = actors.filter((id): id is string => id?.startsWith('tok_') === true);
  if (tokens.length === 0) return [...new Set(people)];
  const { rows } = await sql.query<{ id: string }>(text, [tenant, tokens]);
  return [...new Set([...people, ...rows.map((row) => row.id)])];
}
