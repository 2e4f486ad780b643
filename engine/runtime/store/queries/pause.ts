import type { TenantId } from '../../../../schemas/ids.ts';
import { invariant } from '../../../core/contracts/invariant.ts';
import type { Sql, Tx } from '../sql.ts';

/** Why everything is paused, or null; it stays so until the caller's transaction has ended. */
export async function pauseReason(tx: Tx, tenant: TenantId): Promise<string | null> {
  const { rows } = await tx.query<{ reason: string | null }>('select pause_reason($1) as reason', [tenant]);
  return rows[0]?.reason ?? null;
}

export interface Moment {
  /** The database's time in milliseconds, from after the wait for whoever was changing the pause. */
  nowMs: number;
  /** As `pauseReason`. */
  pause: string | null;
}

const moment = `
select pause, floor(extract(epoch from clock_timestamp()) * 1000)::bigint as "nowMs" from pause_reason($1) as pause`;

/** What every move asks for, as one statement. */
export async function readMoment(tx: Tx, tenant: TenantId): Promise<Moment> {
  const { rows } = await tx.query<Moment>(moment, [tenant]);
  const [found] = rows;
  invariant(found !== undefined, 'a function gives one row');
  return found;
}

export interface PauseRow {
  active: boolean;
  generation: number;
  setBy: string | null;
  setAt: Date | null;
  reason: string | null;
  liftAskedBy: string | null;
}

const row = `
select active, generation, set_by as "setBy", set_at as "setAt", reason, lift_asked_by as "liftAskedBy"
from pauses where tenant_id = $1`;

/** As it is at this moment, for whoever only looks or holds the lock of `set-pause.ts`. */
export async function readPauseRow(sql: Sql, tenant: TenantId): Promise<PauseRow | null> {
  return (await sql.query<PauseRow>(row, [tenant])).rows[0] ?? null;
}
