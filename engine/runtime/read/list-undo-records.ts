import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../../core/contracts/action.ts';
import { foundDigest } from '../../core/undo/found-digest.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { type Target, targetOf } from './target.ts';
import { timeOf } from './time.ts';

/*
 * Undo records over all runs, for whoever looks at what could not be taken back and not at runs. Without a
 * filter by state these are the ones that wait for a person.
 */

/** Persisted words: `undo_records.state`. */
export const troubleStates = ['undo-failed', 'changed-since'] as const;
export const undoListStates = [...troubleStates, 'undoing', 'left-as-is'] as const;

export interface UndoFilter {
  state?: string[] | undefined;
  system?: string | undefined;
  action?: string | undefined;
  target?: { kind: string; id: string } | undefined;
  incident?: string | undefined;
  run?: string | undefined;
}

export interface UndoRecordItem {
  id: string;
  run: { id: string; state: string };
  incidentId: string | null;
  playbook: { id: string; title: string };
  step: string;
  name: string;
  action: string;
  effect: string | null;
  target: Target | null;
  /** How it would be taken back; null when there is no way. */
  inverse: string | null;
  state: string;
  /** Why the newest try did not take it back. */
  failure: { code: string; message: string } | null;
  /** What the target was left as and what it showed instead; `digest` names what was found. */
  changed: { expected: JsonObject; found: JsonObject; digest: string } | null;
  /** How often it was tried. */
  tries: number;
  /** When its state was last settled, or when it was done. */
  at: string;
}

interface Row {
  id: string;
  run_id: string;
  run_state: string;
  incident_id: string | null;
  playbook_id: string;
  playbook_title: string;
  step_path: string;
  step_name: string;
  action: string;
  effect: string | null;
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
  inverse: string | null;
  state: string;
  failure: Failure | null;
  expected: JsonObject | null;
  found: JsonObject | null;
  generation: number;
  at: Date;
}

/** The expression of the index `undo_records_trouble`. */
const settled = 'coalesce(u.settled_at, u.created_at)';

const columns = `u.id, u.run_id, r.state as run_state, r.incident_id, r.playbook_id, v.title as playbook_title, u.step_path,
  u.step_name, u.action, u.effect, u.target_kind, u.target_id, f.facts->>'name' as target_name,
  u.inverse->>'action' as inverse, u.state, u.failure, u.expected, u.found, u.generation, ${settled} as at`;

const tables = `undo_records u
  join runs r on r.tenant_id = u.tenant_id and r.id = u.run_id
  join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id
    and v.version = r.playbook_version
  left join target_facts f on f.tenant_id = u.tenant_id and f.kind = u.target_kind and f.target_id = u.target_id`;

export function listUndoRecords(
  sql: Sql,
  tenant: TenantId,
  filter: UndoFilter,
  request: PageRequest,
): Promise<Page<UndoRecordItem>> {
  const conditions = conditionsFor('u.tenant_id', tenant);
  // Spelt out, so that the index of exactly these states is used.
  if (filter.state === undefined)
    conditions.clauses.push(`u.state in (${troubleStates.map((state) => `'${state}'`).join(', ')})`);
  add(conditions, 'u.state = any(?)', filter.state);
  add(conditions, `starts_with(u.action, ? || '.')`, filter.system);
  add(conditions, 'u.action = ?', filter.action);
  add(
    conditions,
    '(u.target_kind, u.target_id) = ((?::text[])[1], (?::text[])[2])',
    filter.target && [filter.target.kind, filter.target.id],
  );
  add(conditions, 'r.incident_id = ?', filter.incident);
  add(conditions, 'u.run_id = ?', filter.run);
  return readPage<Row, UndoRecordItem>(sql, request, {
    question: questionOf('undo-records', filter),
    columns,
    from: tables,
    conditions,
    sortColumn: settled,
    sortKind: 'time',
    idColumn: 'u.id',
    descending: true,
    toItem,
  });
}

export async function readUndoRecord(sql: Sql, tenant: TenantId, id: string): Promise<UndoRecordItem | null> {
  const { rows } = await sql.query<Row>(
    `select ${columns} from ${tables} where u.tenant_id = $1 and u.id = $2`,
    [tenant, id],
  );
  return rows[0] === undefined ? null : toItem(rows[0]);
}

function toItem(row: Row): UndoRecordItem {
  return {
    id: row.id,
    run: { id: row.run_id, state: row.run_state },
    incidentId: row.incident_id,
    playbook: { id: row.playbook_id, title: row.playbook_title },
    step: row.step_path,
    name: row.step_name,
    action: row.action,
    effect: row.effect,
    target: targetOf(row.target_kind, row.target_id, row.target_name),
    inverse: row.inverse,
    state: row.state,
    failure: row.failure === null ? null : { code: row.failure.code, message: row.failure.message },
    changed:
      row.found === null
        ? null
        : { expected: row.expected ?? {}, found: row.found, digest: foundDigest(row.found) },
    tries: row.generation,
    at: timeOf(row.at),
  };
}
