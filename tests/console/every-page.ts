import { routes } from '../../api/console/routes.ts';
import { seedEntry } from '../api/seed.ts';
import { seedArtifact } from '../api/seed-artifact.ts';
import { seedCases } from '../api/seed-cases.ts';
import { seedStreams } from '../api/seed-streams.ts';
import { seedTask } from '../api/seed-task.ts';
import { seedConnections } from '../connections/seed-connections.ts';
import type { TestDatabase } from '../support/database.ts';
import { seedIncident } from './seed-incident.ts';
import { seedRouting } from './seed-routing.ts';

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
  await seedConnections(db.owner);
  await seedRouting(db.owner);
  const { taskId } = await seedTask(db.owner);
  await db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, action, action_key, connection,
       target_kind, target_id, effect, origin, inverse, state)
     values ('default', 'und_seeded', $1, 'run', 'run/isolate', 'Isolate', 'edr.isolate-host', 'seeded', 'main', 'host', 'DB-1',
       'network-isolated', 'ours', '{"action":"edr.release-host@1"}', 'undo-failed')`,
    [runId],
  );
  await seedArtifact(db.owner);
  // Two versions, so that there is something to compare.
  await db.owner.query(
    `insert into playbook_versions select tenant_id, playbook_id, 2, semver, title, source, source_sha256, plan, digest,
       compiler_version, published_by, published_at from playbook_versions where playbook_id = 'isolate-host'`,
  );
  await db.owner.query(`update playbooks set current_version = 2 where id = 'isolate-host'`);
  await seedCases(db.owner, 'isolate-host');
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
    const connection = path.startsWith('/settings/connections/') ? 'edr.emea' : null;
    const id = connection ?? idOf[path.split('/')[1] ?? ''] ?? approvalId;
    const address = path.replace(':id', id).replace(':verb', 'pause').replace(':version', '1');
    if (path === '/actions/chosen') return `${address}?pick=${approvalId}`;
    return ['/runs/:id/items', '/runs/:id/restart'].includes(path)
      ? `${address}?step=run%2Fisolate`
      : address;
  };
  const of = (method: string) =>
    routes.filter((route) => route.method === method).map(({ path }) => addressOf(path));
  const open = ['/sign-in', '/sign-in/none', '/signed-out', '/nothing-here', '/codes/compile/unknown-step'];
  return { gets: of('get'), posts: of('post'), open, approvalId, digest, runId, alertId };
}
