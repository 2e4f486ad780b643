import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { Plan } from '../../../core/contracts/plan.ts';
import { stepAt } from '../../../core/run/list-steps.ts';
import { decodeSnapshot } from '../../../core/run/stored-snapshot.ts';
import { recordsOf } from '../../../core/undo/undo-record.ts';
import type { Tx } from '../sql.ts';
import { settleUndo, unplanUndo } from './undo-records.ts';

/*
 * What undos that end in the middle had claimed. Nobody works it off any more, so it is given back: another undo
 * finds it, its lease ends again, and the question about the end of its lease is asked anew. All of it before
 * the scopes are ended. `path` is null for all scopes of the run.
 */

const asking = `
select snapshot from scopes
where tenant_id = $1 and run_id = $2 and ($3::text is null or path = $3) and live <> 'ended' and kind not in ('loop', 'undo')
  and strpos(snapshot, '"frozen"') > 0`;

/** Of the undo steps that ask: no scope has their records yet. As text, since what alerts say need not be `jsonb`. */
async function frozenRecords(
  tx: Tx,
  tenant: TenantId,
  { runId, path, plan }: HaltedScopes,
): Promise<string[]> {
  const { rows } = await tx.query<{ snapshot: string }>(asking, [tenant, runId, path]);
  return rows.flatMap((row) => {
    const snapshot = decodeSnapshot(row.snapshot);
    if (!('context' in snapshot)) return [];
    return Object.entries(snapshot.context.steps).flatMap(([step, { frozen }]) =>
      frozen !== null && stepAt(plan, step)?.kind === 'undo' ? recordsOf(frozen).map(({ id }) => id) : [],
    );
  });
}

/*
 * Records that have a scope of their own. One whose lease asks is not claimed before there is a yes, and somebody
 * else may have claimed it meanwhile: then it names no question any more.
 */
const opened = `
select u.id, s.parent as asked, u.released_at is not null as released
from scopes s join frames f on f.tenant_id = $1 and f.run_id = s.run_id and f.path = s.frame_path
join undo_records u on u.tenant_id = $1 and u.id = s.item->'value'->>'id'
where s.tenant_id = $1 and s.run_id = $2 and s.kind = 'undo' and s.live <> 'ended'
  and case when f.frame->'undo'->>'askFirst' is null then u.state = 'undoing' and u.lease_asked is null
    else u.state in ('done', 'undoing') and u.lease_asked = s.parent end
order by u.id for update of u`;

interface OpenedRow {
  id: string;
  asked: string;
  released: boolean;
}

const untouched = `
update undo_records u set state = 'done', lease_asked = null,
  lease_until = case when u.lease_until <= clock_timestamp() then clock_timestamp() + interval '1 hour' else u.lease_until end
where u.tenant_id = $1 and u.id = any($2)`;

/** Where the hold was let go of, the inverse may be out or not: that is a failed try, and the next one another effect. */
async function giveBackOpened(tx: Tx, tenant: TenantId, { runId, error }: HaltedScopes): Promise<void> {
  const { rows } = await tx.query<OpenedRow>(opened, [tenant, runId]);
  const failure = { code: 'run/halted', kind: 'terminal' as const, message: `halted: ${error}` };
  const tried = rows.filter(({ released }) => released);
  await settleUndo(
    tx,
    tenant,
    tried.map(({ id, asked }) => ({
      id,
      outcome: 'undo-failed',
      failure,
      expected: null,
      found: null,
      asked,
    })),
  );
  const rest = rows.filter(({ released }) => !released);
  await tx.query(untouched, [tenant, rest.map(({ id }) => id)]);
}

export interface HaltedScopes {
  runId: RunId;
  path: string | null;
  plan: Plan;
  /** What broke it. */
  error: string;
  /** Claimed by this very transaction. */
  planned: readonly string[];
}

export async function giveBackUndos(tx: Tx, tenant: TenantId, halted: HaltedScopes): Promise<void> {
  const { path, planned } = halted;
  await unplanUndo(tx, tenant, [...planned, ...(await frozenRecords(tx, tenant, halted))]);
  // A loop that goes on gives back what its one broken scope had.
  if (path === null) await giveBackOpened(tx, tenant, halted);
}
