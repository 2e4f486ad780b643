import type { Plan } from '../core/contracts/plan.ts';
import type { ScopeSnapshot } from '../core/run/context.ts';
import { stepAt } from '../core/run/list-steps.ts';
import { decodeSnapshot } from '../core/run/stored-snapshot.ts';
import { recordsOf } from '../core/undo/undo-record.ts';
import { settleUndo, unplanUndo } from './store/queries/undo-records.ts';
import type { Moving, World } from './world.ts';

/*
 * What a halted scope was taking back. A plan that still waited for people comes to nothing, so its records can be
 * taken back by others. Where the hold was let go of, the inverse may be out or not: a person tries again. Questions
 * about the ends of leases are asked no more, and the leases end again.
 */
export async function haltUndos(
  world: World,
  { scope, loaded }: Moving,
  snapshot: ScopeSnapshot,
  error: string,
): Promise<void> {
  const { tx, parts, batch } = world;
  const { tenant } = parts;
  const { runId, path } = scope;
  const whole = scope.kind === 'run';
  const { rows } = await tx.query<Live>(live, [tenant, runId, whole ? null : path]);
  const settled = new Set(batch.settledUndos.map(({ id }) => id));
  const waiting = planned(loaded.plan, snapshot);
  const under: { id: string; released: boolean }[] = [];
  for (const { record, released, snapshot: stored } of rows) {
    if (stored !== null) waiting.push(...planned(loaded.plan, decodeSnapshot(stored)));
    if (record !== null && !settled.has(record)) under.push({ id: record, released });
  }
  for (const row of batch.newScopes)
    if (whole && row.run_id === runId && row.kind === 'undo' && row.item !== null)
      waiting.push(...recordsOf([row.item]).map(({ id }) => id));
  const failure = { code: 'run/halted', kind: 'terminal' as const, message: `halted: ${error}` };
  const tried = under.filter(({ released }) => released).map(({ id }) => id);
  await settleUndo(
    tx,
    tenant,
    tried.map((id) => ({
      id,
      outcome: 'undo-failed',
      failure,
      expected: null,
      found: null,
      asked: null,
    })),
  );
  await unplanUndo(tx, tenant, [...waiting, ...under.map(({ id }) => id)]);
  if (whole) await tx.query(unasked, [tenant, runId]);
}

/** Records that undo steps of a body have claimed and not begun to work off. */
function planned(plan: Plan, snapshot: ScopeSnapshot): string[] {
  if (!('context' in snapshot)) return [];
  return Object.entries(snapshot.context.steps).flatMap(([path, { frozen }]) =>
    frozen !== null && stepAt(plan, path)?.kind === 'undo' ? recordsOf(frozen).map(({ id }) => id) : [],
  );
}

interface Live {
  /** Of an undo: the record that it has claimed, and whether its hold was let go of. */
  record: string | null;
  released: boolean;
  /** Of an item or a round. */
  snapshot: string | null;
}

/** In: tenant, run, scope path or null for all scopes inside of the run. */
const live = `
select u.id as record, coalesce(u.released_at is not null, false) as released,
  case when s.kind in ('item', 'round') then s.snapshot end as snapshot
from scopes s
left join undo_records u on s.kind = 'undo' and u.tenant_id = $1 and u.id = s.item->'value'->>'id' and u.state = 'undoing'
where s.tenant_id = $1 and s.run_id = $2 and s.live <> 'ended' and s.kind in ('undo', 'item', 'round')
  and (($3::text is null and s.path <> 'run') or s.path = $3)`;

const unasked = `
update undo_records u set lease_asked = null, lease_until = greatest(u.lease_until, clock_timestamp() + interval '1 hour')
where u.tenant_id = $1 and u.run_id = $2 and u.lease_asked is not null`;
