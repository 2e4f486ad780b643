import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

/** What one destination was told about a question, or why it was not. */
export interface NoticeItem {
  occasion: string;
  destination: string;
  /** `due`: not told yet; `failed`: never will be; `dropped`: the question was closed first. */
  state: string;
  at: string;
  tries: number;
  error: string | null;
  nextTryAt: string | null;
  settledAt: string | null;
}

/** Twenty destinations, and the occasions of one question. */
const most = 200;

export async function listNotices(sql: Sql, tenant: TenantId, approvalId: string): Promise<NoticeItem[]> {
  const { rows } = await sql.query<{
    occasion: string;
    destination: string;
    state: string;
    created_at: Date;
    attempts: number;
    last_error: string | null;
    next_try_at: Date;
    settled_at: Date | null;
  }>(
    `select occasion, destination, state, created_at, attempts, last_error, next_try_at, settled_at
     from notices where tenant_id = $1 and approval_id = $2 order by number limit ${most}`,
    [tenant, approvalId],
  );
  return rows.map((row) => ({
    occasion: row.occasion,
    destination: row.destination,
    state: row.state,
    at: timeOf(row.created_at),
    tries: row.attempts,
    error: row.state === 'told' ? null : row.last_error,
    nextTryAt: row.state === 'due' && row.attempts > 0 ? timeOf(row.next_try_at) : null,
    settledAt: timeOf(row.settled_at),
  }));
}
