import type { TenantId } from '../../../../schemas/ids.ts';
import type { Sql } from '../sql.ts';

export interface CurrentPlaybook {
  playbookId: string;
  version: number;
  digest: string;
  sourceSha256: string;
  publishedBy: string;
}

/* The version that a new run uses. */
const text = `
select v.playbook_id as "playbookId", v.version, v.digest, v.source_sha256 as "sourceSha256",
  v.published_by as "publishedBy"
from playbooks p
join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
where p.tenant_id = $1 and p.id = $2 and p.enabled`;

/** Null when there is no such playbook or it is switched off. */
export async function currentPlaybook(
  sql: Sql,
  tenant: TenantId,
  playbookId: string,
): Promise<CurrentPlaybook | null> {
  return (await sql.query<CurrentPlaybook>(text, [tenant, playbookId])).rows[0] ?? null;
}
