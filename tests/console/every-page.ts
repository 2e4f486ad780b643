import { routes } from '../../api/console/routes.ts';
import { seedEntry } from '../api/seed.ts';
import { seedStreams } from '../api/seed-streams.ts';
import { seedTask } from '../api/seed-task.ts';
import type { TestDatabase } from '../support/database.ts';
import { seedIncident } from './seed-incident.ts';

export interface EveryPage {
  /** Each route of the console with something of its kind, in the order of `routes.ts`. */
  gets: string[];
  posts: string[];
  /** Pages for those who are not signed in. */
  open: string[];
  approvalId: string;
  digest: string;
  runId: string;
  alertId: string;
}

/** Something of each kind, so that no page is empty, and the address of every page. */
export async function seedEveryPage(db: TestDatabase): Promise<EveryPage> {
  const seeded = await seedIncident(db.owner);
  const { approvalId, digest, runId, incidentId, alertId } = seeded;
  await seedEntry(db.owner, 0, { type: 'run.started', runId });
  await seedStreams(db.owner);
  const { taskId } = await seedTask(db.owner);
  await db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state)
     values ('default', 'und_seeded', $1, 'run', 'run/isolate', 'Isolate', 'edr.isolate-host', 'seeded', 'main', 'host', 'DB-1',
       'network-isolated', 'ours', '{"action":"edr.release-host@1"}', 'undo-failed')`,
    [runId],
  );
  const idOf: Record<string, string> = {
    a: approvalId,
    t: taskId,
    runs: runId,
    incidents: incidentId,
    undo: 'und_seeded',
    alerts: alertId,
    playbooks: 'isolate-host',
    audit: '0',
  };
  const addressOf = (path: string): string => {
    const id = idOf[path.split('/')[1] ?? ''] ?? approvalId;
    const address = path.replace(':id', id).replace(':verb', 'pause');
    return path === '/runs/:id/items' ? `${address}?step=run%2Fisolate` : address;
  };
  const of = (method: string) =>
    routes.filter((route) => route.method === method).map(({ path }) => addressOf(path));
  const open = ['/sign-in', '/sign-in/none', '/signed-out', '/nothing-here', '/codes/compile/unknown-step'];
  return { gets: of('get'), posts: of('post'), open, approvalId, digest, runId, alertId };
}
