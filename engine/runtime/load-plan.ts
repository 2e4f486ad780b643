import type { TenantId } from '../../schemas/ids.ts';
import { InvariantBroken } from '../core/contracts/invariant.ts';
import type { Plan } from '../core/contracts/plan.ts';
import type { LoadedPlan } from './engine-parts.ts';
import type { Sql } from './store/sql.ts';

/** Plans in use at one time; a machine of 200 steps has about a megabyte. */
const keptMax = 200;

/** Reads pinned plans by digest and keeps their machines: building one costs as much as hundreds of decisions. */
export function createPlanLoader(sql: Sql, tenant: TenantId): (digest: string) => Promise<LoadedPlan> {
  const kept = new Map<string, Promise<LoadedPlan>>();
  return (digest) => {
    const known = kept.get(digest);
    if (known !== undefined) {
      kept.delete(digest);
      kept.set(digest, known);
      return known;
    }
    const loading = readPlan(sql, tenant, digest);
    kept.set(digest, loading);
    loading.catch(() => kept.delete(digest));
    if (kept.size > keptMax) kept.delete(kept.keys().next().value ?? '');
    return loading;
  };
}

async function readPlan(sql: Sql, tenant: TenantId, digest: string): Promise<LoadedPlan> {
  const { rows } = await sql.query<{ plan: Plan }>(
    'select plan from playbook_versions where tenant_id = $1 and digest = $2 limit 1',
    [tenant, digest],
  );
  const [row] = rows;
  if (row === undefined) throw new InvariantBroken(`no plan with digest ${digest}`);
  return {
    plan: row.plan,
    readsRaw: JSON.stringify(row.plan).includes('raw'),
  };
}
