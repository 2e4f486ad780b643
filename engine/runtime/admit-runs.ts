import { performance } from 'node:perf_hooks';
import type { RunId } from '../../schemas/ids.ts';
import { findReturning, hasPlace, takePlace } from './claim-place.ts';
import type { EngineParts, Started } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { Inbound } from './inbound.ts';
import { pauseReason } from './store/queries/pause.ts';
import type { Sql } from './store/sql.ts';
import { submitEach } from './submit-each.ts';
import { createTryLater } from './try-later.ts';

/*
 * Begins runs that were created, in the order of their creation; a run of a concurrency group only
 * when the group has a place. Called right after runs were created or ended, and every second for
 * what a crash left behind. While everything is paused they stay queued.
 */

export interface Admitter {
  /**
   * Begins these runs as far as their groups allow; resolves when that is committed. They are there in any case: what
   * cannot begin at this moment is found by the next look, and their creation has not failed.
   */
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
  let looking: Promise<void> | undefined;
  /** What is to be looked at next: some groups, or whatever there is. */
  const groupsNext = new Set<string>();
  let allNext = false;
  let stopped = false;
  const later = createTryLater<RunId>(() => performance.now());

  async function move(inbounds: readonly Inbound[]): Promise<void> {
    const failed = new Set((await submitEach(parts, advancer, inbounds)).map(({ runId }) => runId));
    for (const { runId } of inbounds) {
      if (failed.has(runId)) later.failed(runId);
      else later.passed(runId);
    }
  }

  /** One look serves all who ask for one meanwhile. */
  function look(): Promise<void> {
    looking ??= (async () => {
      while ((allNext || groupsNext.size > 0) && !stopped) {
        const groups = allNext ? null : [...groupsNext];
        allNext = false;
        groupsNext.clear();
        // Those whose wait is over go ahead of newcomers (language reference 9.15, item 6).
        const returning = await findReturning(parts.database, parts.tenant, atOnceMax, later.waiting());
        await move(returning.map((run) => returnOf(parts, run)));
        const except = later.waiting();
        const queued = await findQueued(parts.database, parts.tenant, groups, except);
        await move(queued.map((run) => inboundOf(parts, run, except)));
      }
    })()
      .catch((error) =>
        parts.log('warn', 'beginning queued runs failed; trying again', { error: String(error) }),
      )
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  function lookAtGroups(groups: readonly string[]): Promise<void> {
    if (groups.length === 0 || stopped) return Promise.resolve();
    for (const group of groups) groupsNext.add(group);
    return look();
  }

  function sweep(): void {
    if (stopped) return;
    allNext = true;
    void look();
  }

  return {
    async admit(runs) {
      const groups = runs.flatMap(({ group }) => group ?? []);
      const free = runs.filter(({ group }) => group === null);
      const begins = free.map((run) => inboundOf(parts, run));
      await Promise.all([submitEach(parts, advancer, begins), lookAtGroups(groups)]);
    },
    freed: (groups) => void lookAtGroups(groups),
    start() {
      timer = setInterval(sweep, sweepMs);
      timer.unref();
      sweep();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await looking;
    },
  };
}

/** A run that has not begun, when its group has a place. */
function inboundOf(
  parts: EngineParts,
  { runId, group, limit }: Started,
  except: readonly RunId[] = [],
): Inbound {
  if (group === null) return { kind: 'begin', runId, path: 'run' };
  return {
    kind: 'ask',
    begins: true,
    runId,
    path: 'run',
    resolve: async (tx) => {
      if ((await pauseReason(tx, parts.tenant)) !== null) return { events: [], entries: [] };
      const free = await hasPlace(tx, parts.tenant, runId, group, limit ?? 1, except);
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
      events: (await takePlace(tx, parts.tenant, run, 'returning')) ? [{ type: 'place.granted' }] : [],
      entries: [],
    }),
  };
}

/** Of everybody's runs that have not begun, those that may; the oldest first. */
const queued = `
select runId as "runId", "group", "limit" from (
  select r.id as runId, r.concurrency_group as "group", r.concurrency_limit as "limit", r.created_at,
    row_number() over (partition by r.concurrency_group order by r.created_at, r.id) as rank
  from runs r where r.tenant_id = $1 and r.state = 'queued' and r.id <> all($3)
    and not exists (select 1 from pauses where tenant_id = $1 and active)
) q
where "group" is null or rank + (
  select count(*) from runs o where o.tenant_id = $1 and o.concurrency_group = q."group"
    and o.state in ('running', 'waiting', 'undoing') and o.place <> 'away') <= "limit"
order by created_at
limit $2`;

/** The same of some groups, without reading the others; of each as many as may get a place at once. */
const queuedOfGroups = `
select q."runId", q."group", q."limit" from unnest($4::text[]) as wanted (name)
cross join lateral (
  select id as "runId", concurrency_group as "group", concurrency_limit as "limit", created_at,
    row_number() over (order by created_at, id) as rank
  from (
    select id, concurrency_group, concurrency_limit, created_at from runs
    where tenant_id = $1 and concurrency_group = wanted.name and state = 'queued' and id <> all($3)
    order by created_at, id
    limit $2
  ) oldest
) q
where not exists (select 1 from pauses where tenant_id = $1 and active) and q.rank + (
  select count(*) from (
    select from runs o where o.tenant_id = $1 and o.concurrency_group = wanted.name
      and o.state in ('running', 'waiting', 'undoing') and o.place <> 'away'
    limit q."limit"
  ) taken) <= q."limit"
order by q.created_at
limit $2`;

/**
 * @param groups null: all, and runs without one
 * @param except those that are left alone
 */
export async function findQueued(
  sql: Sql,
  tenant: string,
  groups: readonly string[] | null,
  except: readonly RunId[] = [],
): Promise<Started[]> {
  const { rows } =
    groups === null
      ? await sql.query<Started>(queued, [tenant, atOnceMax, except])
      : await sql.query<Started>(queuedOfGroups, [tenant, atOnceMax, except, groups]);
  return rows;
}
