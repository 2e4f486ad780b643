import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { type Target, targetOf } from './target.ts';
import { timeOf } from './time.ts';

/** A containment that is held for a time. */
export interface LeaseItem {
  id: string;
  runId: string;
  step: string;
  action: string;
  effect: string | null;
  target: Target | null;
  since: string | null;
  until: string | null;
  atEnd: string;
  /** People are being asked whether to release it. */
  asked: boolean;
}

type Row = Omit<LeaseItem, 'since' | 'until' | 'target'> & {
  since: Date;
  until: Date;
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
};

/** The soonest end first. */
export function listLeases(
  sql: Sql,
  tenant: TenantId,
  filter: { run?: string | undefined },
  request: PageRequest,
): Promise<Page<LeaseItem>> {
  const conditions = conditionsFor('u.tenant_id', tenant);
  // Spelt as the index `undo_records_leased` spells it.
  conditions.clauses.push(`u.state = 'done' and u.lease_until is not null`);
  add(conditions, 'u.run_id = ?', filter.run);
  return readPage<Row, LeaseItem>(sql, request, {
    question: questionOf('leases', filter),
    columns: `u.id, u.run_id as "runId", u.step_path as step, u.action, u.effect, u.leased_at as since, u.lease_until as until,
      u.lease_at_end as "atEnd", u.lease_asked is not null as asked,
      u.target_kind, u.target_id, (select t.facts->>'name' from target_facts t where t.tenant_id = u.tenant_id
        and t.kind = u.target_kind and t.target_id = u.target_id) as target_name`,
    from: 'undo_records u',
    conditions,
    sortColumn: 'u.lease_until',
    sortKind: 'time',
    idColumn: 'u.id',
    descending: false,
    toItem: ({ id, runId, step, action, effect, since, until, atEnd, asked, ...row }) => ({
      id,
      runId,
      step,
      action,
      effect,
      target: targetOf(row.target_kind, row.target_id, row.target_name),
      since: timeOf(since),
      until: timeOf(until),
      atEnd,
      asked,
    }),
  });
}
