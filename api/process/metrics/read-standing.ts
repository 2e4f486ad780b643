import { isUnhealthy } from '../../../engine/core/connection/judge-health.ts';
import type { Read } from '../../../engine/runtime/read/open-read.ts';
import type { Backlog } from '../../../engine/runtime/read/read-backlog.ts';
import type { Health } from '../../../engine/runtime/read/read-health.ts';
import type { TenantId } from '../../../schemas/ids.ts';

/** Of the whole installation: every process says the same, so take the maximum over them, never the sum. */
export interface Standing {
  health: Health;
  backlog: Backlog;
  connectionsFailing: number;
  /** Whether the log takes an entry: on a full disk all that people and playbooks order is refused. */
  logWritable: boolean;
}

/** @throws when the store does not answer; what it cannot write is an answer */
export async function readStanding(
  read: Read,
  tenant: TenantId,
  probeEntries: () => Promise<void>,
): Promise<Standing> {
  const [health, backlog, connections, logWritable] = await Promise.all([
    read.readHealth(),
    read.readBacklog(tenant),
    // A file names a few dozen of them.
    read.listConnections(tenant, {}, { limit: 200, cursor: undefined }),
    probeEntries().then(
      () => true,
      () => false,
    ),
  ]);
  const connectionsFailing = connections.items.filter((each) => isUnhealthy(each.health)).length;
  return { health, backlog, connectionsFailing, logWritable };
}
