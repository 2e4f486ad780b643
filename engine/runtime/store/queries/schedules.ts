import type { Code } from '../../../../schemas/codes.ts';
import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Sql } from '../sql.ts';
import type { CurrentPlaybook } from './current-playbook.ts';

/** A schedule of an enabled playbook, and the instant up to which it has been looked after. */
export interface Schedule extends CurrentPlaybook {
  triggerId: string;
  sinceMs: number;
}

/* The newest tick, or since when the playbook listens as it does: whatever is later. */
const text = `
select t.playbook_id as "playbookId", t.trigger_id as "triggerId", v.version, v.digest,
  v.source_sha256 as "sourceSha256", v.published_by as "publishedBy",
  greatest(p.listens_since, (select max(s.due_at) from schedule_ticks s where s.tenant_id = t.tenant_id
    and s.playbook_id = t.playbook_id and s.trigger_id = t.trigger_id)) as since
from triggers_index t
join playbooks p on p.tenant_id = t.tenant_id and p.id = t.playbook_id and p.enabled
join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
where t.tenant_id = $1 and t.type = 'schedule'
order by t.playbook_id, t.trigger_id`;

export async function listSchedules(sql: Sql, tenant: TenantId): Promise<Schedule[]> {
  const { rows } = await sql.query<Omit<Schedule, 'sinceMs'> & { since: Date }>(text, [tenant]);
  return rows.map(({ since, ...row }) => ({ ...row, sinceMs: since.getTime() }));
}

export interface Tick {
  playbookId: string;
  triggerId: string;
  dueMs: number;
}

export async function isTicked(sql: Sql, tenant: TenantId, tick: Tick): Promise<boolean> {
  const known = `select 1 from schedule_ticks
    where tenant_id = $1 and playbook_id = $2 and trigger_id = $3 and due_at = to_timestamp($4 / 1000.0)`;
  return (await sql.query(known, [tenant, tick.playbookId, tick.triggerId, tick.dueMs])).rows.length > 0;
}

const insert = `
insert into schedule_ticks (tenant_id, playbook_id, trigger_id, due_at, outcome, code, detail, run_id)
values ($1, $2, $3, to_timestamp($4 / 1000.0), $5, $6, $7, $8)`;

export async function writeTick(
  sql: Sql,
  tenant: TenantId,
  tick: Tick,
  result: { outcome: string; code: Code | null; detail: string | null; runId: RunId | null },
): Promise<void> {
  const { outcome, code, detail, runId } = result;
  await sql.query(insert, [
    tenant,
    tick.playbookId,
    tick.triggerId,
    tick.dueMs,
    outcome,
    code,
    detail,
    runId,
  ]);
}
