import { findReturning, hasPlace, takePlace } from './claim-place.ts';
import type { EngineParts, Started } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { Inbound } from './inbound.ts';
import { pauseReason } from './store/queries/pause.ts';
import type { Sql } from './store/sql.ts';

/*
 * Begins runs that were created, in the order of their creation; a run of a concurrency group only
 * when the group has a place. Called right after runs were created or ended, and every second for
 * what a crash left behind. While everything is paused they stay queued.
 */

export interface Admitter {
  /** Begins these runs as far as their groups allow; resolves when that is committed. */
  admit(runs: readonly Started[]): Promise<void>;
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

  async function admit(runs: readonly Started[]): Promise<void> {
    await Promise.all(runs.map((run) => advancer.submit(inboundOf(parts, run))));
  }

  function sweep(): void {
    if (stopped) return;
    again = true;
    sweeping ??= (async () => {
      while (again && !stopped) {
        again = false;
        // Those whose wait is over go ahead of newcomers (language reference 9.15, item 6).
        const returning = await findReturning(parts.database, parts.tenant, atOnceMax);
        await Promise.all(returning.map((run) => advancer.submit(returnOf(parts, run))));
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

/** A run that has not begun, when its group has a place. */
function inboundOf(parts: EngineParts, { runId, group, limit }: Started): Inbound {
  if (group === null) return { kind: 'begin', runId, path: 'run' };
  return {
    kind: 'ask',
    runId,
    path: 'run',
    resolve: async (tx) => {
      if ((await pauseReason(tx, parts.tenant)) !== null) return { events: [], entries: [] };
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

/** A run whose wait is over, when its group has a place again. */
function returnOf(parts: EngineParts, run: Started): Inbound {
  return {
    kind: 'ask',
    runId: run.runId,
    path: 'run',
    resolve: async (tx) => ({
      events: (await takePlace(tx, parts.tenant, run)) ? [{ type: 'place.granted' }] : [],
      entries: [],
    }),
  };
}

const queued = `
select runId as "runId", "group", "limit" from (
  select r.id as runId, r.concurrency_group as "group", r.concurrency_limit as "limit", r.created_at,
    row_number() over (partition by r.concurrency_group order by r.created_at, r.id) as rank
  from runs r where r.tenant_id = $1 and r.state = 'queued'
    and not exists (select 1 from pauses where tenant_id = $1 and active)
) q
where "group" is null or rank + (
  select count(*) from runs o where o.tenant_id = $1 and o.concurrency_group = q."group"
    and o.state in ('running', 'waiting', 'undoing') and o.place <> 'away') <= "limit"
order by created_at
limit $2`;

async function findQueued(sql: Sql, tenant: string, limit: number): Promise<Started[]> {
  return (await sql.query<Started>(queued, [tenant, limit])).rows;
}
