import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

export interface StreamItem {
  id: string;
  kind: string;
  url: string;
  types: string[];
  /** Of a webhook. */
  secretName: string | null;
  /** A line that trusts certificates of its own authority. */
  ownAuthority: boolean;
  state: 'paused' | 'failing' | 'behind' | 'current';
  /** Sealed entries from its position on, wanted or not. */
  lag: number;
  position: number;
  attempts: number;
  nextTryAt: string | null;
  failingSince: string | null;
  lastError: string | null;
  lastSentAt: string | null;
}

type Row = Omit<StreamItem, 'state' | 'nextTryAt' | 'failingSince' | 'lastSentAt'> & {
  paused: boolean;
  nextTryAt: Date;
  failingSince: Date | null;
  lastSentAt: Date | null;
};

export async function listStreams(sql: Sql, tenant: TenantId): Promise<StreamItem[]> {
  const { rows } = await sql.query<Row>(
    `select s.id, s.kind, s.url, s.types, s.secret_name as "secretName", s.authority is not null as "ownAuthority", s.paused, s.position, s.attempts,
       greatest(0, coalesce(m.size, 0) - s.position) as lag, s.next_try_at as "nextTryAt",
       s.failing_since as "failingSince", s.last_error as "lastError", s.last_sent_at as "lastSentAt"
     from outward_streams s left join audit_log_meta m on m.tenant_id = s.tenant_id and m.log_id = s.log_id
     where s.tenant_id = $1 order by s.id limit 1000`,
    [tenant],
  );
  return rows.map(({ paused, ...row }) => ({
    ...row,
    state: paused ? 'paused' : row.attempts > 0 ? 'failing' : row.lag > 0 ? 'behind' : 'current',
    nextTryAt: row.attempts > 0 ? timeOf(row.nextTryAt) : null,
    failingSince: timeOf(row.failingSince),
    lastSentAt: timeOf(row.lastSentAt),
  }));
}
