import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Seen } from '../../core/contracts/scope.ts';
import { explainUndo, type Follows } from '../../core/undo/explain-undo.ts';
import { chosen, family, originOf } from '../store/queries/undo-records.ts';
import type { Sql } from '../store/sql.ts';
import { type Target, targetOf } from './target.ts';

/** A record that an undo of the run would take up now. */
export interface UndoableItem {
  stepPath: string;
  stepName: string;
  action: string;
  target: Target | null;
  /** As its hold knows it: `found`, it was so before the run came. */
  origin: 'ours' | 'found' | 'unknown';
  /** What the order comes to as things stand. Records of one effect on one target share its fate. */
  follows: Follows;
  /** An earlier undo of it failed. */
  failed: boolean;
  /** What an earlier undo expected of the target and found instead. */
  changed: Seen | null;
  /** Why it cannot be taken back; null when it can. */
  irreversible: string | null;
  /** Another run holds the effect as well, so it stays. */
  wanted: boolean;
}

interface Row {
  id: string;
  effect: string | null;
  step_path: string;
  step_name: string;
  action: string;
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
  origin: UndoableItem['origin'];
  state: string;
  expected: JsonObject | null;
  found: JsonObject | null;
  irreversible: string | null;
  wanted: boolean;
}

const itemsMax = 200;

/** What an undo of these steps, or of all, would claim, in its order: the newest first, the first 200 of them. */
export async function listUndoable(
  sql: Sql,
  tenant: TenantId,
  run: string,
  steps: readonly string[] | null,
): Promise<UndoableItem[]> {
  const { rows } = await sql.query<Row>(
    `with recursive ${family}
     select u.id, u.effect, u.step_path, u.step_name, u.action, u.target_kind, u.target_id, t.facts->>'name' as target_name,
       ${originOf('u')} as origin, u.state, u.expected, u.found, u.inverse->>'irreversible' as irreversible,
       -- Counted: of exists() all holds there are may be read and hashed.
       (select count(*) from (select from holds h where h.tenant_id = $1 and h.effect = u.effect
         and h.target_kind = u.target_kind and h.target_id = u.target_id and h.state in ('wanted', 'held')
         and h.run_id not in (select id from members) limit 1) one) > 0 as wanted
     from members f
     join undo_records u on u.tenant_id = $1 and u.run_id = f.id and u.state in ('done', 'undo-failed', 'changed-since')
     left join target_facts t on t.tenant_id = $1 and t.kind = u.target_kind and t.target_id = u.target_id
     where ${chosen}
     order by u.seq desc limit ${itemsMax}`,
    [tenant, run, steps, null, null],
  );
  const explained = explainUndo(
    rows.map(({ id, effect, target_kind: kind, target_id: targetId, origin, irreversible, wanted }) => ({
      id,
      effect,
      target: kind === null || targetId === null ? null : { kind, id: targetId },
      origin,
      irreversible,
      heldBy: wanted ? ['another run'] : [],
    })),
  );
  const followsOf = new Map(explained.map(({ id, follows }) => [id, follows]));
  return rows.map((row) => ({
    stepPath: row.step_path,
    stepName: row.step_name,
    action: row.action,
    target: targetOf(row.target_kind, row.target_id, row.target_name),
    origin: row.origin,
    follows: followsOf.get(row.id) ?? 'undo',
    failed: row.state === 'undo-failed',
    changed: row.found === null ? null : { expected: row.expected ?? {}, found: row.found },
    irreversible: row.irreversible,
    wanted: row.wanted,
  }));
}
