import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
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

export interface StreamFilter {
  /** Only those that take nothing just now, and are not paused. */
  failing?: true | undefined;
}

export function listStreams(
  sql: Sql,
  tenant: TenantId,
  filter: StreamFilter,
  request: PageRequest,
): Promise<Page<StreamItem>> {
  const conditions = conditionsFor('s.tenant_id', tenant);
  if (filter.failing === true) conditions.clauses.push('not s.paused and s.attempts > 0');
  return readPage<Row, StreamItem>(sql, request, {
    question: questionOf('streams', filter),
    columns: `s.id, s.kind, s.url, s.types, s.secret_name as "secretName", s.authority is not null as "ownAuthority", s.paused, s.position, s.attempts,
      greatest(0, coalesce(m.size, 0) - s.position) as lag, s.next_try_at as "nextTryAt",
      s.failing_since as "failingSince", s.last_error as "lastError", s.last_sent_at as "lastSentAt"`,
    from: `outward_streams s
      left join audit_log_meta m on m.tenant_id = s.tenant_id and m.log_id = s.log_id`,
    conditions,
    sortColumn: 's.id',
    sortKind: 'text',
    idColumn: 's.id',
    descending: false,
    toItem,
  });
}

function toItem({ paused, ...row }: Row): StreamItem {
  const { id, kind, url, types, secretName, ownAuthority, lag, position, attempts, lastError } = row;
  return {
    id,
    kind,
    url,
    types,
    secretName,
    ownAuthority,
    state: paused ? 'paused' : attempts > 0 ? 'failing' : lag > 0 ? 'behind' : 'current',
    lag,
    position,
    attempts,
    nextTryAt: attempts > 0 ? timeOf(row.nextTryAt) : null,
    failingSince: timeOf(row.failingSince),
    lastError,
    lastSentAt: timeOf(row.lastSentAt),
  };
}
