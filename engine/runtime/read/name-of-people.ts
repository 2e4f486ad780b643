import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';

/** Of exactly these; who is not known keeps their id. */
export async function nameOfPeople(
  sql: Sql,
  tenant: TenantId,
  ids: readonly string[],
): Promise<(id: string) => string> {
  if (ids.length === 0) return (id) => id;
  const { rows } = await sql.query<{ id: string; name: string }>(
    'select id, name from people where tenant_id = $1 and id = any($2)',
    [tenant, [...new Set(ids)]],
  );
  const names = new Map(rows.map(({ id, name }) => [id, name]));
  return (id) => names.get(id) ?? id;
}
