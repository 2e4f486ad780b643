import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { standing } from './list-contained.ts';
import { troubleStates } from './list-undo-records.ts';

/** What waits and what stands. Each is counted up to `countedMax`: beyond it one more says nothing new. */
export interface Backlog {
  /** Stored, and not matched yet. */
  alertsUnmatched: number;
  runs: { [state in (typeof openStates)[number]]: number };
  /** Questions to people. */
  approvalsPending: number;
  /** Seconds until the first of them ends; null when none waits. */
  approvalSoonestSeconds: number | null;
  tasksOpen: number;
  undoTrouble: number;
  contained: number;
  /** The emergency stop of everything, of a system or of a playbook. */
  stops: number;
  paused: boolean;
}

export const countedMax = 1_000;

const openStates = ['queued', 'running', 'waiting', 'undoing'] as const;

/** In the order of an index that has these rows alone, so that the first of many are enough. */
const upTo = (from: string, order: string) =>
  `(select count(*)::int from (select 1 from ${from} order by ${order} limit ${countedMax}) first)`;

/** As the index of what is not matched yet has it (migration 0014). */
const unmatched = `array_position(array['critical', 'high', 'medium', 'low', 'informational'], severity), received_at`;

const troubled = `state in (${troubleStates.map((state) => `'${state}'`).join(', ')})`;

const text = `
select
  ${upTo(`alerts where tenant_id = $1 and state = 'accepted'`, unmatched)} as unmatched,
  ${openStates
    .map((state) => {
      const inState = `runs where tenant_id = $1 and state = '${state}'`;
      return `${upTo(inState, 'created_at desc, id desc')} as ${state}`;
    })
    .join(',\n  ')},
  ${upTo(`approvals where tenant_id = $1 and state = 'pending'`, 'approve_before, id')} as approvals,
  (select extract(epoch from approve_before - clock_timestamp())::float8 from approvals
    where tenant_id = $1 and state = 'pending' order by approve_before, id limit 1) as soonest,
  ${upTo(`tasks where tenant_id = $1 and state = 'open'`, 'answer_before, id')} as tasks,
  ${upTo(`undo_records where tenant_id = $1 and ${troubled}`, 'coalesce(settled_at, created_at) desc, id desc')} as trouble,
  ${upTo(`undo_records u where u.tenant_id = $1 and ${standing}`, 'u.created_at desc, u.id desc')} as contained,
  ${upTo(`stops where tenant_id = $1 and active and scope <> 'audit'`, 'scope, subject')} as stops,
  exists (select 1 from pauses where tenant_id = $1 and active) as paused`;

interface Row extends Record<(typeof openStates)[number], number> {
  unmatched: number;
  approvals: number;
  soonest: number | null;
  tasks: number;
  trouble: number;
  contained: number;
  stops: number;
  paused: boolean;
}

export async function readBacklog(sql: Sql, tenant: TenantId): Promise<Backlog> {
  const row = (await sql.query<Row>(text, [tenant])).rows[0];
  if (row === undefined) throw new TypeError('a statement of counts has one row');
  const { queued, running, waiting, undoing } = row;
  return {
    alertsUnmatched: row.unmatched,
    runs: { queued, running, waiting, undoing },
    approvalsPending: row.approvals,
    approvalSoonestSeconds: row.soonest,
    tasksOpen: row.tasks,
    undoTrouble: row.trouble,
    contained: row.contained,
    stops: row.stops,
    paused: row.paused,
  };
}
