import type { RunId } from '../../schemas/ids.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { Inbound } from './inbound.ts';
import type { Sql } from './store/sql.ts';

/*
 * Begins runs that were created, in the order of their creation; a run of a concurrency group only
 * when the group has a place. Called right after runs were created or ended, and every second for
 * what a crash left behind.
 */

export interface Admitter {
  /** Begins these runs as far as their groups allow; resolves when that is committed. */
  admit(runs: readonly { runId: RunId; group: string | null; limit: number | null }[]): Promise<void>;
  /** A group got a place. */
  freed(groups: readonly string[]): void;
  start(): void;
  stop(): Promise<void>;
}

const sweepMs = 1_000;
const atOnceMax = 500;

export function createAdmitter(parts: EngineParts, advancer: Advancer): Admitter {
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  async function admit(
    runs: readonly { runId: RunId; group: string | null; limit: number | null }[],
  ): Promise<void> {
    await Promise.all(runs.map((run) => advancer.submit(inboundOf(parts, run))));
  }

  function sweep(): void {
    if (stopped) return;
    again = true;
    sweeping ??= (async () => {
      while (again && !stopped) {
        again = false;
        await admit(await findQueued(parts.database, parts.tenant, atOnceMax));
      }
    })()
      .catch((error) =>
        parts.log('warn', 'beginning queued runs failed; trying again', { error: String(error) }),
      )
      .finally(() => {
        sweeping = undefined;
      });
  }

  return {
    admit,
    freed: (groups) => {
      if (groups.length > 0) sweep();
    },
    start() {
      timer = setInterval(sweep, sweepMs);
      timer.unref();
      sweep();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await sweeping;
    },
  };
}

function inboundOf(
  parts: EngineParts,
  run: { runId: RunId; group: string | null; limit: number | null },
): Inbound {
  const { runId, group, limit } = run;
  if (group === null) return { kind: 'begin', runId };
  return {
    kind: 'ask',
    runId,
    resolve: async (tx) => {
      const free = await hasPlace(tx, parts.tenant, runId, group, limit ?? 1);
      // At once, so that the next run of the group in this very transaction counts it.
      if (free)
        await tx.query(`update runs set state = 'running' where tenant_id = $1 and id = $2`, [
          parts.tenant,
          runId,
        ]);
      return { events: free ? [{ type: 'run.started' }] : [], entries: [] };
    },
  };
}

/*
 * Whether this run is next in its group and the group has a place. The advisory lock makes the count
 * and the start one step among all engines: without it two could both see the last free place.
 */
async function hasPlace(
  tx: Sql,
  tenant: string,
  runId: RunId,
  group: string,
  limit: number,
): Promise<boolean> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${tenant}/group/${group}`]);
  const { rows } = await tx.query<{ free: boolean }>(place, [tenant, runId, group, limit]);
  return rows[0]?.free ?? false;
}

const place = `
select state = 'queued' and (
  select count(*) from runs o
  where o.tenant_id = $1 and o.concurrency_group = $3 and (o.state in ('running', 'waiting', 'undoing')
    or (o.state = 'queued' and (o.created_at, o.id) < (r.created_at, r.id)))
) < $4 as free
from runs r where r.tenant_id = $1 and r.id = $2`;

const queued = `
select runId as "runId", "group", "limit" from (
  select r.id as runId, r.concurrency_group as "group", r.concurrency_limit as "limit", r.created_at,
    row_number() over (partition by r.concurrency_group order by r.created_at, r.id) as rank
  from runs r where r.tenant_id = $1 and r.state = 'queued'
) q
where "group" is null or rank + (
  select count(*) from runs o where o.tenant_id = $1 and o.concurrency_group = q."group"
    and o.state in ('running', 'waiting', 'undoing')) <= "limit"
order by created_at
limit $2`;

async function findQueued(sql: Sql, tenant: string, limit: number) {
  return (
    await sql.query<{ runId: RunId; group: string | null; limit: number | null }>(queued, [tenant, limit])
  ).rows;
}
