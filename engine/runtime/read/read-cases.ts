import type { TenantId } from '../../../schemas/ids.ts';
import type { PlayedCases } from '../../core/cases/play-published.ts';
import type { PlaysWith } from '../plays-with.ts';
import type { Sql } from '../store/sql.ts';
import { timeOf } from './time.ts';

/** One file of cases that was published with a version. */
export interface CasesItem {
  /** As we count those of a version, from 1. */
  number: number;
  sha256: string;
  publishedBy: string;
  publishedAt: string;
}

export interface CasesDetail extends CasesItem {
  source: string;
  result: PlayedCases;
  playedWith: PlaysWith;
  playedBy: string;
  playedAt: string;
  /** The newest twenty of this version; the first of them counts. */
  published: CasesItem[];
}

interface Row {
  number: number;
  source_sha256: string;
  published_by: string;
  published_at: Date;
}

type DetailRow = Row & {
  source: string;
  result: PlayedCases;
  played_with: PlaysWith;
  played_by: string;
  played_at: Date;
};

const columns = `c.number, c.source_sha256, coalesce(who.name, c.published_by) as published_by, c.published_at`;
const tables = `playbook_cases c left join people who on who.tenant_id = c.tenant_id and who.id = c.published_by`;
const ofVersion = 'c.tenant_id = $1 and c.playbook_id = $2 and c.version = $3';

const one = `
select ${columns}, c.source, c.result, c.played_with, coalesce(player.name, c.played_by) as played_by, c.played_at
from ${tables} left join people player on player.tenant_id = c.tenant_id and player.id = c.played_by
where ${ofVersion} and ($4::int is null or c.number = $4) order by c.number desc limit 1`;

const all = `select ${columns} from ${tables} where ${ofVersion} order by c.number desc limit 20`;

/**
 * @param version as we count
 * @param number null: the newest
 */
export async function readCases(
  sql: Sql,
  tenant: TenantId,
  playbook: string,
  version: number,
  number: number | null,
): Promise<CasesDetail | null> {
  const named = [tenant, playbook, version];
  const { rows } = await sql.query<DetailRow>(one, [...named, number]);
  const [row] = rows;
  if (row === undefined) return null;
  const published = await sql.query<Row>(all, named);
  return {
    ...toItem(row),
    source: row.source,
    result: row.result,
    playedWith: row.played_with,
    playedBy: row.played_by,
    playedAt: timeOf(row.played_at),
    published: published.rows.map(toItem),
  };
}

function toItem(row: Row): CasesItem {
  return {
    number: row.number,
    sha256: row.source_sha256,
    publishedBy: row.published_by,
    publishedAt: timeOf(row.published_at),
  };
}
