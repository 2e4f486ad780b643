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
import { timeOf } from './time.ts';

export interface PlaybookDetail extends PlaybookItem {
  /** The YAML as it was published, byte for byte. */
  source: string;
  /** The compiled form that runs are pinned to. */
  plan: JsonObject;
  versions: {
    version: string;
    publishedVersion: number;
    digest: string;
    publishedBy: string;
    publishedAt: string;
  }[];
}

/** The current version and the last fifty; null when there is no such playbook. */
export async function readPlaybook(sql: Sql, tenant: TenantId, id: string): Promise<PlaybookDetail | null> {
  const { rows } = await sql.query<PlaybookRow & { source: string; plan: JsonObject }>(
    `select ${playbookColumns}, v.source, v.plan from ${playbookTables} where b.tenant_id = $1 and b.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const versions = await sql.query<{
    semver: string;
    version: number;
    digest: string;
    published_by: string;
    published_at: Date;
  }>(
    `select v.semver, v.version, v.digest, coalesce(who.name, v.published_by) as published_by, v.published_at
     from playbook_versions v left join people who on who.tenant_id = v.tenant_id and who.id = v.published_by
     where v.tenant_id = $1 and v.playbook_id = $2 order by v.version desc limit 50`,
    [tenant, id],
  );
  return {
    ...toPlaybookItem(row),
    source: row.source,
    plan: row.plan,
    versions: versions.rows.map((version) => ({
      version: version.semver,
      publishedVersion: version.version,
      digest: version.digest,
      publishedBy: version.published_by,
      publishedAt: timeOf(version.published_at),
    })),
  };
}
