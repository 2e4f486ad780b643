import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';

/** One stream that fails, one that is paused, one that is up to date. */
export async function seedStreams(sql: Sql): Promise<void> {
  const stream = `insert into outward_streams (tenant_id, id, kind, url, types, secret_name, created_by, position, paused,
    attempts, failing_since, last_error) values ($1, $2, $3, $4, $5, $6, 'per_1', $7, $8, $9, $10, $11)
    on conflict do nothing`;
  const add = (...values: unknown[]) => sql.query(stream, [defaultTenant, ...values]);
  await add(
    'siem',
    'syslog',
    'tls://siem.example.org:6514',
    [],
    null,
    1204,
    false,
    7,
    '2026-11-20T03:00:00Z',
    'connect ECONNREFUSED <b>',
  );
  await add(
    'pager',
    'webhook',
    'https://pager.example.org/secret-path',
    ['approval.*'],
    'STREAM_SECRET_P',
    12,
    true,
    0,
    null,
    null,
  );
  await add('soc', 'json-lines', 'tls://soc.example.org:6514', [], null, 0, false, 0, null, null);
}
