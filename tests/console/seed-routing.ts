import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';

/** A routing file with an entry of each kind, and `more` that say nothing special. */
export async function seedRouting(sql: Sql, more = 0): Promise<void> {
  const nothing = { order: 1_000, enabled: true, expires: null, match: null, mode: null };
  const routes = [
    { ...nothing, playbook: 'zeta' },
    { ...nothing, playbook: 'gone', enabled: false },
    { ...nothing, playbook: 'ended', expires: '2020-01-31' },
    {
      ...nothing,
      playbook: 'isolate-host',
      order: 10,
      match: 'alert.title != "<b>\u202e"',
      mode: 'ask',
      expires: '2099-12-31',
    },
    ...Array.from({ length: more }, (_, n) => ({ ...nothing, playbook: `p-${String(n).padStart(5, '0')}` })),
  ];
  await sql.query(
    `insert into routing_versions (tenant_id, version, source, routing, published_by)
     select $1, coalesce(max(version), 0) + 1, 'kind: routing/v1', $2, 'per_1' from routing_versions where tenant_id = $1`,
    [defaultTenant, JSON.stringify({ routes })],
  );
}
