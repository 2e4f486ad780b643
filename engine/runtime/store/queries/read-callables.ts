import type { TenantId } from '../../../../schemas/ids.ts';
import { calledIds } from '../../../core/compile/called-ids.ts';
import type { Callable, Callables } from '../../../core/compile/context.ts';
import { compilerVersion, type Plan } from '../../../core/contracts/plan.ts';
import type { Sql } from '../sql.ts';

/* The current versions of some playbooks, as far as this compiler made them: older ones have to be published again. */
const text = `
select v.playbook_id as id, v.digest, v.plan
from playbooks p
join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
where p.tenant_id = $1 and p.id = any($2) and v.compiler_version = $3`;

/** How the `call`s of a playbook's text resolve now (language reference 9.14). */
export async function readCallables(sql: Sql, tenant: TenantId, source: string): Promise<Callables> {
  const ids = calledIds(source);
  if (ids.length === 0) return new Map();
  const { rows } = await sql.query<{ id: string; digest: string; plan: Plan }>(text, [
    tenant,
    ids,
    compilerVersion,
  ]);
  return new Map(rows.map(({ id, digest, plan }): [string, Callable] => [id, { digest, plan }]));
}
