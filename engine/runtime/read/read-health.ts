import { onApprovalClock } from '../store/queries/approval-clocks.ts';
import type { Sql } from '../store/sql.ts';

/** How far behind the courier and the sequencer are, over all tenants. */
export interface Health {
  /** Age in seconds of the oldest attempt that no queue has yet; 0 when none waits. */
  outboxLagSeconds: number;
  /** Age in seconds of the oldest entry that has no index yet; 0 when none waits. */
  auditLagSeconds: number;
  /** How long the oldest of what is due has waited; 0 when nothing is late. */
  deadlinesLateSeconds: number;
  /** Places outside that do not take the log's checkpoints at present. */
  anchorsFailing: number;
  /** The log contradicts itself or what it published, so containment is held. */
  logInDoubt: boolean;
}

/** Tenant by tenant, as the indexes are. Those of questions stand still while everything is paused. */
const oldestDue = `coalesce((select extract(epoch from clock_timestamp() - min(first.at)) from stops s
  cross join lateral (
    (select d.due_at as at from deadlines d where d.tenant_id = s.tenant_id
        and (d.kind <> all($1) or not exists (select 1 from pauses p where p.tenant_id = s.tenant_id and p.active))
      order by d.due_at limit 1)
    union all
    (select c.alarm_at from scopes c where c.tenant_id = s.tenant_id and c.live <> 'ended' and c.alarm_at is not null
      order by c.alarm_at limit 1)) first
  where s.scope = 'everything' and first.at < clock_timestamp()), 0)::float8`;

/** @throws when the store does not answer, which is an answer of its own to the one who asks. */
export async function readHealth(sql: Sql): Promise<Health> {
  const { rows } = await sql.query<{
    outbox: number;
    audit: number;
    late: number;
    failing: number;
    doubt: boolean;
  }>(
    `select
       coalesce((select extract(epoch from clock_timestamp() - min(created_at)) from outbox where sent_at is null), 0)::float8
         as outbox,
       -- Tenant by tenant, as the index is: in a storm the packs are the largest table there is.
       coalesce((select extract(epoch from clock_timestamp() - min(oldest.at)) from stops s
         cross join lateral (select min(enqueued_at) as at from audit_pack p where p.tenant_id = s.tenant_id) oldest
         where s.scope = 'everything'), 0)::float8 as audit,
       ${oldestDue} as late,
       (select count(distinct place) from audit_anchor_in_force a where failing_since is not null
         and not exists (select 1 from audit_log_meta m
           where m.tenant_id = a.tenant_id and m.log_id = a.log_id and m.closed_at is not null)) as failing,
       exists (select 1 from stops where scope = 'audit' and active) as doubt`,
    [onApprovalClock],
  );
  return {
    outboxLagSeconds: rows[0]?.outbox ?? 0,
    auditLagSeconds: rows[0]?.audit ?? 0,
    deadlinesLateSeconds: rows[0]?.late ?? 0,
    anchorsFailing: rows[0]?.failing ?? 0,
    logInDoubt: rows[0]?.doubt ?? false,
  };
}
