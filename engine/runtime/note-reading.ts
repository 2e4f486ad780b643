import { performance } from 'node:perf_hooks';
import type { IncidentId, MintId, RunId, TenantId } from '../../schemas/ids.ts';
import type { Actor } from '../core/contracts/entry.ts';
import { recordAudit } from './record-audit.ts';
import type { Database } from './store/database.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';

/*
 * Reading the log leaves an entry (PCI DSS 10.2.1.3), and must not feed itself: one for each reader and door
 * in an hour, whatever they read and in however many pages, so at most 24 a day. An export is a few thousand
 * requests and one entry. Evidence is taken of something, and that is one entry in an hour for each of those. A backtest
 * reads no entry but thousands of alerts, and is noted in the same way under a type of its own. It is
 * written before the answer goes out; who cannot be noted reads nothing.
 */

export type NoteReading = (
  reader: { actor: Actor; requestId: string },
  what: string,
  about?: ReadAbout,
) => Promise<void>;

export type ReadAbout = { incidentId: IncidentId } | { runId: RunId } | { alerts: 'backtest' };

const windowSeconds = 3_600;

/** In: tenant, reader, door, seconds. Out: a row for the first reading of a window. */
const openWindow = `
insert into audit_reading as known (tenant_id, reader, channel, noted_until)
values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))
on conflict (tenant_id, reader, channel) do update set noted_until = excluded.noted_until
where known.noted_until <= clock_timestamp()
returning 1`;

const selectRest = `
select extract(epoch from noted_until - clock_timestamp())::float8 as rest from audit_reading
where tenant_id = $1 and reader = $2 and channel = $3`;

export function createReadingLedger(database: Database, tenant: TenantId, mint: MintId): NoteReading {
  /** Until when this process need not ask, so that a page costs no write. One item for each row. */
  const known = new Map<string, number>();
  return async ({ actor, requestId }, what, about) => {
    const door = [actor.channel, ...Object.values(about ?? {})].join(' ');
    const key = `${door} ${actor.id}`;
    if ((known.get(key) ?? 0) > performance.now()) return;
    const rest = await database.transaction(async (tx) => {
      const opened = await tx.query(openWindow, [tenant, actor.id, door, windowSeconds]);
      if (opened.rowCount === 0) {
        const { rows } = await tx.query<{ rest: number }>(selectRest, [tenant, actor.id, door]);
        return rows[0]?.rest ?? 0;
      }
      const data = { first: what, window_s: windowSeconds };
      const said = { actor, requestId, outcome: 'success', data } as const;
      const entry =
        about !== undefined && 'alerts' in about
          ? { type: 'playbook.backtested' as const, ...said }
          : { type: 'audit.read' as const, ...said, ...about };
      await recordAudit(tx, tenant, await databaseNowMs(tx), [entry], mint);
      return windowSeconds;
    });
    known.set(key, performance.now() + rest * 1_000);
  };
}
