import type { TenantId } from '../../schemas/ids.ts';
import { InvariantBroken } from '../core/contracts/invariant.ts';
import type { Plan } from '../core/contracts/plan.ts';
import type { LoadedPlan } from './engine-parts.ts';
import type { Sql } from './store/sql.ts';

/**
 * JSON of all plans that are kept. One of ten steps has 10 to 20 KB, so that thousands of playbooks in use
 * are read once; one of 200 steps has 300 KB and a machine of a megabyte, so that no mixture of them takes
 * much more than 100 MB.
 */
const keptCharsMax = 32_000_000;

interface Kept {
  loading: Promise<LoadedPlan>;
  /** 0 until it is there. */
  chars: number;
}

/** Reads pinned plans by digest and keeps their machines: building one costs as much as hundreds of decisions. */
export function createPlanLoader(
  sql: Sql,
  tenant: TenantId,
  charsMax = keptCharsMax,
): (digest: string) => Promise<LoadedPlan> {
  const kept = new Map<string, Kept>();
  let chars = 0;
  const forget = (digest: string, one: Kept) => {
    if (kept.get(digest) !== one) return;
    kept.delete(digest);
    chars -= one.chars;
  };
  const read = async (digest: string, one: () => Kept): Promise<LoadedPlan> => {
    const plan = await readPlan(sql, tenant, digest);
    const json = JSON.stringify(plan);
    one().chars = json.length;
    chars += json.length;
    // The one that was not asked for longest goes first; what is in hand stays.
    for (const [oldest, each] of kept) {
      if (chars <= charsMax || each === one()) break;
      if (each.chars > 0) forget(oldest, each);
    }
    return { plan, readsRaw: json.includes('raw') };
  };
  return (digest) => {
    const known = kept.get(digest);
    if (known !== undefined) {
      kept.delete(digest);
      kept.set(digest, known);
      return known.loading;
    }
    const one: Kept = { loading: read(digest, () => one), chars: 0 };
    kept.set(digest, one);
    one.loading.catch(() => forget(digest, one));
    return one.loading;
  };
}

async function readPlan(sql: Sql, tenant: TenantId, digest: string): Promise<Plan> {
  const { rows } = await sql.query<{ plan: Plan }>(
    'select plan from playbook_versions where tenant_id = $1 and digest = $2 limit 1',
    [tenant, digest],
  );
  const [row] = rows;
  if (row === undefined) throw new InvariantBroken(`no plan with digest ${digest}`);
  return row.plan;
}
