import type { EntryDraft } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';

/*
 * Of two people who lift a stop or the pause, the first one's word lasts an hour. It is about the situation as it was:
 * weeks later one more person would lift alone what takes two. Whoever wants it still says so again.
 */

/** As long as a question is open unless its playbook says otherwise. */
const lasts = `interval '1 hour'`;

const found = `
select exists (select from stops where tenant_id = $1 and clear_requested_at <= clock_timestamp() - ${lasts}) as stops,
  exists (select from pauses where tenant_id = $1 and lift_asked_at <= clock_timestamp() - ${lasts}) as pause`;

/** Looked for again and again. Both tables are locked as whoever lifts locks them. */
export async function lapseWords(parts: EngineParts): Promise<void> {
  const { database, tenant } = parts;
  const [old] = (await database.query<{ stops: boolean; pause: boolean }>(found, [tenant])).rows;
  if (old?.stops !== true && old?.pause !== true) return;
  await database.transaction(async (tx) => {
    // Whoever waits for the lock holds up those behind it; the next look comes in a second.
    await tx.query(`set local lock_timeout = '2s'`);
    if (old.stops) {
      await tx.query('lock table stops in exclusive mode');
      await lapseStops(tx, parts);
    }
    if (old.pause) {
      await tx.query('lock table pauses in exclusive mode');
      await lapsePause(tx, parts);
    }
  });
  parts.afterCommit({ entries: true });
}

interface Lapsed {
  by: string;
  at: Date;
  scope?: string;
  subject?: string;
}

const stops = `
update stops s set clear_requested_by = null
from (select scope, subject, clear_requested_by as by, clear_requested_at as at from stops
  where tenant_id = $1 and clear_requested_at <= clock_timestamp() - ${lasts}) old
where s.tenant_id = $1 and s.scope = old.scope and s.subject = old.subject
returning old.by, old.at, s.scope, s.subject`;

/** With the table locked. */
export async function lapseStops(tx: Tx, parts: EngineParts): Promise<void> {
  await write(tx, parts, 'stop.clear-lapsed', (await tx.query<Lapsed>(stops, [parts.tenant])).rows);
}

const pause = `
update pauses p set lift_asked_by = null
from (select lift_asked_by as by, lift_asked_at as at from pauses
  where tenant_id = $1 and lift_asked_at <= clock_timestamp() - ${lasts}) old
where p.tenant_id = $1
returning old.by, old.at`;

/** With the table locked. */
export async function lapsePause(tx: Tx, parts: EngineParts): Promise<void> {
  await write(tx, parts, 'pause.lift-lapsed', (await tx.query<Lapsed>(pause, [parts.tenant])).rows);
}

async function write(
  tx: Tx,
  { tenant, mint }: EngineParts,
  type: 'stop.clear-lapsed' | 'pause.lift-lapsed',
  lapsed: readonly Lapsed[],
): Promise<void> {
  if (lapsed.length === 0) return;
  const entries = lapsed.map(
    ({ by, at, scope, subject }): EntryDraft => ({
      type,
      actor: { kind: 'system', id: 'timekeeper', channel: 'engine' },
      outcome: 'success',
      reason: 'no second person said so within an hour',
      data: {
        ...(scope !== undefined && subject !== undefined && { scope, subject }),
        asked_by: by,
        asked_at: at.toISOString(),
      },
    }),
  );
  await recordAudit(tx, tenant, await databaseNowMs(tx), entries, mint);
}
