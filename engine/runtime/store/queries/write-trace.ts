import type { TenantId } from '../../../../schemas/ids.ts';
import type { Tx } from '../sql.ts';
import type { StoredEvent } from './lock-events.ts';
import { traceLine } from './row-types.ts';

export interface TraceRow {
  eventId: string;
  playbookId: string;
  triggerId: string;
  elementKey: string;
  outcome: string;
  code: string | null;
  detail: string | null;
  runId: string | null;
}

/* Traces and the end of matching are one statement. $2 and $3 are the alerts and signals that are done, $4 the lines. */
const text = `
with written as (
  insert into decision_traces (tenant_id, event_id, seq, playbook_id, trigger_id, element_key, outcome, code, detail,
    run_id)
  select $1, event_id, row_number() over (partition by event_id order by ordinality), playbook_id, trigger_id, element_key,
    outcome, code, detail, run_id
  from unnest($4::trace_line[]) with ordinality
  on conflict do nothing
), alerts_done as (
  update alerts set state = 'matched' where tenant_id = $1 and id = any($2)
)
update signals set state = 'matched' where tenant_id = $1 and id = any($3)`;

export async function writeTrace(
  tx: Tx,
  tenant: TenantId,
  done: readonly StoredEvent[],
  lines: readonly TraceRow[],
): Promise<void> {
  const ids = (table: StoredEvent['table']) =>
    done.filter((each) => each.table === table).map((each) => each.event.id);
  const rows = lines.map(({ outcome, code, detail, ...line }) => ({
    event_id: line.eventId,
    playbook_id: line.playbookId,
    trigger_id: line.triggerId,
    element_key: line.elementKey,
    outcome,
    code,
    detail,
    run_id: line.runId,
  }));
  await tx.query(text, [tenant, ids('alerts'), ids('signals'), traceLine.pack(rows)]);
}
