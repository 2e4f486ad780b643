import type { TenantId } from '../../../schemas/ids.ts';
import type { Plan } from '../../core/contracts/plan.ts';
import type { RunGiven } from '../../core/run/context.ts';
import { initialSnapshot } from '../../core/run/decide.ts';
import { isKept, restartFrom } from '../../core/run/restart.ts';
import { planPathOf } from '../../core/run/scope-path.ts';
import { decodeSnapshot } from '../../core/run/stored-snapshot.ts';
import { rootScope } from '../create-run.ts';
import { isLoadable } from '../park-runs.ts';
import type { Sql } from '../store/sql.ts';
import { listUndoable, type UndoableItem } from './list-undoable.ts';

export interface RestartPreview {
  /** Why the step itself cannot be taken up, as far as the plan and the run's snapshot say; null when it can. */
  against: string | null;
  /** What stays done with its step, and is walked over. */
  kept: UndoableItem[];
  /** What stands as well, though its step runs once more. */
  again: UndoableItem[];
}

interface Ended {
  compilerVersion: number;
  snapshotVersion: number;
  given: RunGiven;
  snapshot: string;
  plan: Plan;
}

/** What a restart at this step would leave as it is; the order itself looks again, and at more. */
export async function previewRestart(
  sql: Sql,
  tenant: TenantId,
  runId: string,
  step: string,
): Promise<RestartPreview> {
  const { rows } = await sql.query<Ended>(
    `select r.compiler_version as "compilerVersion", r.snapshot_version as "snapshotVersion", given_of(r) as given,
       s.snapshot, v.plan
     from runs r join scopes s on s.tenant_id = r.tenant_id and s.run_id = r.id and s.path = 'run'
     join playbook_versions v on v.tenant_id = r.tenant_id and v.playbook_id = r.playbook_id and v.digest = r.digest
     where r.tenant_id = $1 and r.id = $2 order by v.version desc limit 1`,
    [tenant, runId],
  );
  const [run] = rows;
  const items = await listUndoable(sql, tenant, runId, null);
  const refuse = (against: string) => ({ against, kept: items, again: [] });
  if (run === undefined) return refuse('the version that it runs is not there any more');
  if (!isLoadable(run)) return refuse('the run was compiled by another version; start the playbook anew');
  const ended = decodeSnapshot(run.snapshot);
  if (!('context' in ended)) return refuse('the run has no snapshot of its own');
  const first = initialSnapshot(run.plan, rootScope);
  const restarted = restartFrom(run.plan, ended, first, step, run.given.generations);
  if (!restarted.ok) return refuse(restarted.message);
  const { snapshot } = restarted;
  const stays = ({ stepPath }: UndoableItem) =>
    isKept(snapshot, stepPath) || snapshot.context.steps[planPathOf(stepPath)]?.kept === true;
  return { against: null, kept: items.filter(stays), again: items.filter((item) => !stays(item)) };
}
