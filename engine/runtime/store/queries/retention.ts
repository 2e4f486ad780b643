import type { TenantId } from '../../../../schemas/ids.ts';
import type { Sql, Tx } from '../sql.ts';

/* What the engine asks of `retention` and of the one function that deletes what is over. */

export interface Removed {
  incidents: number;
  alerts: number;
  runs: number;
  signals: number;
}

export type LetGo =
  /** `busy`: somebody else is at it; `held`: everything is stopped or paused, or the log is held. */
  | { state: 'busy' | 'held' }
  /** `going`: there is more to look at; `ended`: the round is through. */
  | { state: 'going' | 'ended'; before: string; removed: Removed; any: boolean };

export async function letGo(tx: Tx, tenant: TenantId, days: number, atMost: number): Promise<LetGo> {
  const { rows } = await tx.query<{ answer: LetGo }>('select let_go($1, $2, $3) as answer', [
    tenant,
    days,
    atMost,
  ]);
  return rows[0]?.answer ?? { state: 'busy' };
}

/*
 * Whether a round is under way or the last one was long ago, and nobody waits: alerts that are not matched after two
 * seconds, or entries without an index after five, mean that the database has no time for this.
 */
const due = `
select coalesce((select r.stage <> 1 or r.after_at <> '-infinity' or r.ended_at is null
      or r.ended_at < clock_timestamp() - interval '1 hour' from retention r where r.tenant_id = $1), true)
  and not exists (select from alerts a where a.tenant_id = $1 and a.state = 'accepted'
    and a.received_at < clock_timestamp() - interval '2 seconds')
  and not exists (select from audit_pack p where p.tenant_id = $1
    and p.enqueued_at < clock_timestamp() - interval '5 seconds') as due`;

export async function isRoundDue(sql: Sql, tenant: TenantId): Promise<boolean> {
  return (await sql.query<{ due: boolean }>(due, [tenant])).rows[0]?.due ?? false;
}

/** @returns what was set before, locked for this transaction */
export async function lockDays(tx: Tx, tenant: TenantId): Promise<number | null> {
  await tx.query('insert into retention (tenant_id) values ($1) on conflict do nothing', [tenant]);
  const { rows } = await tx.query<{ days: number | null }>(
    'select days from retention where tenant_id = $1 for update',
    [tenant],
  );
  return rows[0]?.days ?? null;
}

export async function writeDays(tx: Tx, tenant: TenantId, days: number | null): Promise<void> {
  await tx.query('update retention set days = $2 where tenant_id = $1', [tenant, days]);
}
