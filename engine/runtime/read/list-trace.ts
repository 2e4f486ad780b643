import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

/** One trigger that was tried for the alert, and why it did or did not start a run. */
export interface TraceLine {
  playbookId: string;
  triggerId: string;
  element: string;
  outcome: string;
  /** From the catalogue; null when a run started. */
  code: string | null;
  detail: string | null;
  runId: string | null;
  at: string;
}

interface Row {
  playbook_id: string;
  trigger_id: string;
  element_key: string;
  outcome: string;
  code: string | null;
  detail: string | null;
  run_id: string | null;
  at: Date;
}

/** In the order they were tried. Of an alert, or of a signal. */
export function listTrace(
  sql: Sql,
  tenant: TenantId,
  eventId: string,
  request: PageRequest,
): Promise<Page<TraceLine>> {
  const conditions = conditionsFor('tenant_id', tenant);
  add(conditions, 'event_id = ?', eventId);
  return readPage<Row, TraceLine>(sql, request, {
    question: questionOf('trace', { eventId }),
    columns: 'playbook_id, trigger_id, element_key, outcome, code, detail, run_id, at',
    from: 'decision_traces',
    conditions,
    sortColumn: 'seq',
    sortKind: 'index',
    idColumn: 'seq',
    descending: false,
    toItem: (row) => ({
      playbookId: row.playbook_id,
      triggerId: row.trigger_id,
      element: row.element_key,
      outcome: row.outcome,
      code: row.code,
      detail: row.detail,
      runId: row.run_id,
      at: timeOf(row.at),
    }),
  });
}
