import type { TenantId } from '../../../schemas/ids.ts';
import { daysRemembered, type KeepReason, keepReasons } from '../../core/retention/keep-reasons.ts';
import type { Removed } from '../store/queries/retention.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

/** What goes when it is over, what went last, and why something older is still here. */
export interface RetentionState {
  /** Null: everything stays. */
  days: number | null;
  /** How long the names of what went are remembered; null as above. */
  rememberedDays: number | null;
  /** The last round that was gone through to its end; null while there was none. */
  lastRound: {
    endedAt: string;
    /** What was over before this went. Earlier than the days say where a run began then that was under way. */
    before: string;
    removed: Removed;
    /** Older things that stay, counted once each; most first. */
    kept: { reason: KeepReason; says: string; count: number }[];
  } | null;
  /** When anything went last. */
  removedAt: string | null;
  oldestAlertAt: string | null;
  oldestRunAt: string | null;
}

interface Row {
  days: number | null;
  ended_at: Date | null;
  before: Date | null;
  removed: Removed;
  kept: { [reason: string]: number };
  removed_at: Date | null;
  oldest_alert: Date | null;
  oldest_run: Date | null;
}

/** The oldest by the indexes of their lists. */
const text = `
select s.days, s.ended_at, s.before, s.removed, s.kept, s.removed_at,
  (select a.received_at from alerts a where a.tenant_id = t.id order by a.received_at, a.id limit 1) as oldest_alert,
  (select r.created_at from runs r where r.tenant_id = t.id order by r.created_at, r.id limit 1) as oldest_run
from (select $1::text as id) t left join retention s on s.tenant_id = t.id`;

export async function readRetention(sql: Sql, tenant: TenantId): Promise<RetentionState> {
  const [row] = (await sql.query<Row>(text, [tenant])).rows;
  if (row === undefined) throw new Error('a row without tables cannot be missing');
  return {
    days: row.days,
    rememberedDays: row.days === null ? null : daysRemembered(row.days),
    lastRound: roundOf(row),
    removedAt: timeOf(row.removed_at),
    oldestAlertAt: timeOf(row.oldest_alert),
    oldestRunAt: timeOf(row.oldest_run),
  };
}

function roundOf({ ended_at, before, removed, kept }: Row): RetentionState['lastRound'] {
  if (ended_at === null || before === null) return null;
  const reasons = Object.keys(keepReasons) as KeepReason[];
  return {
    endedAt: timeOf(ended_at),
    before: timeOf(before),
    removed,
    kept: reasons
      .map((reason) => ({ reason, says: keepReasons[reason], count: kept[reason] ?? 0 }))
      .filter(({ count }) => count > 0)
      .sort((one, other) => other.count - one.count),
  };
}
