import { setTimeout as sleep } from 'node:timers/promises';
import { listApprovals } from '../../engine/runtime/read/list-approvals.ts';
import { listRuns } from '../../engine/runtime/read/list-runs.ts';
import { findAlarms, findDue, nextDueMs } from '../../engine/runtime/store/queries/find-due.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { median } from './percentiles.ts';

/** Milliseconds, medians of forty. */
export interface ReadMs {
  /** Rows and scopes, as the timekeeper looks. */
  findDueMs: number;
  nextDueMs: number;
  /** Fifty pending approvals as the console lists them, and the page after. */
  listApprovalsMs: number;
  listApprovalsNextMs: number;
  listRunsMs: number;
}

export async function waitUntilParked(sql: Sql, runs: number): Promise<void> {
  for (;;) {
    const { rows } = await sql.query<{ parked: number }>(
      `select count(*)::int as parked from runs where state = 'waiting'`,
    );
    if ((rows[0]?.parked ?? 0) >= runs) return;
    await sleep(50);
  }
}

export async function readListsAndDeadlines(sql: Sql): Promise<ReadMs> {
  const filter = { status: ['pending'] };
  const first = await listApprovals(sql, defaultTenant, filter, { limit: 50 });
  return {
    findDueMs: await timed(async () => {
      await findDue(sql, defaultTenant, 200);
      await findAlarms(sql, defaultTenant, 200);
    }),
    nextDueMs: await timed(() => nextDueMs(sql, defaultTenant, 1_000)),
    listApprovalsMs: await timed(() => listApprovals(sql, defaultTenant, filter, { limit: 50 })),
    listApprovalsNextMs: await timed(() =>
      listApprovals(sql, defaultTenant, filter, { limit: 50, cursor: first.next ?? undefined }),
    ),
    listRunsMs: await timed(() => listRuns(sql, defaultTenant, { status: ['waiting'] }, { limit: 50 })),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let turn = 0; turn < 40; turn++) {
    const beganAt = performance.now();
    await work();
    all.push(performance.now() - beganAt);
  }
  return median(all);
}

/** Tables and indexes of everything that a waiting run has besides its alert and its entries. */
export async function waitingBytes(sql: Sql): Promise<number> {
  const { rows } = await sql.query<{ bytes: number }>(
    `select sum(pg_total_relation_size(('riposte.' || name)::regclass))::bigint as bytes
     from unnest(array['runs', 'scopes', 'steps', 'approvals', 'deadlines', 'attempts', 'outbox']) as name`,
  );
  return rows[0]?.bytes ?? 0;
}
