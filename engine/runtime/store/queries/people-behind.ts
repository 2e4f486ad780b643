import type { TenantId } from '../../../../schemas/ids.ts';
import type { Sql } from '../sql.ts';

/*
 * Who stands behind some actors: a person is themselves, a service token is whoever made it, and a run is whoever does
 * not decide about it. Used to keep the one who asks from being the one who decides, also through a token or another
 * run of their own.
 */
const text = `
select created_by as id from tokens where tenant_id = $1 and id = any($2) and created_by like 'per\\_%'
union
select json_array_elements_text(given->'excluded') from runs where tenant_id = $1 and id = any($2)`;

export async function peopleBehind(
  sql: Sql,
  tenant: TenantId,
  actors: readonly (string | null)[],
): Promise<string[]> {
  const people = actors.filter((id): id is string => id?.startsWith('per_') === true);
  const others = actors.filter((id): id is string => /^(tok|run)_/.test(id ?? ''));
  if (others.length === 0) return [...new Set(people)];
  const { rows } = await sql.query<{ id: string }>(text, [tenant, others]);
  return [...new Set([...people, ...rows.map((row) => row.id)])];
}
