import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import {
  type PlaybookItem,
  type PlaybookRow,
  playbookColumns,
  playbookTables,
  toPlaybookItem,
} from './list-playbooks.ts';
import { listVersions, type VersionItem } from './list-versions.ts';

export interface PlaybookDetail extends PlaybookItem {
  /** The YAML as it was published, byte for byte. */
  source: string;
  /** The compiled form that runs are pinned to. */
  plan: JsonObject;
  versions: VersionItem[];
}

/** The current version and the last fifty; null when there is no such playbook. */
export async function readPlaybook(sql: Sql, tenant: TenantId, id: string): Promise<PlaybookDetail | null> {
  const { rows } = await sql.query<PlaybookRow & { source: string; plan: JsonObject }>(
    `select ${playbookColumns}, v.source, v.plan from ${playbookTables} where b.tenant_id = $1 and b.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const versions = await listVersions(sql, tenant, id, { limit: 50 });
  return {
    ...toPlaybookItem(row),
    source: row.source,
    plan: row.plan,
    versions: versions.items,
  };
}
