import type { TenantId } from '../../../../schemas/ids.ts';
import type { LimitQuestion, RenderedAction } from '../../../core/contracts/command.ts';
import type { Tx } from '../sql.ts';

/**
 * Counts one more target against a budget, unless that would be one too many. Engines that ask at the
 * same moment are let in one after the other; a target that is counted already costs nothing.
 */
export async function reserveTarget(
  tx: Tx,
  tenant: TenantId,
  limit: LimitQuestion,
  by: { target: string; runId: string; ref: string },
): Promise<boolean> {
  const { rows } = await tx.query<{ reserved: boolean }>(
    'select reserve_target($1, $2, $3, $4, $5, $6, $7) as reserved',
    [tenant, limit.key, by.target, by.runId, by.ref, limit.targets, limit.perMs],
  );
  return rows[0]?.reserved ?? false;
}

/** Until the commit nobody else reserves from this budget. */
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

export async function returnReservations(
  tx: Tx,
  tenant: TenantId,
  runId: string,
  ref: string,
): Promise<void> {
  await tx.query('delete from reservations where tenant_id = $1 and run_id = $2 and step_path = $3', [
    tenant,
    runId,
    ref,
  ]);
}

/** What a budget counts: a target once, and an action without one by itself. */
export function countedAs({ target, actionKey }: RenderedAction): string {
  return target === null ? actionKey : `${target.kind}:${target.id}`;
}
