import type { Sql } from '../store/sql.ts';

/** How far behind the courier and the sequencer are, over all tenants. */
export interface Health {
  /** Age in seconds of the oldest attempt that no queue has yet; 0 when none waits. */
  outboxLagSeconds: number;
  /** Age in seconds of the oldest entry that has no index yet; 0 when none waits. */
  auditLagSeconds: number;
}

/** @throws when the store does not answer, which is an answer of its own to the one who asks. */
export async function readHealth(sql: Sql): Promise<Health> {
  const { rows } = await sql.query<{ outbox: number; audit: number }>(
    `select
       coalesce((select extract(epoch from clock_timestamp() - min(created_at)) from outbox where sent_at is null), 0)::float8
         as outbox,
       coalesce((select extract(epoch from clock_timestamp() - min(enqueued_at)) from audit_pending), 0)::float8 as audit`,
    [],
  );
  return {
    outboxLagSeconds: rows[0]?.outbox ?? 0,
    auditLagSeconds: rows[0]?.audit ?? 0,
  };
}
