import type { RunId, TenantId } from '../../../../schemas/ids.ts';
import type { LimitQuestion, RenderedAction } from '../../../core/contracts/command.ts';
import type { Tx } from '../sql.ts';
import { newReservation } from './row-types.ts';

/** A target that counts against a budget. */
export interface Reservation {
  budget: string;
  target: string;
  run_id: RunId;
  step_path: string;
  /** Of the budget, if it is taken for granted that this one does not exceed it; null: nothing is. */
  most: number | null;
  per_ms: number;
}

/** Refused as a whole (SQLSTATE 40001) if a budget that was taken to have room has none. */
export async function reserveTargets(tx: Tx, tenant: TenantId, rows: readonly Reservation[]): Promise<void> {
  if (rows.length > 0)
    await tx.query('select reserve_targets($1, $2::new_reservation[])', [tenant, newReservation.pack(rows)]);
}

/** Until the commit nobody else counts against this budget. */
export async function lockBudget(tx: Tx, tenant: TenantId, budget: string): Promise<void> {
  await tx.query(
    `select pg_advisory_xact_lock(hashtextextended(concat_ws('/', $1::text, 'budget', $2::text), 0))`,
    [tenant, budget],
  );
}

export async function countedTargets(
  tx: Tx,
  tenant: TenantId,
  { key, perMs }: LimitQuestion,
): Promise<string[]> {
  const { rows } = await tx.query<{ target: string }>(
    `select distinct target from reservations
     where tenant_id = $1 and budget = $2 and at > (select clock_timestamp()) - make_interval(secs => $3 / 1000.0)`,
    [tenant, key, perMs],
  );
  return rows.map(({ target }) => target);
}

const give = `
delete from reservations r using unnest($2::text[], $3::text[]) as x(run_id, step_path)
where r.tenant_id = $1 and r.run_id = x.run_id and r.step_path = x.step_path`;

export async function returnReservations(
  tx: Tx,
  tenant: TenantId,
  steps: readonly { run_id: string; step_path: string }[],
): Promise<void> {
  if (steps.length === 0) return;
  await tx.query(give, [tenant, steps.map(({ run_id }) => run_id), steps.map(({ step_path }) => step_path)]);
}

/** What a budget counts: a target once, and an action without one by itself. */
export function countedAs({ target, actionKey }: RenderedAction): string {
  return target === null ? actionKey : `${target.kind}:${target.id}`;
}
