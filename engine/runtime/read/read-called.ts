import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Plan, PlanDigest } from '../../core/contracts/plan.ts';
import { presentPlan } from '../../core/contracts/present-plan.ts';
import type { Sql } from '../store/sql.ts';

/** Playbooks that are read for one: those beyond it are named as not read. */
const calledMost = 50;

/** Plans of what a plan calls, and of what those call, by digest; not those of another compiler. */
export async function readCalled(sql: Sql, tenant: TenantId, plan: Plan): Promise<Map<PlanDigest, Plan>> {
  const read = new Map<PlanDigest, Plan>();
  let wanted = digestsOf(plan);
  const asked = new Set(wanted);
  while (wanted.length > 0 && asked.size <= calledMost) {
    const { rows } = await sql.query<{ digest: PlanDigest; plan: JsonObject }>(
      'select distinct on (digest) digest, plan from playbook_versions where tenant_id = $1 and digest = any($2)',
      [tenant, wanted],
    );
    const plans = rows.flatMap((row) => {
      const present = presentPlan(row.plan);
      return present === null ? [] : [{ digest: row.digest, present }];
    });
    for (const { digest, present } of plans) read.set(digest, present);
    wanted = plans.flatMap(({ present }) => digestsOf(present)).filter((digest) => !asked.has(digest));
    for (const digest of wanted) asked.add(digest);
  }
  return read;
}

function digestsOf(plan: Plan): PlanDigest[] {
  return [...new Set(Object.values(plan.children).map(({ digest }) => digest))];
}
