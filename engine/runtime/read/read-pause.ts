import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

export interface Pause {
  active: boolean;
  generation: number;
  setBy: string | null;
  setAt: string | null;
  reason: string | null;
  /** The first of the two people that lifting needs. */
  liftAskedBy: string | null;
  /** Their id: two people may have one name. */
  liftAskedById: string | null;
}

/** How much waits for the end of a pause; counted when somebody asks for it, for it may be all there is. */
export interface PausedCounts {
  /** Runs, those that wait for a place in their group included. */
  queued: number;
  /** Actions. */
  held: number;
}

interface Row extends Omit<Pause, 'setAt'> {
  setAt: Date | null;
}

const text = `
select p.active, p.generation, coalesce(who.name, p.set_by) as "setBy", p.set_at as "setAt", p.reason,
  coalesce(first.name, p.lift_asked_by) as "liftAskedBy",
  p.lift_asked_by as "liftAskedById"
from pauses p
left join people who on who.tenant_id = p.tenant_id and who.id = p.set_by
left join people first on first.tenant_id = p.tenant_id and first.id = p.lift_asked_by
where p.tenant_id = $1`;

const none: Pause = {
  active: false,
  generation: 0,
  setBy: null,
  setAt: null,
  reason: null,
  liftAskedBy: null,
  liftAskedById: null,
};

export async function readPause(sql: Sql, tenant: TenantId): Promise<Pause> {
  const [row] = (await sql.query<Row>(text, [tenant])).rows;
  return row === undefined ? none : { ...row, setAt: timeOf(row.setAt) };
}

/** Spelt as the indexes `runs_queued` and `steps_held` spell it. */
const countText = `
select (select count(*)::int from runs where tenant_id = $1 and state = 'queued') as queued,
  (select count(*)::int from steps where tenant_id = $1 and held and status = 'active') as held
from pauses where tenant_id = $1 and active`;

/** Nothing while there is none. */
export async function countPaused(sql: Sql, tenant: TenantId): Promise<PausedCounts> {
  const { rows } = await sql.query<PausedCounts>(countText, [tenant]);
  return rows[0] ?? { queued: 0, held: 0 };
}
