import type { TenantId } from '../../../schemas/ids.ts';
import type { Json } from '../../../schemas/json.ts';
import type { Plan } from '../../core/contracts/plan.ts';
import { hideElement, hideOutputs, hidesOutputs } from '../../core/identity/hide-outputs.ts';
import type { Sql } from '../store/sql.ts';

/** Hides in what is read of some runs what their playbooks hide of it, whoever reads. */
export interface Hider {
  outputs(run: string, path: string, outputs: Json): Json;
  element(run: string, loopPath: string, value: Json): Json;
}

// A plan has up to 300 KB; most hide nothing and stay in the database. Words of an author that look so cost a read.
const plans = `
select distinct on (r.id) r.id as run, v.plan from runs r
  join playbook_versions v on v.tenant_id = r.tenant_id and v.digest = r.digest
where r.tenant_id = $1 and r.id = any($2) and position('"mask":["' in v.plan::text) > 0`;

export async function hiderFor(sql: Sql, tenant: TenantId, runs: readonly string[]): Promise<Hider> {
  const { rows } =
    runs.length === 0
      ? { rows: [] }
      : await sql.query<{ run: string; plan: Plan }>(plans, [tenant, [...new Set(runs)]]);
  const hiding = new Map(rows.flatMap(({ run, plan }) => (hidesOutputs(plan) ? [[run, plan] as const] : [])));
  const when = (run: string, value: Json, hide: (plan: Plan) => Json): Json => {
    const plan = hiding.get(run);
    return plan === undefined ? value : hide(plan);
  };
  return {
    outputs: (run, path, outputs) => when(run, outputs, (plan) => hideOutputs(plan, path, outputs)),
    element: (run, loopPath, value) => when(run, value, (plan) => hideElement(plan, loopPath, value)),
  };
}
