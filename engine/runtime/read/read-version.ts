import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import {
  toVersionItem,
  type VersionItem,
  type VersionRow,
  versionColumns,
  versionTables,
} from './list-versions.ts';

export interface VersionDetail extends VersionItem {
  title: string;
  compilerVersion: number;
  /** The YAML as it was published, byte for byte, and what its bytes hash to: two texts can mean the same plan. */
  source: string;
  sourceSha256: string;
  /** The compiled form that runs are pinned to. */
  plan: JsonObject;
}

type Row = VersionRow & {
  title: string;
  compiler_version: number;
  source: string;
  source_sha256: string;
  plan: JsonObject;
};

/**
 * @param named a number as we count, or the 64 hex digits of a digest: of several versions with that plan the newest
 */
export async function readVersion(
  sql: Sql,
  tenant: TenantId,
  playbook: string,
  named: string,
): Promise<VersionDetail | null> {
  const which = /^[1-9]\d{0,8}$/.test(named)
    ? { column: 'version', value: Number(named) }
    : { column: 'digest', value: `sha256:${named}` };
  const { rows } = await sql.query<Row>(
    `select ${versionColumns}, v.title, v.compiler_version, v.source, v.source_sha256, v.plan from ${versionTables}
     where v.tenant_id = $1 and v.playbook_id = $2 and v.${which.column} = $3 order by v.version desc limit 1`,
    [tenant, playbook, which.value],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return {
    ...toVersionItem(row),
    title: row.title,
    compilerVersion: row.compiler_version,
    source: row.source,
    sourceSha256: row.source_sha256,
    plan: row.plan,
  };
}
